"""Holdfast designs, deploys, proves and operates highly available OpenStack control planes."""

__version__ = "0.1.0"
