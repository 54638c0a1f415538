"""``xinglin simulate``: a clinic's days through the real service, for training, measuring and as a test (docs/check-and-simulate.md)."""

from installer.simulate.command import main

__all__ = ["main"]
