"""Recalls 召回: the deadline, every patient who got some, who was called and what they said; begun and closed here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt, QTimer

from client import format
from client.store import lot_words, words
from client.store.model import RECALLS
from client.store.recall_papers import print_recall
from client.store.view.page import StorePage
from client.store.view.recall_form import BEGIN, CALL, RecallDraft, RecallForm
from client.widgets.badge import Badge
from client.widgets.choice import Choice
from client.widgets.form import Label, SectionTitle
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.recalls import (
    CallOutcome,
    CloseRecall,
    GetRecallPatients,
    ListRecalls,
    NoteRecallCall,
    OpenRecall,
    RecallEntry,
    RecallList,
    RecallOpened,
    RecallPatient,
    RecallPatients,
)
from common.messages.receipts import FindGoods, GoodsList
from common.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 376
_LIST_HEIGHT: Final = 148
_OPEN, _ALL = "open", "all"
#: The deadline is told to the minute.
_TICK_MS: Final = 30_000
_OUTCOMES: Final = dict(lot_words.OUTCOMES)
_TONES: Final = {
    CallOutcome.INFORMED: "done",
    CallOutcome.BRINGS_BACK: "info",
    CallOutcome.USED_UP: "done",
    CallOutcome.NOT_REACHED: "warning",
}


class RecallPage(StorePage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.shown = Choice(((_OPEN, N_("recall|Under way")), (_ALL, N_("recall|All"))))
        self.recalls = Table(
            self._recall_columns(), key=lambda row: row.id, empty=N_("recall|Nothing is being recalled. F3 begins a recall.")
        )
        self.people = Label(type="note")
        self.patients = Table(
            self._patient_columns(), key=lambda row: row.patient_id, empty=N_("recall|Enter on a recall shows its patients."), dense=True
        )
        self.name, self.deadline, self.facts = Label(type="heading"), Badge(), Label(type="secondary")
        self.patient = Label(type="emphasis")
        self.form = RecallForm(self._look_up)
        #: The recall whose patients are shown, as it was then: when its figures change they are read anew.
        self._seen: RecallEntry | None = None
        self._ticking = QTimer(self, interval=_TICK_MS)
        self._kept = self.keeps("recall", RecallDraft, lambda: self.form.half_done(self.recalls.current()))
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for label in (self.name, self.facts, self.patient):
            label.setWordWrap(True)
        self.recalls.setFixedHeight(_LIST_HEIGHT)
        self.form.setVisible(self._may_manage() or self._may_call())
        right = (self.name, self.deadline, self.facts, SectionTitle(N_("recall|What to do")), self.patient, self.form)
        self.lay_out((bar(self.shown), self.recalls, bar(self.people), self.patients), right, SIDE)

    def _connect(self) -> None:
        self.shown.chosen.connect(lambda _code: self.load())
        self.recalls.moved.connect(self._recall_moved)
        self.recalls.chosen.connect(lambda _row: self._enter())
        self.patients.moved.connect(lambda _row: self._show_patient())
        self.patients.chosen.connect(lambda _row: self.form.show_mode(CALL))
        self.form.typed.connect(self.changed.emit)
        self.form.typed.connect(self._kept.soon)
        self.form.typed.connect(self._show_patient)
        self.form.finished.connect(lambda: self.finish() if not self.why_not() else None)
        self._ticking.timeout.connect(self._show_recall)
        self._ticking.start()

    # --- columns ---------------------------------------------------------------------------------------------------------------

    def _recall_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("recall|Number"), text=lambda row: row.number, width=116, strong=True),
            Column(title=N_("recall|Level"), text=lambda row: str(row.level), width=64, align="right"),
            Column(title=N_("stock|Drug"), text=lambda row: row.drug, strong=True),
            Column(title=N_("recall|Batches"), text=lambda row: tr("way|, ").join(row.lots), width=140),
            Column(title=N_("recall|To call"), text=_to_call, width=96, align="right"),
            Column(
                title=N_("recall|Deadline"),
                text=lambda row: tr("recall|closed") if row.state == "CLOSED" else lot_words.left(row, self.desk.place.now()),
                width=176,
                tone=lambda row: lot_words.left_tone(row, self.desk.place.now()),
            ),
        )

    def _patient_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("recall|Patient"), text=lambda row: row.patient_name, width=104, strong=True),
            Column(title=N_("recall|Phone"), text=lambda row: format.phone(row.phone), width=124, strong=True),
            Column(title=N_("recall|Got"), text=lambda row: self._amount(row.quantity), width=84, align="right"),
            Column(title=N_("recall|Came back"), text=lambda row: self._amount(row.back) if row.back else "", width=84, align="right"),
            Column(title=N_("recall|Last time"), text=lambda row: f"{self._local(row.at):%Y-%m-%d}", width=96),
            Column(title=N_("recall|State"), text=_said, width=132, tone=lambda row: _TONES.get(row.outcome, "danger")),
            Column(title=N_("recall|Called"), text=self._called, width=136, quiet=True),
            Column(title=N_("hold|Note"), text=lambda row: row.note, quiet=True),
        )

    def _local(self, at: Any) -> Any:
        return at.astimezone(self.desk.place.now().tzinfo)

    def _amount(self, quantity: Any) -> str:
        recall = self.recalls.current()
        return words.packs(quantity, recall) if recall is not None else ""

    def _called(self, row: RecallPatient) -> str:
        return f"{self._local(row.called_at):%m-%d %H:%M} {row.called_by}" if row.called_at else ""

    # --- asking ----------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(ListRecalls(closed=self.shown.code() == _ALL), self._show)

    def _show(self, found: RecallList) -> None:
        self.recalls.set_rows(found.recalls)
        waiting = [recall for recall in found.recalls if recall.state == "OPEN"]
        self.desk.model.counts[RECALLS] = (len(waiting), "danger" if any(recall.to_call for recall in waiting) else "warning")
        self._go_on(waiting)
        self._show_recall()
        recall = self.recalls.current()
        if self._seen is not None and recall is not None and recall.id == self._seen.id and recall != self._seen:
            self.see()
        self.changed.emit()

    def _go_on(self, waiting: list[RecallEntry]) -> None:
        """What was half written when the program ended; the report of a recall that ended meanwhile is left out."""
        left = self._kept.take()
        about = left.typed.about[1] if left is not None else 0
        if left is not None and (not about or any(recall.id == about for recall in waiting)):
            self.recalls.select(about or None)
            self.form.go_on(left)

    def _recall_moved(self, row: Any) -> None:
        if self._seen is None or not isinstance(row, RecallEntry) or row.id != self._seen.id:
            self._seen = None
            self.patients.set_rows(())
        self._show_recall()
        self.changed.emit()

    def _enter(self) -> None:
        """Enter on a recall: its patients, if they may be seen."""
        if self.may_see() is True:
            self.see()
            self.patients.setFocus(Qt.FocusReason.TabFocusReason)

    def may_see(self) -> bool | str:
        """Whether the patients can be shown now."""
        if not self.desk.place.may(Permission.PHARMACY_VIEW):
            return N_("way|Only the pharmacy sees which patients got it.")
        return True if self.recalls.current() is not None else N_("recall|No recall is chosen")

    def see(self) -> None:
        """F11: every patient of the recall. The look is written down."""
        recall = self.recalls.current()
        if recall is not None:
            self._seen = recall
            self.desk.send(GetRecallPatients(recall_id=recall.id), self._show_patients)

    def _show_patients(self, found: RecallPatients) -> None:
        recall = self.recalls.current()
        if recall is None or recall.id != found.recall_id:
            return
        self.patients.set_rows(found.patients)
        self._show_recall()
        self._show_patient()

    def _look_up(self, text: str, show: Callable[[Sequence[Any]], None]) -> None:
        self.desk.send(FindGoods(text=text), lambda found: show(found.goods), key="recalled goods")

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def _show_recall(self) -> None:
        recall = self.recalls.current()
        self.name.setText(f"{recall.drug}　{recall.specification}" if recall else tr("recall|No recall is chosen"))
        self.facts.setText(words.facts(self._facts(recall)) if recall else "")
        now = self.desk.place.now()
        self.deadline.setVisible(recall is not None and self.form.mode.code() != BEGIN)
        if recall is not None:
            self.deadline.set(
                tr("recall|closed") if recall.state == "CLOSED" else lot_words.left(recall, now), lot_words.left_tone(recall, now)
            )
        self.people.setText(self._people(recall) if recall else "")
        self.recalls.viewport().update()

    def _people(self, recall: RecallEntry) -> str:
        said = tr("recall|{n} patients got some, {open} are still to be told", n=recall.patients, open=recall.to_call)
        if self._seen is None and recall.patients:
            return tr("recall|{said}. Enter or F11 shows them.", said=said)
        return said

    def _facts(self, recall: RecallEntry) -> list[tuple[str, str]]:
        issuer = tr(dict(lot_words.ISSUERS)[recall.issuer])
        closed = recall.closed_at
        return [
            (tr("recall|Number"), f"{recall.number}　{tr('recall|Level {n}', n=recall.level)}"),
            (tr("recall|Issued by"), f"{issuer}　{recall.document}"),
            (tr("recall|Batches"), tr("way|, ").join(recall.lots)),
            (tr("recall|Begun"), f"{self._local(recall.at):%Y-%m-%d %H:%M}　{recall.by}"),
            (tr("recall|Handed out"), words.packs(recall.out, recall)),
            (tr("recall|Came back"), words.packs(recall.back, recall)),
            (tr("lot place|Quarantine area"), words.packs(recall.aside, recall)),
            (tr("hold|Note"), recall.note),
            (tr("recall|Closed"), f"{self._local(closed):%Y-%m-%d %H:%M}　{recall.closed_by}" if closed else ""),
            (tr("recall|Was withdrawn") if recall.withdrawn else tr("recall|Report"), recall.report),
        ]

    def _show_patient(self) -> None:
        patient = self.patients.current()
        calling = self.form.mode.code() == CALL and isinstance(patient, RecallPatient)
        self.patient.setVisible(calling)
        shown = self.form.mode.code() != BEGIN  # what is begun is another one, and its form needs the room
        for widget, there in ((self.name, True), (self.facts, True), (self.deadline, self.recalls.current() is not None)):
            widget.setVisible(shown and there)
        if calling and patient is not None:
            lots = tr("way|, ").join(patient.lots)
            self.patient.setText(f"{patient.patient_name}　{format.phone(patient.phone)}\n{self._amount(patient.quantity)}　{lots}")
        self.changed.emit()

    # --- what the person does --------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.patients if self.patients.rows() else self.recalls

    def detail(self) -> QWidget:
        return self.form.mode if self.form.isVisible() else self.patients

    def seek(self) -> None:
        self.recalls.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def begin(self, drug: Any = None, lot: str = "") -> bool:
        """F3: a new recall, of this lot if one was chosen on another page."""
        self.form.clear()
        self.form.show_mode(BEGIN)
        if drug is not None:
            self.form.drug.set_entry(drug)
            self.form.lots.setText(lot)
            self.form.document.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def scanned(self, code: str) -> bool | None:
        """A pack of the drug that is to be recalled."""
        if self.form.mode.code() != BEGIN:
            return False
        self.desk.send(FindGoods(text=code[:200]), self._pack_found, key=f"recalled {code}")
        return None

    def _pack_found(self, found: GoodsList) -> None:
        known = len(found.goods) == 1
        self.desk.sound(accepted=known)
        if known:
            self.form.drug.set_entry(found.goods[0])
            self.form.lots.setFocus(Qt.FocusReason.OtherFocusReason)

    def back(self) -> bool:
        """What was begun is left; then from the patients to the recalls."""
        if self.form.mode.code() != CALL:
            self.form.mode.set_code(CALL)
            self.form.show_mode(CALL)
            self.work().setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        if not self.recalls.hasFocus() and not self.desk.rail.hasFocus():
            (self.recalls if self.patients.hasFocus() else self.work()).setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return False

    def may_print(self) -> bool | str:
        """Whether a recall's list can be printed."""
        return self.may_see()

    def reprint(self) -> None:
        """F6: the recall with all of its patients, on paper."""
        recall = self.recalls.current()
        if recall is not None:
            print_recall(self.desk, recall.id)

    def _may_manage(self) -> bool:
        return self.desk.place.may(Permission.STORE_APPROVE)

    def _may_call(self) -> bool:
        return self.desk.place.may(Permission.PHARMACY_RETURN)

    def why_not(self) -> str:
        mode = self.form.mode.code()
        if mode == CALL and not self._may_call():
            return tr("recall|The pharmacy calls the patients.")
        if mode != CALL and not self._may_manage():
            return tr("way|You may look only.")
        request = self.form.request(self.recalls.current(), self.patients.current())
        return request if isinstance(request, str) else ""

    def finish(self) -> None:
        request = self.form.request(self.recalls.current(), self.patients.current())
        if isinstance(request, str):
            return
        if isinstance(request, OpenRecall):
            lots = tr("way|, ").join(request.lots)
            question = tr("recall|Recall {lots}? All of it goes to the quarantine area, also what is laid aside for patients.", lots=lots)
            self.desk.ask(question, [(tr("recall|Begin the recall"), lambda: self.send(request, self._begun))], danger=False)
        elif isinstance(request, CloseRecall):
            self.send(request, self._closed)
        else:
            self._note(request)

    def _note(self, request: NoteRecallCall) -> None:
        patient = self.patients.current()
        name = patient.patient_name if patient is not None else ""
        self.send(request, lambda _done: self._noted(name))

    def _noted(self, name: str) -> None:
        self.form.clear()
        self.desk.tell(tr("recall|Noted: {name}.", name=name))
        self.patients.step(1)
        self.patients.setFocus(Qt.FocusReason.OtherFocusReason)

    def _begun(self, opened: RecallOpened) -> None:
        self.form.clear()
        self.form.mode.set_code(CALL)
        self.form.show_mode(CALL)
        recall = opened.recall
        said = tr("recall|{number} is under way: {n} patients have to be told by {time}.", number=recall.number, n=recall.to_call,
                  time=f"{self._local(recall.deadline):%m-%d %H:%M}")  # fmt: skip
        self.desk.tell(f"{said} {lot_words.consequences(opened.held)}".strip(), "warning")
        self.recalls.setFocus(Qt.FocusReason.OtherFocusReason)

    def _closed(self, recall: RecallEntry) -> None:
        self.form.clear()
        self.form.show_mode(CALL)
        self.recalls.setFocus(Qt.FocusReason.OtherFocusReason)
        self.desk.tell(tr("recall|{number} is closed.", number=recall.number))


def _to_call(row: RecallEntry) -> str:
    return tr("recall|{open} of {n}", open=row.to_call, n=row.patients) if row.patients else tr("recall|nobody")


def _said(row: RecallPatient) -> str:
    if row.back >= row.quantity:
        return tr("recall|All came back")
    if row.outcome is None:
        return tr("recall|To be called")
    said = tr(_OUTCOMES[row.outcome])
    return tr("recall|{said}, {n} calls", said=said, n=row.calls) if row.calls > 1 else said
