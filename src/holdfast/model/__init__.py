"""The nouns of Holdfast: frozen dataclasses without I/O."""
