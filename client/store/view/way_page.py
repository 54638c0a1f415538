"""Way of a lot 批次追踪: found by its pack, its number or its drug; every step with its balance; kept out of use and released here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from PySide6.QtCore import Qt, QTimer

from client import format
from client.store import lot_words, words
from client.store.model import RECALLS
from client.store.view.page import SearchedPage
from client.widgets.approval import ApprovalPane
from client.widgets.badge import Badge
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.i18n import N_, tr
from common.messages.batch_ways import FindLots, GetLotPatients, GetLotWay, LotEntry, LotList, LotWay, WayPatient, WayPatients, WayStep
from common.messages.recalls import Held, HoldList, HoldLot, HoldReason, ListHolds, Released, ReleaseLot
from common.permissions import Permission

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from client.store.view.desk import StoreDesk

SIDE: Final = 320
_LOTS_HEIGHT: Final = 172
TYPE_AHEAD_MS: Final = 150


class _Chosen(NamedTuple):
    """A drug as the form of a recall shows it."""

    drug_id: int
    name: str
    specification: str
    manufacturer: str = ""


class WayPage(SearchedPage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.found = LotList(lots=())
        self.way: LotWay | None = None
        self.patients: dict[int, WayPatient] = {}
        #: The lot whose patients are shown; another one is asked for anew.
        self._seen: tuple[int, str] | None = None
        self.holds: dict[tuple[int, str], int] = {}
        self.search = TextInput(placeholder=N_("way|Scan a pack, or type a batch, a drug, pinyin or code"), most=200)
        self.note = Label(type="note")
        self.lots = Table(self._lot_columns(), key=lambda row: (row.drug_id, row.lot), empty=N_("way|No batch fits."), dense=True)
        self.steps = Table(self._step_columns(), key=lambda row: row.move_id, empty=N_("way|Choose a batch above."), dense=True)
        self.name, self.state, self.facts = Label(type="heading"), Badge(), Label(type="secondary")
        self.step_facts, self.code_facts = Label(type="secondary"), Label(type="secondary")
        self.reason = Choice(lot_words.REASONS)
        self.why = TextInput(most=200)
        self.form = Form()
        self.approval = ApprovalPane(desk.ops, act="release_lot")
        self._later = QTimer(self, singleShot=True, interval=TYPE_AHEAD_MS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        for label in (self.name, self.facts, self.step_facts, self.code_facts):
            label.setWordWrap(True)
        self.lots.setFixedHeight(_LOTS_HEIGHT)
        self.form.add(N_("hold|Why it is kept out of use"), self.reason)
        self.form.add(N_("hold|Note"), self.why)
        self.form.setVisible(self._may_hold())
        self.approval.hide()
        head = bar(self.search)
        facts = (self.name, self.state, self.facts, self.code_facts, SectionTitle(N_("way|Step")), self.step_facts)
        right = (*facts, self.form, self.approval)
        self.lay_out((head, bar(self.note), self.lots, self.steps), right, SIDE)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._later.start())
        self.search.returnPressed.connect(self._to_lots)
        self._later.timeout.connect(self.load)
        self.lots.moved.connect(self._lot_moved)
        self.lots.chosen.connect(lambda _row: self.steps.setFocus(Qt.FocusReason.TabFocusReason))
        self.steps.moved.connect(self._show_step)
        self.steps.chosen.connect(lambda _row: self.detail().setFocus(Qt.FocusReason.TabFocusReason))
        self.reason.chosen.connect(lambda _code: self.changed.emit())
        self.why.textChanged.connect(lambda _text: self.changed.emit())
        self.form.finished.connect(self._form_done)
        self.approval.approved.connect(lambda _id: self.changed.emit())
        self.approval.lapsed.connect(self.changed.emit)

    # --- columns ---------------------------------------------------------------------------------------------------------------

    def _lot_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("stock|Drug"), text=lambda row: row.drug, strong=True),
            Column(title=N_("stock|Specification"), text=lambda row: row.specification, width=124, quiet=True),
            Column(title=N_("stock|Lot"), text=lambda row: row.lot, width=104, strong=True),
            Column(
                title=N_("stock|Expiry"),
                text=lambda row: row.expires.isoformat(),
                width=108,
                tone=lambda row: words.expiry_tone(row.expires, self.desk.place.now().date()),
            ),
            Column(title=N_("delivery|Supplier"), text=lambda row: row.suppliers, width=132, quiet=True),
            Column(title=N_("way|In the house"), text=lambda row: words.packs(row.on_hand, row), width=108, align="right"),
            Column(title="", text=_state_of, width=112, tone=lambda row: "danger" if row.recall else "warning" if row.paper else ""),
        )

    def _step_columns(self) -> tuple[Column, ...]:
        return (
            Column(title=N_("way|Time"), text=lambda step: f"{self._local(step.at):%Y-%m-%d %H:%M}", width=128),
            Column(title=N_("way|What"), text=lot_words.kind, width=100, tone=lot_words.kind_tone),
            Column(title=N_("way|Where"), text=lot_words.where, width=148),
            Column(title=N_("way|Quantity"), text=self._quantity, width=80, align="right", strong=True),
            Column(title=N_("way|In the house"), text=lambda step: self._amount(step.balance), width=92, align="right"),
            Column(title=N_("way|From or to"), text=lambda step: lot_words.partner(step, self.patients)),
            Column(title=N_("way|Document"), text=lambda step: step.document, width=112, quiet=True),
            Column(title=N_("way|By"), text=lambda step: step.by, width=64, quiet=True),
        )

    def _local(self, at: Any) -> Any:
        return at.astimezone(self.desk.place.now().tzinfo)

    def _amount(self, quantity: Any) -> str:
        return words.pieces(quantity, self.way.lot) if self.way is not None else ""

    def _quantity(self, step: WayStep) -> str:
        sign = "" if step.to_place else "−" if step.quantity < 0 else "+"
        return f"{sign}{self._amount(abs(step.quantity))}"

    # --- asking ----------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(FindLots(text=self.search.text().strip()), self._show)
        self.desk.send(ListHolds(), self._show_holds)

    def _show(self, found: LotList) -> None:
        self.found = found
        self.lots.set_rows(found.lots)
        self.note.setText(self._note())
        self._ask_way(self.lots.current())
        self._show_code()

    def _note(self) -> str:
        if self.found.code:
            return tr("way|{code} went out {n} times; its batches are listed.", code=self.found.code, n=len(self.found.code_steps))
        if not self.search.text().strip():
            return tr("way|These batches are kept out of use. F2 finds any other.")
        return tr("way|Batches found: {n}", n=len(self.found.lots))

    def _show_holds(self, found: HoldList) -> None:
        self.holds = {(hold.drug_id, hold.lot): hold.id for hold in found.holds}
        self._show_lot()

    def _lot_moved(self, row: Any) -> None:
        self.why.clear()
        self.approval.clear()
        self._ask_way(row)

    def _ask_way(self, row: LotEntry | None) -> None:
        if row is None:
            self.way = None
            self.steps.set_rows(())
            self._show_lot()
            return
        self.desk.send(GetLotWay(drug_id=row.drug_id, lot=row.lot), self._show_way)

    def _show_way(self, way: LotWay) -> None:
        row = self.lots.current()
        if row is None or (row.drug_id, row.lot) != (way.lot.drug_id, way.lot.lot):
            return
        if self._seen != (way.lot.drug_id, way.lot.lot):
            self._seen, self.patients = None, {}
        self.way = way
        self.steps.set_rows(way.steps)
        self._show_lot()

    def show_lot(self, drug: str, lot: str) -> None:
        """From another page: this lot's way."""
        self.search.setText(lot or drug)

    # --- the patients ----------------------------------------------------------------------------------------------------------

    def may_see(self) -> bool | str:
        """Whether the patients can be shown now."""
        if not self.desk.place.may(Permission.PHARMACY_VIEW):
            return N_("way|Only the pharmacy sees which patients got it.")
        return True if self.way is not None else N_("way|Choose a batch above.")

    def see(self) -> None:
        """F11: who got the lot. The look is written down."""
        if self.way is not None:
            lot = self.way.lot
            self.desk.send(
                GetLotPatients(drug_id=lot.drug_id, lot=lot.lot), lambda found: self._show_patients((lot.drug_id, lot.lot), found)
            )

    def _show_patients(self, lot: tuple[int, str], found: WayPatients) -> None:
        if self.way is None or lot != (self.way.lot.drug_id, self.way.lot.lot):
            return
        self._seen, self.patients = lot, {patient.prescription_id: patient for patient in found.patients}
        self.steps.viewport().update()
        self._show_step(self.steps.current())
        self._show_code()
        people = len({patient.patient_id for patient in found.patients})
        self.desk.tell(tr("way|{n} patients got some of it. That you looked is written down.", n=people), "info")

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def _show_lot(self) -> None:
        way = self.way
        self.name.setText(f"{way.lot.drug}　{way.lot.lot}" if way else tr("way|No batch is chosen"))
        self.facts.setText("\n".join(self._facts(way)) if way else "")
        paper = way.lot.paper if way else ""
        recall = way.lot.recall if way else ""
        said = (
            tr("way|Recalled by {number}", number=recall)
            if recall
            else tr("way|Kept out of use by {number}", number=paper)
            if paper
            else ""
        )
        self.state.set(said, "danger" if recall else "warning")
        self.state.setVisible(bool(said))
        held = self._held()
        self.form.show_field(self.reason, not held)
        self.form.rename(self.why, N_("hold|Why it may be used again") if held else N_("hold|Note"))
        self.approval.setVisible(bool(held) and self._may_hold() and not recall)
        self.form.setVisible(way is not None and self._may_hold() and not (held and recall))
        if held:
            self.approval.ask(held)
        self._show_step(self.steps.current())
        self.changed.emit()

    def _facts(self, way: LotWay) -> list[str]:
        lot = way.lot
        there = tr("way|, ").join(f"{lot_words.place(each.place)} {words.packs(each.on_hand, lot)}" for each in way.places)
        return [
            "　".join(filter(None, (lot.specification, lot.suppliers))),
            words.expiry(lot.expires, self.desk.place.now().date()),
            tr("way|Now: {places}", places=there or tr("way|nothing left")),
        ]

    def _show_step(self, step: Any) -> None:
        self.step_facts.setText("\n".join(self._of_step(step)) if isinstance(step, WayStep) else "")

    def _of_step(self, step: WayStep) -> list[str]:
        said = [f"{self._local(step.at):%Y-%m-%d %H:%M}　{lot_words.kind(step)}　{self._quantity(step)}"]
        if step.kind == "RECEIPT":
            for label, value in (
                (tr("delivery|Supplier"), step.supplier),
                (tr("delivery|Invoice"), step.invoice),
                (tr("delivery|Inspected by"), step.inspector),
            ):
                said += [f"{label}　{value}"] if value else []
        patient = self.patients.get(step.prescription_id or 0)
        if patient is not None:
            said.append(f"{patient.patient_name}　{patient.patient_number}　{patient.age}　{format.phone(patient.phone)}")
        if step.codes:
            said.append(tr("way|Codes: {codes}", codes=tr("way|, ").join(step.codes)))
        return said

    def _show_code(self) -> None:
        zone = self.desk.place.now().tzinfo
        lines = [lot_words.code_line(step, self.patients, zone) for step in self.found.code_steps]
        self.code_facts.setText("\n".join([tr("way|Code {code}", code=self.found.code), *lines]) if lines else "")
        self.code_facts.setVisible(bool(lines))

    # --- what the person does --------------------------------------------------------------------------------------------------

    def work(self) -> QWidget:
        return self.lots

    def detail(self) -> QWidget:
        if not self.form.isVisible():
            return self.steps
        return self.why if self._held() else self.reason

    def _to_lots(self) -> None:
        self.lots.setFocus(Qt.FocusReason.OtherFocusReason)

    def begin(self) -> bool:
        """F3: a recall of the chosen lot."""
        if self.way is not None:
            lot = self.way.lot
            self.desk.go_to(RECALLS)
            self.desk.recalls.begin(_Chosen(lot.drug_id, lot.drug, lot.specification), lot.lot)
        return True

    def scanned(self, code: str) -> bool | None:
        """A badge while a second person is asked; else a pack."""
        if self.approval.isVisible() and self.approval.scanned(code):
            return True
        self.search.setText(code.strip()[:200])
        self._to_lots()
        return True

    def _form_done(self) -> None:
        """Enter in the last field: carried out, or the hand goes to the second person."""
        if not self.why_not():
            self.finish()
        elif self.approval.isVisible() and self.approval.approval_id is None:
            self.approval.setFocus(Qt.FocusReason.OtherFocusReason)

    def _may_hold(self) -> bool:
        return self.desk.place.may(Permission.STORE_APPROVE)

    def _held(self) -> int:
        """The paper that keeps the chosen lot out of use; 0: none."""
        return self.holds.get((self.way.lot.drug_id, self.way.lot.lot), 0) if self.way is not None and self.way.lot.paper else 0

    def why_not(self) -> str:
        if not self._may_hold():
            return tr("way|You may look only.")
        if self.way is None:
            return tr("way|No batch is chosen")
        if self._held():
            if self.way.lot.recall:
                return tr("hold|It was recalled: it is not used again.")
            if len(self.why.text().strip()) < 2:
                return tr("hold|Write why it may be used again.")
            return "" if self.approval.approval_id is not None else tr("hold|A second person has to agree.")
        if self.reason.code() == HoldReason.OTHER and not self.why.text().strip():
            return tr("hold|Write down why.")
        return ""

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Release") if self._held() else tr("store key|Keep out of use")}

    def finish(self) -> None:
        if self.why_not() or self.way is None:
            return
        lot, hold_id = self.way.lot, self._held()
        if hold_id:
            self.send(
                ReleaseLot(hold_id=hold_id, note=self.why.text().strip(), approval_id=self.approval.approval_id),
                self._released,
                self._refused,
            )
            return
        request = HoldLot(drug_id=lot.drug_id, lot=lot.lot, reason=HoldReason(self.reason.code()), note=self.why.text().strip())
        question = tr(
            "hold|Keep all of {drug}, batch {lot}, out of use? What is laid aside for patients is put back.", drug=lot.drug, lot=lot.lot
        )
        self.desk.ask(question, [(tr("hold|Keep it out of use"), lambda: self.send(request, self._kept_out))], danger=False)

    def _kept_out(self, held: Held) -> None:
        hold = held.holds[0]
        self.why.clear()
        said = tr(
            "hold|{number}: {quantity} of {drug}, batch {lot}, lie in the quarantine area.",
            number=hold.number,
            quantity=words.packs(held.quantity, hold),
            drug=hold.drug,
            lot=hold.lot,
        )
        more = lot_words.consequences(held)
        self.desk.tell(f"{said} {more}".strip(), "warning" if more else "done")

    def _released(self, released: Released) -> None:
        self.why.clear()
        self.approval.clear()
        hold = released.hold
        said = tr("hold|{drug}, batch {lot}, may be used again: {quantity} are back.", drug=hold.drug, lot=hold.lot,
                  quantity=words.packs(released.quantity, hold))  # fmt: skip
        self.desk.tell(said)

    def _refused(self, error: Any) -> None:
        self.approval.clear()
        self.approval.ask(self._held())
        self.desk.fail(error)


def _state_of(row: LotEntry) -> str:
    if row.recall:
        return tr("way|Recalled")
    return tr("way|Kept out") if row.paper else ""
