"""Fixtures for all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from common.i18n import CHINESE, set_language
from tests.harness import clinic, database, local, postgres, template

__all__ = ["clinic", "database", "local", "postgres", "template"]


@pytest.fixture(autouse=True)
def _speak_chinese() -> Iterator[None]:
    """Each test begins in the default language, whatever the one before spoke."""
    set_language(CHINESE)
    yield
    set_language(CHINESE)
