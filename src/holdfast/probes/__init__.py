"""Live, read-only questions over all hosts at once: one per file."""
