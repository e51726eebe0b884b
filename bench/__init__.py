"""Measures what Holdfast promises, beside peers of the same run, and writes docs/benchmarks.md."""
