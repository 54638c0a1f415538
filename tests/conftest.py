"""Fixtures for all tests."""

from tests.harness import clinic, database, local, postgres, template

__all__ = ["clinic", "database", "local", "postgres", "template"]
