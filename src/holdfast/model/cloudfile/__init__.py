"""The cloud file: its schema, its reader, and every error it can have."""
