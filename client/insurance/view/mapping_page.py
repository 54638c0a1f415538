"""Mapping: own drugs and services at the left with their coverage, what the one in hand could be at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer

from client.insurance import words
from client.insurance.view.page import InsurancePage
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import DateInput, TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.insurance_mapping import (
    Candidate,
    Candidates,
    ListCandidates,
    ListMappedItems,
    MapItem,
    MappedItem,
    MappedItems,
    UnmapItem,
    UploadMappings,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.insurance.view.desk import InsuranceDesk

#: So long after the last key or step the service is asked.
_PAUSE_MS: int = 120
#: Candidates that are less alike than this are shown in grey.
_UNLIKELY: int = 50


class MappingPage(InsurancePage):
    """See the user guide."""

    def __init__(self, desk: InsuranceDesk) -> None:
        super().__init__(desk)
        self.covered = Label("", "secondary")
        self.search = TextInput(placeholder=N_("mapping|Code, name or initials"), most=60)
        self.table, self.candidates = self._table(), self._candidates()
        self.entry_text = TextInput(placeholder=N_("mapping|Name, initials, code or approval number"), most=60)
        self.begins, self.ends = DateInput(), DateInput()
        self.begins.set_date(desk.place.now().date())
        form = Form(columns=2)
        form.add(N_("mapping|From"), self.begins, required=True)
        form.add(N_("mapping|Until"), self.ends)
        form.finished.connect(lambda: desk.act("save"))
        self.item: MappedItem | None = None
        self.lay_out(
            (bar(SectionTitle(N_("insurance page|Mapping")), self.covered), bar(self.search), self.table),
            (SectionTitle(N_("mapping|What it could be")), self.entry_text, self.candidates, form),
            432,
            grows=self.candidates,
        )
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self.load)
        self._look_soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._look_soon.timeout.connect(self._look)
        self._connect()

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._soon.start())
        self.search.returnPressed.connect(lambda: self.table.setFocus(Qt.FocusReason.TabFocusReason))
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self.candidates.setFocus(Qt.FocusReason.TabFocusReason))
        self.entry_text.textChanged.connect(lambda _text: self._look_soon.start())
        self.entry_text.returnPressed.connect(lambda: self.candidates.setFocus(Qt.FocusReason.TabFocusReason))
        self.candidates.moved.connect(lambda _row: self.changed.emit())
        self.candidates.chosen.connect(lambda _row: self.desk.act("save"))
        for field in (self.begins, self.ends):
            field.textChanged.connect(lambda _text: self.changed.emit())

    def _table(self) -> Table:
        return Table(
            (
                Column(title=N_("mapping|Kind"), text=lambda row: words.word(words.KINDS, row.kind), width=56, quiet=True),
                Column(title=N_("mapping|Own item"), text=lambda row: row.name, strong=True),
                Column(title=N_("mapping|Specification"), text=lambda row: row.specification, width=112, quiet=True),
                Column(title=N_("mapping|30 days"), text=_income, width=100, align="right"),
                Column(title=N_("mapping|National code"), text=lambda row: row.med_list_codg, width=208),
                Column(title=N_("mapping|State"), text=_state, tone=_tone, width=84),
            ),
            key=lambda row: (row.kind, row.own_id),
            empty=N_("mapping|No item fits."),
            dense=True,
        )

    def _candidates(self) -> Table:
        return Table(
            (
                Column(title=N_("mapping|Alike"), text=lambda row: str(row.score), width=48, align="right", strong=True),
                Column(title=N_("mapping|Entry of the list"), text=lambda row: " ".join((row.name, row.specification)).strip()),
                Column(title=N_("mapping|Level"), text=lambda row: words.word(words.LEVELS, row.level), width=56),
                Column(title=N_("mapping|Maker"), text=lambda row: row.manufacturer, width=104, quiet=True),
            ),
            key=lambda row: (row.list_type, row.code),
            empty=N_("mapping|Nothing alike. Search above, or download the list first (Lists and dictionaries, F12)."),
            dim=lambda row: row.score < _UNLIKELY,
            dense=True,
        )

    # --- reading ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        only = "unmapped" if self.desk.model.unmapped_only else ""
        self.desk.send(ListMappedItems(text=self.search.text(), only=only), self._show, self.desk.fail)

    def _show(self, found: MappedItems) -> None:
        self.covered.setText(words.coverage(found))
        self.table.set_rows(found.items)
        self._moved(self.table.current())
        self._look_soon.start()  # the bureau's lists may be others by now

    def _moved(self, row: Any) -> None:
        before, self.item = self.item, row if isinstance(row, MappedItem) else None
        if before is None or self.item is None or (before.kind, before.own_id) != (self.item.kind, self.item.own_id):
            self.entry_text.clear()
            self.ends.clear()
            self.begins.set_date(self.desk.place.now().date())
            self._look_soon.start()
        self.changed.emit()

    def _look(self) -> None:
        if self.item is None:
            self.candidates.set_rows(())
            return
        asked = self.item
        wanted = ListCandidates(kind=asked.kind, own_id=asked.own_id, text=self.entry_text.text())  # type: ignore[arg-type]
        self.desk.send(wanted, lambda found: self._offer(asked, found), self.desk.fail)

    def _offer(self, asked: MappedItem, found: Candidates) -> None:
        if self.item is not None and (asked.kind, asked.own_id) == (self.item.kind, self.item.own_id):
            self.candidates.set_rows(found.candidates)
            self.changed.emit()

    def work(self) -> QWidget:
        return self.search

    def detail(self) -> QWidget:
        return self.entry_text

    # --- acts ------------------------------------------------------------------------------------------------------------------

    def candidate(self) -> Candidate | None:
        """The entry in hand."""
        row = self.candidates.current()
        return row if isinstance(row, Candidate) else None

    def why_not(self) -> str:
        if self.item is None or self.candidate() is None:
            return tr("Choose an item and an entry of the list.")
        return "" if self.begins.date() is not None else tr("Type from when on it holds.")

    def finish(self) -> None:
        """F12: the item in hand is the entry in hand, from that day on."""
        item, entry, begins = self.item, self.candidate(), self.begins.date()
        if item is None or entry is None or begins is None:
            return
        request = MapItem(
            kind=item.kind,  # type: ignore[arg-type]
            own_id=item.own_id,
            list_type=entry.list_type,
            med_list_codg=entry.code,
            begins=begins,
            ends=self.ends.date(),
        )
        self.send(request, lambda _done: self._mapped(tr("{name} is {code} from {day} on.", name=item.name, code=entry.code, day=begins)))

    def _mapped(self, said: str) -> None:
        self.desk.tell(said)
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def again(self) -> None:
        """F8: upload what the bureau does not know."""
        self.send(
            UploadMappings(), lambda _done: self.desk.tell(tr("What the bureau does not know is uploaded; the list shows what came of it."))
        )

    def take_away(self) -> None:
        """Ctrl+D: the mapping in hand ends."""
        item = self.item
        if item is not None and item.mapping_id is not None:
            self.send(
                UnmapItem(mapping_id=item.mapping_id),
                lambda _done: self._mapped(tr("{name} has no national code any more.", name=item.name)),
            )

    def why_not_take_away(self) -> str:
        """Whether there is a mapping to end."""
        return "" if self.item is not None and self.item.mapping_id is not None else tr("Choose an item that is mapped.")


def _income(row: MappedItem) -> str:
    return format_yuan(row.income_fen) if row.income_fen else ""


def _state(row: MappedItem) -> str:
    return words.word(words.STATES, row.upload) if row.upload else tr("mapping|no code")


def _tone(row: MappedItem) -> str:
    return words.TONES[row.upload] if row.upload else "warning"
