"""What is there, or was at a past moment: every drug, and the batches of the chosen one."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client import format
from client.store import papers_words, words
from client.store.model import moment_of
from client.store.view.page import SearchedPage
from client.widgets.badge import Badge
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.stock import BatchList, DrugStock, ListBatches, ListStock, SetMinStock, StockReport
from common.permissions import Permission

if TYPE_CHECKING:
    from datetime import date

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

TYPE_AHEAD_MS: Final = 120
SIDE: Final = 340


class StockPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.report: StockReport | None = None
        self.search = TextInput(placeholder=N_("store|Name, pinyin, code or barcode"), most=60)
        self.day, self.clock = DateInput(), TextInput(most=5)
        self.day.setFixedWidth(112)
        self.clock.setFixedWidth(72)
        self.clock.setPlaceholderText("23:59")
        self.moment, self.sums = Badge(), Label(type="secondary")
        self.table = Table(self._columns(), key=lambda row: row.drug_id, empty=N_("store|No drug fits. Esc shows all of them."))
        self.name, self.facts = Label(type="heading"), Label(type="secondary")
        self.batches = Table(self._batch_columns(), key=lambda row: row.batch_id, empty=N_("store|Nothing of it is there."), dense=True)
        self.least = TextInput(most=12)
        self.form = Form()
        self.form.add(N_("store|There should be at least (packs)"), self.least)
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for label in (self.name, self.facts):
            label.setWordWrap(True)
        self.form.setVisible(self.desk.place.may(Permission.STORE_MANAGE))
        head = bar(self.search, Label(N_("store|As of"), "note"), self.day, self.clock)
        foot = bar(self.moment, self.sums, stretch=1)
        right = (self.name, self.facts, SectionTitle(N_("store|Batches")), self.batches, self.form)
        self.lay_out((head, foot, self.table), right, SIDE, grows=self.batches)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        self._later.timeout.connect(self.load)
        for field in (self.day, self.clock):
            field.returnPressed.connect(self._moment_typed)
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self._to_detail())
        self.least.textChanged.connect(lambda _text: self.changed.emit())
        self.form.finished.connect(lambda: self.finish() if not self.why_not() else None)

    # --- columns ---------------------------------------------------------------------------------------------------------------

    def _today(self) -> date:
        return (self.desk.model.at or self.desk.place.now()).date()

    def _columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True),
            Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=128, quiet=True),
            Column(title=N_("stock|On hand"), text=lambda row: words.packs(row.on_hand, row), width=104, align="right", strong=True),
            Column(title=N_("stock|Free"), text=lambda row: words.packs(row.free, row) if row.free else "", width=104, align="right"),
            Column(title=N_("stock|Reserved"), text=self._reserved, width=68, align="right"),
            Column(
                title=N_("stock|Nearest expiry"),
                text=lambda row: words.expiry(row.nearest, self._today()),
                width=156,
                tone=lambda row: words.expiry_tone(row.nearest, self._today()),
            ),
            Column(title=N_("stock|Purchase value"), text=lambda row: words.amount(row.value_fen), width=104, align="right"),
        )

    def _batch_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("stock|Lot"), text=lambda row: row.lot, strong=True),
            Column(
                title=N_("stock|Expiry"),
                text=lambda row: row.expires.isoformat(),
                width=116,
                tone=lambda row: words.expiry_tone(row.expires, self._today()),
            ),
            Column(title=N_("stock|On hand"), text=self._of_batch, width=104, align="right"),
        )

    def _reserved(self, row: DrugStock) -> str:
        if self.desk.model.at is not None:
            return "–"
        return plain(row.reserved) if row.reserved else ""

    def _of_batch(self, batch: Any) -> str:
        drug = self.table.current()
        return words.packs(batch.on_hand, drug) if drug is not None else ""

    # --- asking ----------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        model = self.desk.model
        self.desk.send(ListStock(text=self.search.text().strip(), at=model.at, empty=model.empty), self._show)
        self._ask_batches(self.table.current())

    def _show(self, report: StockReport) -> None:
        self.report = report
        self.table.set_rows(report.drugs)
        shown = tr("store|{n} of {count} drugs", n=len(report.drugs), count=report.count)
        count = shown if report.count > len(report.drugs) else tr("store|{count} drugs", count=report.count)
        self.sums.setText(tr("store|{drugs}, worth {value} at purchase price", drugs=count, value=format_yuan(report.value_fen)))
        self._show_moment()
        self._show_drug(self.table.current())

    def _show_moment(self) -> None:
        at = self.desk.model.at
        self.moment.set(tr("store|As of {moment}", moment=format.moment(at)) if at else tr("store|Now"), "warning" if at else "done")

    def _moved(self, row: Any) -> None:
        self._show_drug(row)
        self.batches.set_rows(())
        self._ask_batches(row)

    def _ask_batches(self, row: DrugStock | None) -> None:
        if row is not None:
            self.desk.send(ListBatches(drug_id=row.drug_id, at=self.desk.model.at), self._show_batches)

    def _show_batches(self, found: BatchList) -> None:
        row = self.table.current()
        if row is not None and row.drug_id == found.drug_id:
            self.batches.set_rows(found.batches)

    def _show_drug(self, row: DrugStock | None) -> None:
        self.name.setText(row.name if row else tr("store|No drug is chosen"))
        self.facts.setText("\n".join(self._facts(row)) if row else "")
        typing = self.least.hasFocus() and self.least.isModified()
        if not typing:
            self.least.setText(_in_packs(row))
        self.least.setEnabled(row is not None)
        self.changed.emit()

    def _facts(self, row: DrugStock) -> list[str]:
        found = ["　".join(filter(None, (row.code, row.specification, words.storage(row.storage))))]
        if self.desk.model.at is None:
            there, free = words.packs(row.on_hand, row), words.packs(row.free, row)
            found.append(tr("store|On hand {there}, of it patients can get {free}", there=there, free=free))
        apart = (("STORE", row.stored), ("TRANSIT", row.coming), ("QUARANTINE", row.aside))
        found.append("　".join(f"{papers_words.place(place)} {words.packs(quantity, row)}" for place, quantity in apart if quantity))
        if row.unusable:
            found.append(tr("store|Expired or in the quarantine area: {quantity}", quantity=words.packs(row.unusable, row)))
        if row.shelf:
            found.append(tr("store|Shelf {shelf}", shelf=row.shelf))
        return [line for line in found if line]

    # --- what the person does --------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.least if self.form.isVisible() else self.batches

    def scanned(self, code: str) -> bool:
        """A pack in the hand: its drug."""
        self.search.setText(code.strip()[:60])
        return True

    def show_drug(self, code: str) -> None:
        """The drug with this code, as it is now."""
        self.desk.model.at = None
        self.day.clear()
        self.clock.clear()
        self.search.setText(code)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_moment(self) -> None:
        """F7: the hand goes to the day."""
        self.day.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.day.selectAll()

    def also_empty(self) -> None:
        """F8: drugs of which nothing is there as well, or only the others."""
        self.desk.model.empty = not self.desk.model.empty
        self.load()

    def _moment_typed(self) -> None:
        """Enter in one of the two fields: the day alone is its end; an empty day is now."""
        if self.sender() is self.day and self.day.date() is not None and not self.clock.text():
            self.clock.setFocus(Qt.FocusReason.TabFocusReason)
        at = moment_of(self.day.date(), self.clock.text(), self.desk.place.now().tzinfo)
        if at is None and (self.day.text().strip() or self.clock.text().strip()):
            self.desk.tell(tr("store|Type a day such as 2026-10-01, and a time such as 14:05 or none."), "warning")
            return
        now = self.desk.place.now()
        self.desk.model.at = at if at is None or at <= now else None
        self.load()

    def back(self) -> bool:
        """First what was searched for goes, then the past moment."""
        if self.search.text():
            self.search.clear()
        elif self.desk.model.at is not None:
            self.desk.model.at = None
            self.day.clear()
            self.clock.clear()
            self.load()
        elif not self.table.hasFocus() and not self.desk.rail.hasFocus():
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            return False
        return True

    def _to_detail(self) -> None:
        self.detail().setFocus(Qt.FocusReason.TabFocusReason)
        self.least.selectAll()

    # --- the minimum -----------------------------------------------------------------------------------------------------------

    def _typed_least(self) -> Decimal | str | None:
        """What is typed, in packs; a sentence if it is no quantity."""
        typed = self.least.text().strip()
        if not typed:
            return None
        try:
            packs = Decimal(typed)
        except InvalidOperation:
            packs = Decimal(-1)
        return packs if packs.is_finite() and packs >= 0 else tr("store|Type a number of packs.")

    def why_not(self) -> str:
        row = self.table.current()
        if not self.desk.place.may(Permission.STORE_MANAGE):
            return tr("store|You may look at the stock only.")
        if row is None:
            return tr("store|No drug is chosen")
        least = self._typed_least()
        if isinstance(least, str):
            return least
        return tr("store|Nothing was changed.") if self.least.text().strip() == _in_packs(row) else ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Save the minimum"), "moment": tr("store key|As of a moment"), "empty": tr("store key|Empty ones too")}

    def finish(self) -> None:
        row, least = self.table.current(), self._typed_least()
        if row is None or isinstance(least, str):
            return
        request = SetMinStock(drug_id=row.drug_id, min_stock=None if least is None else least * row.pack_size)
        self.send(request, lambda _done: self._saved(row, least))

    def _saved(self, row: DrugStock, least: Decimal | None) -> None:
        self.least.setModified(False)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        if least is None:
            self.desk.tell(tr("store|{drug} has no minimum any more.", drug=row.name))
        else:
            self.desk.tell(tr("store|There should be at least {n} {unit} of {drug}.", n=plain(least), unit=row.pack_unit, drug=row.name))


def _in_packs(row: DrugStock | None) -> str:
    return plain(row.min_stock / row.pack_size) if row is not None and row.min_stock is not None else ""
