"""Fixtures for all tests, and the order in which they run."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from hypothesis.internal.conjecture import providers

from common.i18n import CHINESE, set_language
from tests.harness import clinic, database, local, postgres, template

__all__ = ["clinic", "database", "local", "postgres", "template"]

# Hypothesis mixes into its draws every number and word that stands in any module of ours which happens to be loaded, of whatever test. A test
# that is told to draw the same each time would then draw something else in other company; and each worker would first parse the whole code.
providers._get_local_constants = lambda: providers._local_constants  # of which there are none


def pytest_collection_finish() -> None:
    """Ten thousand tests and all modules stay to the end: no collection of garbage needs to look through them again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: whoever had one of them last would keep all others waiting at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _speak_chinese() -> Iterator[None]:
    """Each test begins in the default language, whatever the one before spoke."""
    set_language(CHINESE)
    yield
    set_language(CHINESE)
