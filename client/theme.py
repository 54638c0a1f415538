"""How it looks: colours, type and spacing as tokens, and the one palette and short style sheet made of them.

Every colour has one meaning (the table of the user-interface guide). Widgets that paint themselves ask :func:`now` while they paint, so
that a change of theme needs nothing but a repaint.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from client.style_sheet import style_sheet

UNIT: Final = 8
FIELD: Final = 32
ROW: Final = 32
DENSE_ROW: Final = 28
MARGIN: Final = 16
GAP: Final = 8
TOP_STRIP: Final = 40
BANNER: Final = 56
RESULT_LINE: Final = 28
KEY_BAR: Final = 40

NOTE: Final = 12
BODY: Final = 14
EMPHASIS: Final = 16
HEADING: Final = 20
FIGURE: Final = 28

FAMILY: Final = "Noto Sans SC"
WEIGHT_AXIS: Final = QFont.Tag("wght")


class Mode(StrEnum):
    """Which theme a person wants."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


@dataclass(frozen=True)
class Tone:
    """An ink and the ground it stands on; a badge is made of one."""

    ink: str
    ground: str


@dataclass(frozen=True)
class Theme:
    """One set of colours, as ``#RRGGBB``."""

    name: str
    ground: str
    surface: str
    line: str
    field_line: str
    text: str
    secondary: str
    primary: str
    on_primary: str
    primary_hover: str
    selected: str
    hover: str
    brand: str
    danger: Tone
    warning: Tone
    done: Tone
    info: Tone
    plain: Tone

    def tone(self, kind: str) -> Tone:
        """The tone of a meaning: ``danger``, ``warning``, ``done``, ``info`` or ``plain``."""
        found = getattr(self, kind)
        if not isinstance(found, Tone):
            raise ValueError(f"no such tone: {kind}")
        return found


LIGHT: Final = Theme(
    name="light",
    ground="#F6F7F9",
    surface="#FFFFFF",
    line="#DDE2E8",
    field_line="#A9B3BF",
    text="#1B2430",
    secondary="#556171",
    primary="#0B6E63",
    on_primary="#FFFFFF",
    primary_hover="#095A51",
    selected="#E1F0EE",
    hover="#EEF2F5",
    brand="#E7803C",
    danger=Tone("#B3261E", "#FCE8E6"),
    warning=Tone("#8A5300", "#FFF1DC"),
    done=Tone("#1B6E3C", "#E4F4E9"),
    info=Tone("#1F5FA8", "#E6F0FB"),
    plain=Tone("#556171", "#EEF1F4"),
)

DARK: Final = Theme(
    name="dark",
    ground="#14181D",
    surface="#1C2229",
    line="#313A45",
    field_line="#56616E",
    text="#E8EDF2",
    secondary="#A3AFBD",
    primary="#3DB8A8",
    on_primary="#06231F",
    primary_hover="#5CCBBC",
    selected="#1D3A3A",
    hover="#252D36",
    brand="#F0955A",
    danger=Tone("#FFB4AB", "#4A1512"),
    warning=Tone("#FFC876", "#3D2900"),
    done=Tone("#83D6A0", "#10341F"),
    info=Tone("#A6CBF5", "#102A45"),
    plain=Tone("#A3AFBD", "#29323C"),
)


class _Signals(QObject):
    changed = Signal()


class _Look:
    """The theme of this process: Qt's own palette and style sheet are per application, and so is this."""

    theme = LIGHT
    mode = Mode.LIGHT
    signals: _Signals | None = None


def now() -> Theme:
    """The theme that is shown."""
    return _Look.theme


def mode() -> Mode:
    """What the person chose; :attr:`Mode.SYSTEM` follows the desktop."""
    return _Look.mode


def signals() -> _Signals:
    """``changed`` fires after the theme changed."""
    if _Look.signals is None:
        _Look.signals = _Signals()
    return _Look.signals


def apply(app: QApplication, chosen: Mode) -> None:
    """Show ``chosen`` everywhere, at once."""
    _Look.mode = chosen
    _Look.theme = DARK if chosen is Mode.DARK or (chosen is Mode.SYSTEM and _system_is_dark()) else LIGHT
    if app.style().name() != "fusion":
        app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(palette(_Look.theme))
    app.setStyleSheet(style_sheet(_Look.theme))
    signals().changed.emit()


def follow_system(app: QApplication) -> None:
    """Change with the desktop's own theme while the mode is :attr:`Mode.SYSTEM`."""
    hints = QGuiApplication.styleHints()
    hints.colorSchemeChanged.connect(lambda _scheme: apply(app, Mode.SYSTEM) if _Look.mode is Mode.SYSTEM else None)


def _system_is_dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


def palette(theme: Theme) -> QPalette:
    """Qt's palette of a theme; what the style sheet does not name takes its colours from here."""
    made = QPalette()
    roles = {
        QPalette.ColorRole.Window: theme.ground,
        QPalette.ColorRole.WindowText: theme.text,
        QPalette.ColorRole.Base: theme.surface,
        QPalette.ColorRole.AlternateBase: theme.surface,
        QPalette.ColorRole.Text: theme.text,
        QPalette.ColorRole.Button: theme.surface,
        QPalette.ColorRole.ButtonText: theme.text,
        QPalette.ColorRole.BrightText: theme.danger.ink,
        QPalette.ColorRole.Highlight: theme.primary,
        QPalette.ColorRole.HighlightedText: theme.on_primary,
        QPalette.ColorRole.Accent: theme.primary,
        QPalette.ColorRole.Link: theme.primary,
        QPalette.ColorRole.ToolTipBase: theme.surface,
        QPalette.ColorRole.ToolTipText: theme.text,
        QPalette.ColorRole.PlaceholderText: theme.secondary,
        QPalette.ColorRole.Light: theme.surface,
        QPalette.ColorRole.Midlight: theme.line,
        QPalette.ColorRole.Mid: theme.line,
        QPalette.ColorRole.Dark: theme.field_line,
        QPalette.ColorRole.Shadow: theme.line,
    }
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(theme.secondary))
    return made


def font(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The one typeface at ``size`` px, with figures of one width.

    The weight is set on the variable font's own axis: its default instance is Thin, and Qt's matching of weights does not move the axis.
    """
    return QFont(_font(size, weight))


@lru_cache(maxsize=32)
def _font(size: int, weight: QFont.Weight) -> QFont:
    made = QFont(FAMILY)
    made.setPixelSize(size)
    made.setVariableAxis(WEIGHT_AXIS, float(weight.value))
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return made


def load_font(app: QApplication) -> bool:
    """Load the typeface that the program brings with it and make it the application's. ``False`` if the wheel is not installed."""
    loaded = _typeface_loaded()
    app.setFont(font())
    return loaded


@cache
def _typeface_loaded() -> bool:
    """Once for each process: Qt would read the file again, and forget every glyph that it has drawn."""
    from client.typeface import variable_font

    found = variable_font()
    return found is not None and QFontDatabase.addApplicationFont(str(found)) >= 0


def patient_colour(number: str) -> QColor:
    """A colour derived from a patient's number: neighbours in number are far apart in hue."""
    value = 0
    for char in number:
        value = (value * 31 + ord(char)) & 0xFFFFFFFF
    hue = (value * 2654435761 & 0xFFFFFFFF) % 360
    return QColor.fromHsv(hue, 150 if now() is LIGHT else 130, 190 if now() is LIGHT else 215)
