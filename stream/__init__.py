"""Keran, what runs: bytes -> listing -> classification -> decision -> bytes. Start with `stream/pipeline.py`."""

__version__ = "0.1.0"
