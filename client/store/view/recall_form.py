"""What one does about a recall: note a call, begin one, close one; which of them is chosen decides what F12 does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from client import theme
from client.drafts import Typed, type_in, typed
from client.store import lot_words
from client.widgets.choice import Choice
from client.widgets.code_input import CodeInput
from client.widgets.form import Form
from client.widgets.inputs import TextInput
from client.widgets.table import Column
from common.i18n import N_, tr
from common.messages.recalls import CallOutcome, CloseRecall, Issuer, NoteRecallCall, OpenRecall
from common.messages.receipts import Goods

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QLineEdit

    from common.messages.recalls import RecallEntry, RecallPatient

CALL, BEGIN, CLOSE = "call", "begin", "close"
_DONE, _WITHDRAWN = "done", "withdrawn"
_MODES: Final = ((CALL, N_("recall|Note a call")), (BEGIN, N_("recall|Begin")), (CLOSE, N_("recall|Close")))
_GOODS: Final = (
    Column(title=N_("stock|Drug"), text=lambda row: row.name, strong=True, marks=lambda row: row.name_marks),
    Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=148, marks=lambda row: row.specification_marks),
    Column(title=N_("delivery|Maker"), text=lambda row: row.manufacturer, width=148, quiet=True),
)


class RecallDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of the form: its plain fields, about what is done and with which recall, and the drug."""

    typed: Typed
    goods: Goods | None = None


class RecallForm(QWidget):
    """``finished`` when Enter left the last field; ``typed`` when what F12 would do may have changed."""

    finished = Signal()
    typed = Signal()

    def __init__(self, look_up: Callable[[str, Callable[[Sequence[Any]], None]], None]) -> None:
        super().__init__()
        self.mode = Choice(_MODES)
        self.outcome, self.note = Choice(lot_words.OUTCOMES), TextInput(most=200)
        self.drug = CodeInput(
            _GOODS,
            look_up=look_up,
            shown=lambda goods: f"{goods.name}　{goods.specification}",
            key=lambda goods: goods.drug_id,
            popup_width=560,
        )
        self.lots, self.document, self.remark = TextInput(most=400), TextInput(most=60), TextInput(most=200)
        self.level, self.issuer = Choice(lot_words.LEVELS), Choice(lot_words.ISSUERS)
        self.ending = Choice(((_DONE, N_("recall|Carried out")), (_WITHDRAWN, N_("recall|Was withdrawn"))))
        self.report = TextInput(most=1000)
        self.forms = {CALL: Form(), BEGIN: Form(), CLOSE: Form()}
        self._lay_out()
        self._connect()
        self._show_mode(CALL)

    def _lay_out(self) -> None:
        call, begin, close = self.forms.values()
        call.add(N_("call|What the patient said"), self.outcome)
        call.add(N_("hold|Note"), self.note)
        begin.add(N_("delivery|Drug: name, pinyin, code, or scan the pack"), self.drug, required=True)
        begin.add(N_("recall|Batches, a space between two"), self.lots, required=True)
        begin.add(N_("recall|Level"), self.level)
        begin.add(N_("recall|Who recalls"), self.issuer)
        begin.add(N_("recall|Number of the notice"), self.document, required=True)
        begin.add(N_("hold|Note"), self.remark)
        close.add(N_("recall|How it ended"), self.ending)
        close.add(N_("recall|Report"), self.report, required=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.mode)
        for form in self.forms.values():
            column.addWidget(form)

    def _connect(self) -> None:
        self.mode.chosen.connect(self._show_mode)
        for form in self.forms.values():
            form.finished.connect(self.finished)
        for choice in (self.outcome, self.level, self.issuer, self.ending):
            choice.chosen.connect(lambda _code: self.typed.emit())
        for field in (self.note, self.lots, self.document, self.remark, self.report, self.drug):
            field.textChanged.connect(lambda _text: self.typed.emit())
        self.drug.chosen.connect(lambda _goods: self.lots.setFocus(Qt.FocusReason.TabFocusReason))

    def _show_mode(self, mode: str) -> None:
        for name, form in self.forms.items():
            form.setVisible(name == mode)
            form.clear_wrongs()
        self.typed.emit()

    def show_mode(self, mode: str) -> None:
        """Another one is to be done; its first field gets the hand."""
        self.mode.set_code(mode)
        self._show_mode(mode)
        self.first().setFocus(Qt.FocusReason.OtherFocusReason)

    def first(self) -> QWidget:
        """The first field of what is chosen."""
        found: QWidget = {CALL: self.outcome, BEGIN: self.drug, CLOSE: self.ending}[self.mode.code()]
        return found

    def clear(self) -> None:
        """It was carried out: nothing of it stays in the fields."""
        self.drug.set_entry(None)
        for field in (self.note, self.lots, self.document, self.remark, self.report):
            field.clear()
        self.outcome.set_code(CallOutcome.INFORMED)
        self.ending.set_code(_DONE)

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, QLineEdit | Choice]:
        """What takes long to write: a recall that is begun, and the report that ends one."""
        if self.mode.code() == BEGIN:
            return {"lots": self.lots, "document": self.document, "remark": self.remark, "level": self.level, "issuer": self.issuer}
        return {"ending": self.ending, "report": self.report}

    def half_done(self, recall: RecallEntry | None) -> RecallDraft | None:
        """What would be lost if the program ended now; the report is that of ``recall``."""
        if self.mode.code() == CALL:
            return None
        begins = self.mode.code() == BEGIN
        said = typed(self._fields(), self.mode.code(), 0 if begins or recall is None else recall.id)
        goods = self.drug.entry() if begins else None
        if said is None and goods is None:
            return None
        return RecallDraft(typed=said or Typed(about=(BEGIN, 0)), goods=goods)

    def go_on(self, left: RecallDraft) -> None:
        """The fields as somebody left them."""
        self.mode.set_code(str(left.typed.about[0]))
        self._show_mode(str(left.typed.about[0]))
        self.drug.set_entry(left.goods)
        type_in(self._fields(), left.typed)

    def withdrawn(self) -> bool:
        """Whether the recall that is to be closed was withdrawn."""
        return self.ending.code() == _WITHDRAWN

    # --- what it would send ----------------------------------------------------------------------------------------------------

    def request(self, recall: RecallEntry | None, patient: RecallPatient | None) -> NoteRecallCall | OpenRecall | CloseRecall | str:
        """What F12 sends, or the sentence that says why it cannot."""
        return {CALL: self._call, BEGIN: self._begin, CLOSE: self._close}[self.mode.code()](recall, patient)

    def _call(self, recall: RecallEntry | None, patient: RecallPatient | None) -> NoteRecallCall | str:
        if recall is None or recall.state != "OPEN":
            return tr("recall|No recall that is under way is chosen.")
        if patient is None:
            return tr("recall|No patient is chosen.")
        outcome = CallOutcome(self.outcome.code())
        return NoteRecallCall(recall_id=recall.id, patient_id=patient.patient_id, outcome=outcome, note=self.note.text().strip())

    def _begin(self, _recall: RecallEntry | None, _patient: RecallPatient | None) -> OpenRecall | str:
        goods, lots = self.drug.entry(), lot_words.lots(self.lots.text())
        if goods is None:
            return tr("recall|Choose the drug.")
        if not lots:
            return tr("recall|Type the batches.")
        if any(len(lot) > 40 for lot in lots) or len(lots) > 50:
            return tr("recall|A batch has at most 40 characters; at most 50 at once.")
        if not self.document.text().strip():
            return tr("recall|Type the number of the notice.")
        return OpenRecall(
            drug_id=goods.drug_id,
            lots=lots,
            level=int(self.level.code()),
            issuer=Issuer(self.issuer.code()),
            document=self.document.text().strip(),
            note=self.remark.text().strip(),
        )

    def _close(self, recall: RecallEntry | None, _patient: RecallPatient | None) -> CloseRecall | str:
        if recall is None or recall.state != "OPEN":
            return tr("recall|No recall that is under way is chosen.")
        if len(self.report.text().strip()) < 2:
            return tr("recall|Write the report: what was done, and how it ended.")
        return CloseRecall(recall_id=recall.id, report=self.report.text().strip(), withdrawn=self.withdrawn())
