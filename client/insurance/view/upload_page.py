"""Uploads: what the bureau has not been told yet, how old it is, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from client import format
from client.insurance import words
from client.insurance.view.page import InsurancePage
from client.texts import text
from client.widgets.buttons import Button
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.insurance_upload import (
    DropUpload,
    ListStockPlaces,
    ListUploads,
    ReportStock,
    RetryUpload,
    StockPlace,
    StockPlaces,
    StockReported,
    UploadQueue,
    UploadRow,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.insurance.view.desk import InsuranceDesk

_OPEN = ("PENDING", "FAILED")


class UploadPage(InsurancePage):
    """See the user guide."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.figures = Label("", "secondary")
        self.queue: UploadQueue | None = None
        self.table = self._table()
        self.error = Label("")
        self.error.setWordWrap(True)
        self.reason = TextInput(most=200)
        form = Form()
        form.add(N_("upload|Why it is never sent"), self.reason)
        self.places: dict[str, StockPlace] = {}
        self.store, self.lies = Choice([("", "–")]), Label("", "secondary")
        self.lies.setWordWrap(True)
        stores = Form()
        stores.add(N_("upload|Store"), self.store)
        report = Button(key="Ctrl+R", run=lambda: desk.act("report_stock"))
        text(report.setText, N_("verb|Report the stock"))
        self.lay_out(
            (bar(SectionTitle(N_("upload|The queue")), self.figures), self.table),
            (
                SectionTitle(N_("upload|What the bureau said")),
                self.error,
                form,
                SectionTitle(N_("upload|Stock of a store")),
                stores,
                self.lies,
                report,
            ),
            320,
        )
        self.store.chosen.connect(lambda _code: self._show_store())
        self.table.moved.connect(lambda _row: self._show_row())
        self.table.chosen.connect(lambda _row: self.reason.setFocus(Qt.FocusReason.TabFocusReason))
        self.reason.textChanged.connect(lambda _text: self.changed.emit())

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("upload|What"), text=words.told, width=164, strong=True),
                Column(title=N_("upload|About"), text=lambda row: row.about),
                Column(
                    title=N_("upload|State"),
                    text=lambda row: words.word(words.STATES, row.state),
                    tone=lambda row: words.TONES[row.state],
                    width=88,
                ),
                Column(title=N_("upload|Tries"), text=lambda row: str(row.tries), width=48, align="right"),
                Column(
                    title=N_("upload|Waits for"), text=lambda row: words.age(row.entered_at, self.desk.place.now()), width=76, align="right"
                ),
                Column(
                    title=N_("upload|Next try"), text=lambda row: format.clock(row.next_try_at) if row.state == "PENDING" else "", width=68
                ),
                Column(title=N_("upload|Error"), text=words.why_open, quiet=True),
            ),
            key=lambda row: row.id,
            empty=N_("upload|The bureau has been told everything."),
            dim=lambda row: row.state not in _OPEN,
        )

    def load(self) -> None:
        self.desk.send(ListUploads(done=self.desk.model.done_too), self._show, self.desk.fail)
        self.desk.send(ListStockPlaces(), self._show_stores, self.desk.fail)

    def _show_stores(self, found: StockPlaces) -> None:
        held, self.places = self.store.code(), {str(place.location_id): place for place in found.places}
        self.store.offer([(code, place.name) for code, place in self.places.items()] or [("", "–")])
        self.store.set_code(held)
        self._show_store()

    def _show_store(self) -> None:
        place = self.places.get(self.store.code())
        told = format.moment(place.told_at) if place is not None and place.told_at is not None else tr("upload|never")
        self.lies.setText(
            ""
            if place is None
            else tr(
                "upload|{batches} batches, {unmapped} without a national code; last reported {at}",
                batches=place.batches,
                unmapped=place.unmapped,
                at=told,
            )
        )
        self.changed.emit()

    def _show(self, queue: UploadQueue) -> None:
        self.queue = queue
        self.table.set_rows(queue.rows)
        self.figures.setText(
            tr(
                "upload|{waiting} waiting, {failed} refused, oldest {age}, {done} done today",
                waiting=queue.waiting,
                failed=queue.failed,
                age=words.age(queue.oldest, self.desk.place.now()),
                done=queue.done_today,
            )
        )
        self._show_row()

    def _show_row(self) -> None:
        row = self.table.current()
        self.error.setText(words.why_open(row) if isinstance(row, UploadRow) else "")
        self.changed.emit()

    def current(self) -> UploadRow | None:
        """The row in hand, if something can still be done about it."""
        row = self.table.current()
        return row if isinstance(row, UploadRow) and row.state in _OPEN else None

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.reason

    def why_not(self) -> str:
        return "" if self.queue is not None and self.queue.failed else tr("Nothing was refused.")

    def finish(self) -> None:
        """F12: everything that was refused is sent again."""
        self.send(RetryUpload(), lambda _done: self.desk.tell(tr("What was refused is sent again within seconds.")))

    def again(self) -> None:
        """F8: the row in hand is sent now."""
        row = self.current()
        if row is not None and row.held:
            self.desk.tell(words.why_open(row))
        elif row is not None:
            self.send(RetryUpload(upload_id=row.id), lambda _done: self.desk.tell(tr("It is sent again within seconds.")))

    def why_not_report(self) -> str:
        """What hinders reporting the stock of the store in hand."""
        place = self.places.get(self.store.code())
        return "" if place is not None and place.batches else tr("Nothing lies in this store.")

    def report_stock(self) -> None:
        """Ctrl+R: the bureau is told what lies in the store at this moment."""
        place = self.places[self.store.code()]
        self.send(ReportStock(location_id=place.location_id), lambda told: self._reported(place, told))

    def _reported(self, place: StockPlace, told: StockReported) -> None:
        self.desk.tell(
            tr(
                "{batches} batches of {store} are being reported in {parts} parts.",
                batches=told.batches,
                store=place.name,
                parts=told.parts,
            )
        )

    def take_away(self) -> None:
        """Ctrl+D: the row in hand is never sent."""
        row = self.current()
        if row is not None:
            self.send(DropUpload(upload_id=row.id, reason=self.reason.text().strip()), lambda _done: self._dropped())

    def _dropped(self) -> None:
        self.reason.clear()
        self.desk.tell(tr("It is not sent; the reason is kept."))

    def why_not_take_away(self) -> str:
        """What is missing to drop a row."""
        if self.current() is None:
            return tr("Choose a row that waits or was refused.")
        return "" if len(self.reason.text().strip()) >= 2 else tr("Type the reason at the right.")
