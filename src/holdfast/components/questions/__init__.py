"""What is asked on hosts: one file per service, its functions sent there as text; each stands alone."""
