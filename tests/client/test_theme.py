"""Colours that can be read, and a theme that changes while the program runs."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel

from client import icons, theme
from client.theme import DARK, LIGHT, Theme

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

TONES = ("danger", "warning", "done", "info", "plain")


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _pairs(look: Theme) -> list[tuple[str, str]]:
    grounds = (look.ground, look.surface, look.selected, look.hover)
    texts = [(ink, ground) for ink in (look.text, look.secondary) for ground in grounds]
    buttons = [(look.on_primary, look.primary), (look.on_primary, look.primary_hover), (look.secondary, look.line)]
    badges = [(look.tone(kind).ink, look.tone(kind).ground) for kind in TONES]
    words = [(look.tone(kind).ink, ground) for kind in TONES for ground in (look.surface, look.ground)]
    return [*texts, *buttons, *badges, *words]


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: str(look.name))
def test_every_text_can_be_read(look: Theme) -> None:
    weak = [(ink, ground, round(contrast(ink, ground), 2)) for ink, ground in _pairs(look) if contrast(ink, ground) < 4.5]
    assert not weak


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: str(look.name))
def test_the_focus_ring_can_be_seen(look: Theme) -> None:
    assert min(contrast(look.primary, ground) for ground in (look.surface, look.ground)) >= 3


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


def test_the_theme_changes_while_the_program_runs(app: QApplication) -> None:
    heard: list[str] = []
    theme.signals().changed.connect(lambda: heard.append(theme.now().name))
    theme.apply(app, theme.Mode.DARK)
    assert app.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.ground
    assert DARK.surface in app.styleSheet()
    theme.apply(app, theme.Mode.LIGHT)
    assert heard == ["dark", "light"]


def test_the_programs_own_typeface_is_used_at_its_weight(app: QApplication) -> None:
    label = QLabel("阿莫西林")
    assert label.fontInfo().family() == theme.FAMILY
    assert label.font().variableAxisValue(theme.WEIGHT_AXIS) == 400


def test_figures_have_one_width(app: QApplication) -> None:
    from PySide6.QtGui import QFontMetricsF

    metrics = QFontMetricsF(theme.font(theme.FIGURE))
    assert len({metrics.horizontalAdvance(figure) for figure in "0123456789"}) == 1


def test_every_icon_draws_something_in_both_themes(app: QApplication) -> None:
    for mode in (theme.Mode.LIGHT, theme.Mode.DARK):
        theme.apply(app, mode)
        for name in icons.names():
            image = icons.icon(name).pixmap(24, 24).toImage()
            assert any(image.pixelColor(x, y).alpha() > 60 for x in range(24) for y in range(24)), name


def test_neighbouring_patients_get_colours_far_apart() -> None:
    hues = [theme.patient_colour(f"26{number:06d}").hue() for number in range(40)]
    gaps = [min(abs(one - other), 360 - abs(one - other)) for one, other in itertools.pairwise(hues)]
    assert sorted(gaps)[len(gaps) // 10] > 10
