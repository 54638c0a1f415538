"""The short Qt style sheet: what Fusion and the palette cannot say. Types of text and kinds of widget are dynamic properties.

``type``: note, emphasis, heading, figure, section. ``ground``: surface, ground, strip. ``primary`` on buttons; ``wrong`` on fields.
"""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from client.theme import Theme

_ART: Final = Path(__file__).parent / "art"
_SHEET: Final = Template("""
QToolTip { background: $surface; color: $text; border: 1px solid $field_line; padding: 4px 8px; }
QLabel { background: transparent; }
QLabel[type="note"] { font-size: 12px; color: $secondary; }
QLabel[type="emphasis"] { font-size: 16px; }
QLabel[type="heading"] { font-size: 20px; }
QLabel[type="figure"] { font-size: 28px; }
QLabel[type="section"] { font-size: 14px; color: $text; }
QLabel[type="secondary"] { color: $secondary; }
QFrame[hairline="true"] { background: $line; }
QLabel[tone="danger"] { color: $danger; }
QLabel[tone="warning"] { color: $warning; }
QLabel[tone="done"] { color: $done; }
QLabel[tone="info"] { color: $info; }
QWidget[ground="surface"] { background: $surface; }
QWidget[ground="ground"] { background: $ground; }
QFrame[sheet="true"] { background: $surface; border: 1px solid $line; border-radius: 6px; }

QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QDateEdit, QSpinBox {
  background: $surface; color: $text; border: 1px solid $field_line; border-radius: 4px; padding: 0 7px;
  selection-background-color: $primary; selection-color: $on_primary; }
QLineEdit, QComboBox, QDateEdit, QSpinBox { min-height: 30px; max-height: 30px; }
QPlainTextEdit, QTextEdit { padding: 4px 3px; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QComboBox:focus, QDateEdit:focus, QSpinBox:focus {
  border: 2px solid $primary; padding: 0 6px; }
QPlainTextEdit:focus, QTextEdit:focus { padding: 3px 2px; }
QLineEdit[wrong="true"], QPlainTextEdit[wrong="true"], QComboBox[wrong="true"] { border: 2px solid $danger; padding: 0 6px; }
QLineEdit:read-only { background: $ground; border-color: $line; }
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled { background: $ground; color: $secondary; border-color: $line; }
QLineEdit[emphasis="true"] { font-size: 16px; min-height: 38px; max-height: 38px; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$arrow"); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $surface; border: 1px solid $field_line; outline: 0; padding: 4px 0; }
QComboBox QAbstractItemView::item { min-height: 28px; padding: 0 8px; }
QComboBox QAbstractItemView::item:selected { background: $selected; color: $text; }

QPushButton {
  background: $surface; color: $text; border: 1px solid $field_line; border-radius: 4px; padding: 0 15px; min-height: 30px; max-height: 30px; }
QPushButton:hover { background: $hover; }
QPushButton:pressed, QPushButton:checked { background: $selected; border-color: $primary; }
QPushButton:focus { border: 2px solid $primary; padding: 0 14px; }
QPushButton:disabled { color: $secondary; border-color: $line; background: $ground; }
QPushButton[primary="true"] { background: $primary; color: $on_primary; border: 1px solid $primary; }
QPushButton[primary="true"]:hover { background: $primary_hover; border-color: $primary_hover; }
QPushButton[primary="true"]:focus { border: 2px solid $text; }
QPushButton[primary="true"]:disabled { background: $line; color: $secondary; border-color: $line; }
QPushButton[danger="true"] { color: $danger; border-color: $danger; }
QPushButton[flat="true"] { background: transparent; border: 1px solid transparent; padding: 0 7px; }
QPushButton[flat="true"]:hover { background: $hover; }
QPushButton[flat="true"]:focus { border: 2px solid $primary; padding: 0 6px; }
QPushButton[low="true"] { min-height: 22px; max-height: 22px; }
QPushButton[flat="true"]:disabled { background: transparent; color: $secondary; }

QAbstractItemView { background: $surface; border: none; outline: 0; selection-background-color: $selected; selection-color: $text; }
QHeaderView { background: $surface; }
QHeaderView::section {
  background: $surface; color: $secondary; border: none; border-bottom: 1px solid $line; padding: 0 8px; font-size: 12px; }
QTextBrowser { border: none; padding: 0; }
QTextBrowser:focus { border: none; padding: 0; }
QCheckBox, QRadioButton { spacing: 8px; min-height: 24px; }
QCheckBox:focus, QRadioButton:focus { color: $primary; }
QTabBar::tab {
  background: transparent; color: $secondary; border: none; border-bottom: 2px solid transparent; padding: 0 12px; height: 34px; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $primary; }
QTabBar::tab:focus { color: $primary; }
QTabWidget::pane { border: none; border-top: 1px solid $line; }
QSplitter::handle { background: $line; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $field_line; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $secondary; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: transparent; border: none; width: 0; height: 0; }
QScrollArea { border: none; background: transparent; }
QMenu { background: $surface; border: 1px solid $field_line; padding: 4px 0; }
QMenu::item { padding: 5px 24px 5px 12px; }
QMenu::item:selected { background: $selected; color: $text; }
""")


def style_sheet(theme: Theme) -> str:
    """The style sheet in the colours of ``theme``."""
    names = ("ground", "surface", "line", "field_line", "text", "secondary", "primary", "on_primary", "primary_hover", "selected", "hover")
    colours = {name: getattr(theme, name) for name in names}
    colours |= {tone: theme.tone(tone).ink for tone in ("danger", "warning", "done", "info")}
    colours["arrow"] = (_ART / f"arrow-{theme.name}.svg").as_posix()
    return _SHEET.substitute(colours)
