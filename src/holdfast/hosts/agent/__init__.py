"""What runs on the hosts, sent there as source text: standard library of Python 3.11 to 3.13 only."""
