"""F1: what this screen is for and which keys it has. The words are Markdown beside the desk; the keys come from its actions."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QTextBrowser, QWidget

from client import theme
from client.action import shown_key
from client.shell.overlay import Overlay
from client.widgets.buttons import Button
from client.widgets.form import Label
from common.i18n import CHINESE, N_, current_language, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.action import Offer


def help_text(package: str) -> str:
    """The help that lies in ``package`` in the current language; empty if there is none."""
    name = f"help.{'zh_CN' if current_language() == CHINESE else 'en'}.md"
    file = files(package) / name
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def with_keys(words: str, offers: Sequence[Offer]) -> str:
    """The help with a table of the screen's keys below it."""
    rows = [f"| {shown_key(each.action.key)} | {each.action.caption()} |" for each in offers if each.action.key]
    table = [f"| {tr('Key')} | {tr('What it does')} |", "|---|---|", *rows, f"| Esc | {tr('One step back')} |"]
    return "\n".join([words.rstrip(), "", f"## {tr('Keys')}", "", *table, ""])


class HelpSheet(Overlay):
    """Shows Markdown. Any of Esc, F1 and Enter takes it away; arrows scroll."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, width=760)
        head = QHBoxLayout()
        self.title = Label(type="heading")
        head.addWidget(self.title)
        head.addStretch(1)
        self.away = Button(key="Esc", run=self.close_sheet)
        self.away.setProperty("flat", True)
        head.addWidget(self.away)
        self.words = QTextBrowser()
        self.words.setOpenLinks(False)
        self.layout_.addLayout(head)
        self.layout_.addWidget(self.words, 1)

    def explain(self, title: str, words: str) -> None:
        """Open with a title and Markdown."""
        self.title.setText(title)
        self.away.setText(tr(N_("Close")))
        look = theme.now()
        self.words.document().setDefaultStyleSheet(f"a {{ color: {look.primary}; }} td, th {{ padding: 4px 16px 4px 0; }}")
        self.words.setMarkdown(words)
        self.open()
        self.words.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.close_sheet()
        else:
            super().keyPressEvent(event)
