"""What every desk's tests use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent

from common.i18n import CHINESE, set_language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication, QWidget

    from tests.client.stage import Stage


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["xinglin"]


@pytest.fixture
def app(qapp: QApplication) -> Iterator[QApplication]:
    """The application with our typeface and light theme, in Chinese."""
    from client import theme

    set_language(CHINESE)
    theme.load_font(qapp)
    theme.apply(qapp, theme.Mode.LIGHT)
    before = set(qapp.topLevelWidgets())
    yield qapp
    _put_away(qapp, before)
    set_language(CHINESE)
    theme.apply(qapp, theme.Mode.LIGHT)


def _put_away(qapp: QApplication, before: set[QWidget]) -> None:
    """Windows that a test left open would be painted anew at each change of theme, in every test that comes after."""
    for window in set(qapp.topLevelWidgets()) - before:
        window.close()
        window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """A stage with a person of all roles."""
    from tests.client.stage import Stage

    made = Stage(tmp_path)
    yield made
    made.close()
