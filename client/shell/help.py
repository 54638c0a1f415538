"""F1: what this screen is for and which keys it has. The words are Markdown beside the desk; the keys come from its actions."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeyEvent, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QTextBrowser, QVBoxLayout, QWidget

from client import theme
from client.shell.overlay import Overlay
from client.widgets.buttons import Button, KeyHint
from client.widgets.form import Hairline, Label, SectionTitle
from common.i18n import CHINESE, N_, current_language, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Offer

_KEYS_WIDTH: Final = 264
_SCROLL: Final = {Qt.Key.Key_Up: -24, Qt.Key.Key_Down: 24, Qt.Key.Key_PageUp: -320, Qt.Key.Key_PageDown: 320}


def help_text(package: str) -> str:
    """The help that lies in ``package`` in the current language; empty if there is none."""
    file = files(package) / f"help.{'zh_CN' if current_language() == CHINESE else 'en'}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else ""


class HelpSheet(Overlay):
    """Words on the left, keys on the right. Esc, F1 and Enter take it away; arrows scroll."""

    def __init__(self, parent: QWidget, *, below: Sequence[QWidget] = ()) -> None:
        super().__init__(parent, width=960, below=below)
        self.title = Label(type="heading")
        self.away = Button(key="Esc", run=self.close_sheet)
        self.away.setProperty("flat", True)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.away)
        self.words = QTextBrowser()
        self.words.setOpenLinks(False)
        self.words.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.keys = QScrollArea()
        self.keys.setWidgetResizable(True)
        self.keys.setFixedWidth(_KEYS_WIDTH)
        self.keys.setFrameShape(QFrame.Shape.NoFrame)
        self.keys.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body = QHBoxLayout()
        body.setSpacing(theme.MARGIN)
        for widget, stretch in ((self.words, 1), (Hairline(vertical=True), 0), (self.keys, 0)):
            body.addWidget(widget, stretch)
        self.layout_.addLayout(head)
        self.layout_.addLayout(body, 1)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def explain(self, title: str, words: str, offers: Sequence[Offer]) -> None:
        """Open with a title, Markdown, and the keys of the screen."""
        self.title.setText(title)
        self.away.setText(tr("Close"))
        heading, _, rest = words.partition("\n")
        self.words.setMarkdown(rest if heading.startswith("# ") else words)
        _set_type(self.words.document())
        self.keys.setWidget(_key_list(offers))
        self.open()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        bar = self.words.verticalScrollBar()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close_sheet()
        elif event.key() in _SCROLL:
            bar.setValue(bar.value() + _SCROLL[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


def _set_type(document: QTextDocument) -> None:
    """Headings in the program's own sizes, with room above, instead of Markdown's."""
    document.setIndentWidth(20)
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        shape = block.blockFormat()
        shape.setTopMargin(theme.MARGIN if shape.headingLevel() else 2)
        shape.setBottomMargin(4)
        cursor.setBlockFormat(shape)
        if shape.headingLevel():
            look = QTextCharFormat()
            look.setFont(theme.font(theme.EMPHASIS, QFont.Weight.DemiBold))
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.setCharFormat(look)
        block = block.next()


def _key_list(offers: Sequence[Offer]) -> QWidget:
    """Every key of the screen on its cap, and what it does."""
    made = QWidget()
    made.setProperty("ground", "surface")
    layout = QVBoxLayout(made)
    layout.setContentsMargins(0, 0, theme.GAP, 0)
    layout.addWidget(SectionTitle(N_("Keys")))
    grid = QGridLayout()
    grid.setVerticalSpacing(theme.GAP)
    grid.setHorizontalSpacing(theme.MARGIN)
    grid.setColumnStretch(1, 1)
    pairs = [(each.action.key, each.action.caption()) for each in offers if each.action.key] + [("Esc", tr("One step back"))]
    for row, (key, what) in enumerate(pairs):
        grid.addWidget(KeyHint(key), row, 0, Qt.AlignmentFlag.AlignLeft)
        words = Label()
        words.setText(what)
        words.setWordWrap(True)
        grid.addWidget(words, row, 1)
    layout.addLayout(grid)
    layout.addStretch(1)
    return made
