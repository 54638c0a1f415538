"""The machines of the counter as one sees and handles them: card reader, scanner, printers, customer display."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from client import theme
from client.counter.cards import KIND_NAMES, card_of, sample_cards
from client.counter.codes import OfferedCode, printed_codes, unique
from client.counter.paper import PaperStrip
from client.format import sex
from client.texts import text
from client.widgets.badge import Badge
from client.widgets.buttons import Button
from client.widgets.form import Hairline, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.table import Column, Table
from common.errors import XinglinError
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.counter.devices import VirtualDevices
    from client.ops import Bridge

_DISPLAY_INK: Final = "#7CF2D8"
_DISPLAY_GROUND: Final = "#08201D"


class Machine(QFrame):
    """A framed device with its name, its state and its handles."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("sheet", True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, theme.GAP, 12, 12)
        self.column.setSpacing(theme.GAP)
        self.state = Badge()
        self.state.hide()
        head = QHBoxLayout()
        head.addWidget(SectionTitle(title))
        head.addStretch(1)
        head.addWidget(self.state)
        self.column.addLayout(head)

    def show_state(self) -> None:
        """Show what the device is like now."""
        raise NotImplementedError

    def add(self, *widgets: QWidget) -> None:
        """Widgets beside one another, below what is there."""
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for widget in widgets:
            row.addWidget(widget, 1)
        self.column.addLayout(row)


def _button(source: str, run: Callable[[], object]) -> Button:
    button = Button(run=run)
    text(button.setText, source)
    return button


class CardReader(Machine):
    """Sample cards to lay on the reader, or one made of a number."""

    def __init__(self, devices: VirtualDevices) -> None:
        super().__init__(N_("counter|ID card reader"))
        self._devices = devices
        self.cards = Table(
            (
                Column(title=N_("counter|Card of"), text=lambda card: card.name, strong=True),
                Column(title=N_("counter|Sex"), text=lambda card: sex(card.sex), width=64),
                Column(title=N_("counter|Born"), text=lambda card: card.birth_date.isoformat(), width=100, quiet=True),
            ),
            key=lambda card: card.number,
            dense=True,
        )
        self.cards.set_rows(sample_cards(date.today()))  # noqa: DTZ011 - the cards of people who stand before this very machine
        self.number = TextInput(placeholder=N_("counter|Or type an ID number"), most=20)
        self.name = TextInput(placeholder=N_("counter|Name"), most=15)
        self.wrong = QLabel()
        self.wrong.setProperty("tone", "danger")
        self.wrong.setWordWrap(True)
        self.wrong.hide()
        self.column.addWidget(self.cards, 1)
        self.add(self.number)
        self.add(self.name)
        self.column.addWidget(self.wrong)
        self.put = _button(N_("counter|Insert the card"), self.insert)
        self.take = _button(N_("counter|Take it away"), devices.remove_card)
        self.add(self.put, self.take)
        self.cards.chosen.connect(lambda _card: self.insert())
        self.number.returnPressed.connect(self.insert)
        self.name.returnPressed.connect(self.insert)

    def insert(self) -> None:
        """Lay the chosen card, or the one of the typed number, on the reader."""
        typed = self.number.text().strip()
        try:
            card = card_of(typed, self.name.text(), today=date.today()) if typed else self.cards.current()  # noqa: DTZ011 - as above
            if card is not None:
                self._devices.insert_card(card)
            self._say("")
        except XinglinError as problem:
            self._say(str(problem))
        except ValueError:
            self._say(tr("counter|The name is too long for a card."))

    def show_state(self) -> None:
        """Which card lies there."""
        card = self._devices.card
        self.state.set(card.name if card else tr("counter|no card"), "done" if card else "plain")
        self.state.setToolTip(tr(KIND_NAMES[card.kind]) if card else "")
        self.take.setEnabled(card is not None)

    def _say(self, words: str) -> None:
        self.wrong.setText(words)
        self.wrong.setVisible(bool(words))


class CodeScanner(Machine):
    """Codes to pick, paste or type. ``offers`` names those that the counter cannot know by itself."""

    def __init__(self, devices: VirtualDevices, offers: Callable[[], Sequence[OfferedCode]]) -> None:
        super().__init__(N_("counter|Scanner"))
        self._devices = devices
        self._offers = offers
        self.codes = Table(
            (
                Column(title=N_("counter|Code of"), text=lambda offered: offered.title),
                Column(title=N_("counter|Number"), text=lambda offered: offered.code, width=160, quiet=True),
            ),
            key=lambda offered: offered.code,
            empty=N_("counter|Barcodes on printed paper and packs to be scanned appear here."),
            dense=True,
        )
        self.field = TextInput(placeholder=N_("counter|Type or paste a code"), most=200)
        self.column.addWidget(self.codes, 1)
        self.add(self.field)
        self.add(_button(N_("counter|Scan"), self.scan))
        self.field.returnPressed.connect(self.scan)
        self.codes.chosen.connect(lambda offered: self._scan(offered.code))

    def scan(self) -> None:
        """Hold the typed code, or the chosen one, before the scanner."""
        chosen = self.codes.current()
        code = self.field.text().strip() or (chosen.code if chosen is not None else "")
        if code:
            self._scan(code)
            self.field.clear()

    def _scan(self, code: str) -> None:
        if self._devices.scan(code):
            self.state.set(tr("counter|scanned {code}", code=code if len(code) <= 20 else f"{code[:19]}…"), "done")
        else:
            self.state.set(tr("counter|no desk listens"), "warning")
        self.show_state()

    def show_state(self) -> None:
        """What can be scanned now."""
        self.codes.set_rows(unique([*self._offers(), *printed_codes(self._devices)]))


class PaperPrinter(Machine):
    """A printer with a cover and paper, and what came out of it. The A5 printer has no cover that a desk could know of."""

    def __init__(self, devices: VirtualDevices, role: str, title: str, bridge: Bridge, *, drawer: bool = False) -> None:
        super().__init__(title)
        self._devices = devices
        self._role = role
        self._drawer = drawer
        self.strip = PaperStrip(bridge, devices.media(role))
        self.cover = Button(run=self._turn_cover)
        self.paper = Button(run=self._turn_paper)
        self.drawer = Button(run=devices.close_drawer)
        self._has_cover = role != "a5"
        if self._has_cover:
            self.add(self.cover, self.paper)
        if drawer:
            self.add(self.drawer)
        self.column.addWidget(Hairline())
        self.column.addWidget(self.strip, 1)

    def show_state(self) -> None:
        """Cover, paper, drawer, and the paper that is new."""
        devices, role = self._devices, self._role
        self.strip.show_jobs(devices.jobs(role))
        if not self._has_cover:
            count = len(devices.jobs(role))
            self.state.set(tr("counter|{n} documents", n=count) if count != 1 else tr("counter|1 document"), "plain")
            return
        is_open, is_out = devices.cover_open(role), devices.paper_out(role)
        self.cover.setText(tr("counter|Close the cover") if is_open else tr("counter|Open the cover"))
        self.paper.setText(tr("counter|Load paper") if is_out else tr("counter|Take the paper out"))
        words = tr("counter|cover open") if is_open else tr("counter|no paper") if is_out else tr("counter|ready")
        self.state.set(words, "danger" if is_open or is_out else "done")
        if self._drawer:
            self.drawer.setText(tr("counter|The drawer is open: push it in") if devices.drawer_open else tr("counter|The drawer is shut"))
            self.drawer.setEnabled(devices.drawer_open)

    def _turn_cover(self) -> None:
        turn = self._devices.close_cover if self._devices.cover_open(self._role) else self._devices.open_cover
        turn(self._role)

    def _turn_paper(self) -> None:
        turn = self._devices.load_paper if self._devices.paper_out(self._role) else self._devices.take_out_paper
        turn(self._role)


class CustomerScreen(Machine):
    """Two rows of twenty characters that shine."""

    def __init__(self, devices: VirtualDevices) -> None:
        super().__init__(N_("counter|Customer display"))
        self._devices = devices
        self.rows = QLabel()
        font = theme.font(theme.HEADING, QFont.Weight.Medium)
        self.rows.setFont(font)
        self.rows.setTextFormat(Qt.TextFormat.PlainText)
        self.rows.setMinimumHeight(72)
        self.rows.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.rows.setStyleSheet(f"background: {_DISPLAY_GROUND}; color: {_DISPLAY_INK}; border-radius: 4px; padding: 8px 12px;")
        self.column.addWidget(self.rows)

    def show_state(self) -> None:
        """What it shows."""
        self.rows.setText("\n".join(self._devices.rows))
