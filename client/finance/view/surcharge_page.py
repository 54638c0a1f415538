"""What a route costs besides the drug: the list at the left, a new one at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from client import format, theme
from client.finance.view.fields import chosen_code, item_input, price_text, say_required, word_list
from client.widgets.choice import Choice
from client.widgets.form import Form, Hairline, Label, SectionTitle
from client.widgets.table import Column, Table
from common.domain.surcharge import Per
from common.i18n import N_, tr
from common.messages.prices import PriceItem, PutRouteSurcharge, RouteSurcharge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from client.desk import Desk

PER: Final = {
    Per.GIVING: N_("surcharge|each giving"),
    Per.LINE: N_("surcharge|each line"),
    Per.PRESCRIPTION: N_("surcharge|the prescription"),
}


class SurchargePage(QWidget):
    """``changed`` when what was typed or the current row changed; ``finished`` after the last field."""

    changed = Signal()
    finished = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.table = self._table()
        self.route = word_list(self._routes)
        self.item = item_input(desk, "surcharge item")
        self.per = Choice([(code, source) for code, source in PER.items()])
        self.form = Form()
        self.form.add(N_("surcharge|Route"), self.route, required=True)
        self.form.add(N_("surcharge|Item that it costs"), self.item, required=True)
        self.form.add(N_("surcharge|Counted by"), self.per)
        self.form.finished.connect(self.finished.emit)
        self._lay_out()
        self.setFocusProxy(self.route)
        self.table.moved.connect(lambda _row: self.changed.emit())
        self.route.chosen.connect(lambda _route: self.item.setFocus(Qt.FocusReason.TabFocusReason))
        self.item.chosen.connect(lambda _item: self.per.setFocus(Qt.FocusReason.TabFocusReason))
        for field in (self.route, self.item):
            field.textChanged.connect(lambda _text: self.changed.emit())

    def _routes(self) -> list[tuple[str, str]]:
        lists = self._desk.place.lists
        return [(route.code, format.name_of(route)) for route in (lists.routes if lists else ())]

    def _route_name(self, row: RouteSurcharge) -> str:
        return next((name for code, name in self._routes() if code == row.route_code), row.route_name)

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("surcharge|Route"), text=self._route_name, strong=True),
                Column(title=N_("price|Code"), text=lambda row: row.item_code, width=84, quiet=True),
                Column(title=N_("surcharge|Item that it costs"), text=lambda row: row.item_name),
                Column(title=N_("surcharge|Counted by"), text=lambda row: tr(PER[row.per]), width=136),
                Column(title=N_("price|Price today"), text=lambda row: price_text(row.price), width=104, align="right", strong=True),
            ),
            key=lambda row: (row.route_code, row.item_id),
            empty=N_("surcharge|No route costs anything besides the drug yet."),
        )

    def _lay_out(self) -> None:
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        left = QVBoxLayout()
        left.setContentsMargins(0, theme.MARGIN, 0, 0)
        left.setSpacing(theme.GAP)
        head = QHBoxLayout()
        head.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        head.addWidget(SectionTitle(N_("page|Surcharges by route")))
        left.addLayout(head)
        left.addWidget(self.table, 1)
        side = QWidget()
        side.setFixedWidth(360)
        right = QVBoxLayout(side)
        right.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        right.setSpacing(theme.GAP)
        right.addWidget(SectionTitle(N_("surcharge|New surcharge")))
        right.addWidget(self.form)
        note = Label(
            N_(
                "surcharge|It is charged with the prescription once the pharmacist has passed it, and is paid, voided and refunded with it."
            ),
            "note",
        )
        note.setWordWrap(True)
        right.addWidget(note)
        right.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(left, 1)
        layout.addWidget(Hairline(vertical=True))
        layout.addWidget(side)

    def show_surcharges(self, surcharges: Sequence[RouteSurcharge]) -> None:
        """All surcharges."""
        self.table.set_rows(surcharges)

    def begin(self) -> None:
        """An empty form."""
        self.route.set_entry(None)
        self.item.set_entry(None)
        self.changed.emit()

    def missing(self) -> str:
        """What has still to be filled in, as a sentence; empty when nothing is."""
        empty = (
            (not chosen_code(self.route), N_("surcharge|Route")),
            (not isinstance(self.item.entry(), PriceItem), N_("surcharge|Item that it costs")),
        )
        return next((say_required(tr(label)) for wrong, label in empty if wrong), "")

    def request(self) -> PutRouteSurcharge:
        """What the form says; only when nothing is :meth:`missing`."""
        item = self.item.entry()
        assert isinstance(item, PriceItem)
        return PutRouteSurcharge(route_code=chosen_code(self.route), item_id=item.id, per=Per(self.per.code()))

    def current(self) -> RouteSurcharge | None:
        """The surcharge that is current in the list."""
        row = self.table.current()
        return row if isinstance(row, RouteSurcharge) else None
