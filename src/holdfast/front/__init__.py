"""Translators between people and use cases."""
