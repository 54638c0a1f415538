"""What every desk's tests use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest

from common.i18n import CHINESE, set_language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

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
    yield qapp
    set_language(CHINESE)
    theme.apply(qapp, theme.Mode.LIGHT)


@pytest.fixture
def stage(app: QApplication, tmp_path: Path) -> Iterator[Stage]:
    """A stage with a person of all roles."""
    from tests.client.stage import Stage

    made = Stage(tmp_path)
    yield made
    made.close()
