"""``xinglin check``: whether a database still holds what the service promises, found by recomputing it all (docs/check-and-simulate.md)."""

from server.check.command import main

__all__ = ["main"]
