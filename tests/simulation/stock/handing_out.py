"""Rules of the stock machine: prescriptions, picking, hand-overs, returns."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from common.domain.money import pack_amount
from common.domain.picked import going, packs_of
from common.domain.returning import Condition, ReturnReason
from common.messages.cashier import GetUnpaid, Settle
from common.messages.consult import DrugLine, HerbalOrder, PrescriptionKind, SignPrescription, VoidPrescription
from common.messages.dispensing import GiveUpOwed, GiveUpReason
from common.messages.pharmacy import (
    ApprovePrescription,
    ChooseBatch,
    Dispense,
    HandOut,
    NoCode,
    OtherBatch,
    Pick,
    PickList,
    PickPrescription,
    Promise,
    PutBack,
    Scan,
)
from common.messages.returns import GetReturnable, ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.messages.windows import PharmacyRules, ReserveAt, SetPharmacyRules
from tests.simulation.books import CASHIER
from tests.simulation.stock.house import NARCOTIC, SHORT, SLICES, STATE, crashes, index
from tests.simulation.stock.shelves import (
    DOCTOR,
    MANAGER,
    OTHER,
    PHARMACIST,
    PHARMACY,
    QUARANTINE,
    ZERO,
    Crash,
    Line,
    Rx,
    approval,
    attempt,
)
from tests.simulation.stock.slices import Slices
from tests.visits import COLD, cash

_serials = itertools.count(1)
#: What is in the pot is said so.
_POT = {True: ("BeingDecocted",), False: ()}
_prescribed = precondition(lambda self: self.model.prescriptions)


class HandingOut(Slices):
    """Prescriptions from the signature to the hand, and what comes back."""

    # --- prescriptions ---------------------------------------------------------------------------------------------------------------

    @rule(wants=st.lists(st.integers(1, 140), min_size=1, max_size=3), then=st.sampled_from(("pay", "pay", "wait", "void")), crash=crashes)
    def prescribe(self, wants: list[int], then: str, crash: Crash | None) -> None:
        """Signed and passed; then paid, or left for later, or taken back by the doctor."""
        lines = [self._line(drug, quantity=Decimal(quantity)) for drug, quantity in zip(self.drugs, wants, strict=False)]
        self._issue(PrescriptionKind.ORDINARY, lines, then, crash)

    @rule(quantity=st.integers(1, 20), then=st.sampled_from(("pay", "wait")), crash=crashes)
    def prescribe_narcotic(self, quantity: int, then: str, crash: Crash | None) -> None:
        """What the register is kept of, and two people hand over."""
        (drug,) = (number for number, row in self.goods.items() if row[3] == NARCOTIC)
        self._issue(PrescriptionKind.NARCOTIC, [self._line(drug, quantity=Decimal(quantity), days=7, reason="癌痛")], then, crash)

    @rule(slices=st.integers(1, 3), doses=st.integers(1, 5), boiled=st.booleans(), then=st.sampled_from(("pay", "wait")), crash=crashes)
    def prescribe_slices(self, slices: int, doses: int, boiled: bool, then: str, crash: Crash | None) -> None:
        """Slices for some doses, boiled at home or in the house."""
        drugs = [number for number, row in self.goods.items() if row[3] in SLICES][:slices]
        lines = [self._line(drug, days=doses, route="decoct_in" if boiled else "decoct") for drug in drugs]
        self._issue(PrescriptionKind.HERBAL, lines, then, crash, HerbalOrder(portions=2))

    def _line(self, drug: int, **said: Any) -> DrugLine:
        _, dose, frequency, _, _, route, _ = self.goods[drug]
        return DrugLine(**{"drug_id": drug, "dose": dose, "frequency": frequency, "route": route, "days": 3, **said})

    def _issue(
        self, kind: PrescriptionKind, lines: list[DrugLine], then: str, crash: Crash | None, herbal: HerbalOrder | None = None
    ) -> Rx | None:
        request = SignPrescription(visit_id=self.visit, kind=kind, lines=tuple(lines), diagnoses=(COLD,), herbal=herbal)
        signed = attempt(self.service, DOCTOR, request, crash, SHORT)
        if isinstance(signed, str):
            return None
        rx = Rx(
            signed.id,
            [Line(line.id, line.drug_id, line.quantity) for line in signed.lines],
            slices=herbal is not None,
            boiled=any(line.route == "decoct_in" for line in lines),
        )
        self.service.do(PHARMACIST, ApprovePrescription(prescription_id=signed.id), crash)
        if then == "wait":
            self.unpaid.append((signed.number, rx))
        elif then == "void" or isinstance(self._pay(signed.number, rx, crash), str):
            self.service.do(DOCTOR, VoidPrescription(prescription_id=signed.id, reason="换药"), crash)
            return None
        return rx

    def _pay(self, number: str, rx: Rx, crash: Crash | None) -> Any:
        """At the prices of now: whoever waits longer may find others."""
        owed = [line for line in self.service.do(CASHIER, GetUnpaid(patient_id=self.patient)).lines if line.source_number == number]
        due = sum(line.amount_fen for line in owed)
        costs = sum(pack_amount(self.prices[line.drug], self.goods[line.drug][4], line.quantity) for line in rx.lines)
        assert due == costs, f"{number} costs {due}, its drugs cost {costs}"
        request = Settle(patient_id=self.patient, line_ids=tuple(line.id for line in owed), expected_fen=due, tenders=cash(due))
        said = attempt(self.service, CASHIER, request, crash, ("DrugGone",))
        if not isinstance(said, str):
            self.model.prescriptions.append(rx)
        return said

    @precondition(lambda self: self.unpaid)
    @rule(at=index, crash=crashes)
    def pay_later(self, at: int, crash: Crash | None) -> None:
        """What waited is paid, unless its days are over."""
        number, rx = self.unpaid.pop(at % len(self.unpaid))
        (state,) = self.service.row("SELECT state FROM prescription WHERE id = %s", rx.id)
        if state == "EXPIRED":
            return
        if isinstance(self._pay(number, rx, crash), str):
            self.service.do(DOCTOR, VoidPrescription(prescription_id=rx.id, reason="换药"), crash)

    @rule(
        wants=st.lists(st.integers(1, 60), min_size=1, max_size=3),
        parts=st.lists(st.sampled_from((None, "0.5")), min_size=1, max_size=2),
        coded=st.sampled_from(("new", "retail", "none", "used")),
        then=st.sampled_from(("", "return", "undo", "give up")),
        kind=st.sampled_from((PrescriptionKind.ORDINARY, PrescriptionKind.ORDINARY, PrescriptionKind.NARCOTIC, PrescriptionKind.HERBAL)),
        crash=crashes,
    )
    def walk(self, wants: list[int], parts: list[str | None], coded: str, then: str, kind: PrescriptionKind, crash: Crash | None) -> None:
        """The whole way of a prescription, and what may become of it."""
        before = len(self.model.prescriptions)
        if kind is PrescriptionKind.HERBAL:
            self.prescribe_slices(len(wants), 1 + wants[0] % 5, wants[-1] % 2 == 0, "pay", crash)
        elif kind is PrescriptionKind.NARCOTIC:
            self.prescribe_narcotic(1 + wants[0] % 20, "pay", crash)
        else:
            self.prescribe(wants, "pay", crash)
        if len(self.model.prescriptions) == before:
            return
        for part in parts:
            self.pick(before, crash)
            self.dispense(before, part, coded, crash)
        if then == "return":
            self.take_back(before, 0, True, crash)
            self.take_back(before, 1, False, crash)
        elif then == "undo":
            self.undo(before, crash)
        elif then:
            self.give_up(before, crash)
        elif kind is PrescriptionKind.HERBAL and wants[-1] % 2 == 0:
            for _ in range(3):
                self.boil(before, crash)

    @rule(at=st.sampled_from(ReserveAt))
    def reserve_at(self, at: ReserveAt) -> None:
        """The clinic changes when stock is held."""
        self.service.do(MANAGER, SetPharmacyRules(rules=PharmacyRules(reserve_at=at)))

    # --- handing out -----------------------------------------------------------------------------------------------------------------

    def _rx(self, place: int) -> Rx | None:
        return self.model.prescriptions[place % len(self.model.prescriptions)] if self.model.prescriptions else None

    @_prescribed
    @rule(place=index, crash=crashes)
    def pick(self, place: int, crash: Crash | None) -> None:
        """Laid aside, as far as it is there."""
        rx = self._rx(place)
        if rx is not None:
            said = attempt(self.service, PHARMACIST, PickPrescription(prescription_id=rx.id), crash, (*STATE, *SHORT))
            if not isinstance(said, str):
                self._laid(rx, said)

    def _laid(self, rx: Rx, told: PickList) -> None:
        for line in rx.lines:
            line.aside.clear()
            for pick in told.picks:
                if pick.line_id == line.id:
                    line.aside[pick.batch_id] += pick.quantity
            rest = line.quantity - line.handed - line.given_up
            assert sum(line.aside.values(), ZERO) + told.short.get(line.id, ZERO) == rest

    @_prescribed
    @rule(place=index, crash=crashes)
    def put_back(self, place: int, crash: Crash | None) -> None:
        """On its shelves again."""
        rx = self._rx(place)
        if rx is not None:
            self._put_back(rx, crash)

    def _put_back(self, rx: Rx, crash: Crash | None) -> None:
        said = attempt(self.service, PHARMACIST, PutBack(prescription_id=rx.id), crash, STATE)
        if not isinstance(said, str):
            for line in rx.lines:
                line.aside.clear()

    @_prescribed
    @rule(place=index, which=index, reason=st.sampled_from(OtherBatch), crash=crashes)
    def choose(self, place: int, which: int, reason: OtherBatch, crash: Crash | None) -> None:
        """Another batch than the one that expires first."""
        rx = self._rx(place)
        picks = self.service.rows(
            "SELECT k.id, l.drug_id FROM pick k JOIN prescription_line l ON l.id = k.prescription_line_id"
            " WHERE l.prescription_id = %s AND k.state = 'LAID_ASIDE' ORDER BY k.id",
            rx.id if rx is not None else 0,
        )
        if rx is None or not picks:
            return
        pick, drug = picks[which % len(picks)]
        batches = sorted(self.batches(drug))
        request = ChooseBatch(pick_id=pick, batch_id=batches[which % len(batches)], reason=reason)
        said = attempt(self.service, PHARMACIST, request, crash, (*STATE, *SHORT, "PackIsOpen"))
        if not isinstance(said, str):
            self._laid(rx, said)

    @_prescribed
    @rule(
        place=index, part=st.sampled_from((None, None, "0.5", "0")), coded=st.sampled_from(("new", "retail", "none", "used")), crash=crashes
    )
    def dispense(self, place: int, part: str | None, coded: str, crash: Crash | None) -> None:
        """Handed over, whole or in part; a code that went out before is refused."""
        rx = self._rx(place)
        if rx is None or not any(any(line.aside.values()) for line in rx.lines):
            return
        told = self.service.do(PHARMACIST, PickPrescription(prescription_id=rx.id))
        self._laid(rx, told)
        only = {}
        for line in rx.lines:
            aside = sum(line.aside.values(), ZERO)
            only[line.id] = aside if part is None else (aside * Decimal(part)).to_integral_value()
        coded = "none" if rx.slices else coded
        if rx.slices:
            self.weigh(rx, crash)
        explained = tuple(NoCode(line_id=line, reason="herbal" if rx.slices else "damaged") for line in only)
        scans = () if coded == "none" else self._scans(rx, told, only, coded)
        request = Dispense(
            prescription_id=rx.id,
            scans=scans,
            without_code=explained if coded == "none" or not scans else (),
            only=tuple(HandOut(line_id=line, quantity=quantity) for line, quantity in only.items()) if part is not None else (),
            promise=Promise(day=self.today + timedelta(days=1), phone="13800000000"),
            approval_id=self._two(told.controlled, "dispense_controlled", rx),
        )
        fits = ["NothingToHandOver"] * (not any(only.values())) + ["CodeAlreadySold", "CodeQuarantined", "PackIsOpen", "OpenPackFirst"] * (
            coded == "used"
        )
        said = attempt(self.service, PHARMACIST, request, crash, fits)
        if isinstance(said, str):
            return
        self._went_out(rx)

    def _two(self, needed: bool, act: str, rx: Rx) -> int | None:
        """The second person's agreement, where one is needed."""
        return approval(self.service, PHARMACIST, act, rx.id, by=OTHER) if needed else None

    @staticmethod
    def _going(told: PickList, line: int, quantity: Decimal) -> list[tuple[Pick, Decimal]]:
        """What of each pick goes out."""
        picks = [pick for pick in told.picks if pick.line_id == line]
        goes = going([(pick.quantity, pick.opened is not None) for pick in picks], quantity)
        return [(pick, part) for pick, part in zip(picks, goes, strict=True) if part]

    def _scans(self, rx: Rx, told: PickList, only: dict[int, Decimal], coded: str) -> tuple[Scan, ...]:
        scans: list[Scan] = []
        for line in rx.lines:
            goes = self._going(told, line.id, only[line.id])
            count = packs_of((part for _, part in goes), told.pack_sizes[line.id], pooled=True)
            opened = [pick.opened.code for pick, _ in goes if pick.opened is not None and pick.opened.code]
            fresh = (
                itertools.repeat(self._barcode(line.drug))
                if coded == "retail"
                else (self._trace(line.drug, coded) for _ in itertools.count())
            )
            codes = itertools.chain(opened if coded != "retail" else (), fresh)
            scans.extend(Scan(line_id=line.id, code=code) for code in itertools.islice(codes, count))
        return tuple(scans)

    def _barcode(self, drug: int) -> str:
        return str(self.service.row("SELECT code FROM drug_code WHERE kind = 'barcode' AND drug_id = %s", drug)[0])

    def _trace(self, drug: int, coded: str) -> str:
        prefix = self.service.row("SELECT code FROM drug_code WHERE kind = 'trace_prefix' AND drug_id = %s", drug)[0]
        used = self.service.rows("SELECT code FROM dispensed_code WHERE drug_id = %s AND NOT split_pack ORDER BY id LIMIT 1", drug)
        return str(used[0][0]) if coded == "used" and used else f"{prefix}{next(_serials):013d}"

    def _went_out(self, rx: Rx) -> None:
        """What of each batch is gone, as the moves of this hand-over say; the model checks that it lay aside."""
        rows = self.service.rows(
            "SELECT l.id, m.batch_id, -sum(m.quantity) FROM stock_move m JOIN prescription_line l ON l.id = m.prescription_line_id"
            " WHERE l.prescription_id = %s GROUP BY l.id, m.batch_id",
            rx.id,
        )
        now = {(row[0], row[1]): row[2] for row in rows}
        for line in rx.lines:
            for batch, aside in line.aside.items():
                gone = now.get((line.id, batch), ZERO) - line.out[batch]
                assert 0 <= gone <= aside
                line.out[batch] += gone
                self.model.move(PHARMACY, batch, -gone)
            line.aside.clear()

    @_prescribed
    @rule(place=index, crash=crashes)
    def give_up(self, place: int, crash: Crash | None) -> None:
        """Nobody waits for the rest any more."""
        rx = self._rx(place)
        if rx is None:
            return
        request = GiveUpOwed(prescription_id=rx.id, reason=GiveUpReason.NO_STOCK)
        said = attempt(self.service, PHARMACIST, request, crash, (*STATE, "NothingOwed"))
        if not isinstance(said, str):
            for line in rx.lines:
                line.given_up = line.quantity - line.handed
                line.aside.clear()

    # --- what comes back -------------------------------------------------------------------------------------------------------------

    @_prescribed
    @rule(place=index, crash=crashes)
    def undo(self, place: int, crash: Crash | None) -> None:
        """A hand-over that was none."""
        rx = self._rx(place)
        if rx is None:
            return
        request = UndoDispense(prescription_id=rx.id, reason=UndoReason.MISTAKE)
        said = attempt(self.service, PHARMACIST, request, crash, (*STATE, "UndoRefused", "LotKeptOut", *_POT[rx.boiled]))
        if isinstance(said, str):
            return
        self._come_home(rx)

    def _come_home(self, rx: Rx) -> None:
        kept_out = {(hold[1], hold[2]) for hold in self.holds}
        for line in rx.lines:
            for batch, quantity in line.out.items():
                lot = self.batches(line.drug)[batch][0]
                self.model.move(QUARANTINE if (line.drug, lot) in kept_out else PHARMACY, batch, quantity)
            line.out.clear()
            line.aside.clear()

    @rule(place=index, packs=st.sampled_from((0, 0, 1)), saleable=st.booleans(), reason=st.sampled_from(ReturnReason), crash=crashes)
    def take_back(
        self, place: int, packs: int, saleable: bool, crash: Crash | None, reason: ReturnReason = ReturnReason.WRONG_DRUG
    ) -> None:
        """All of a line's batch comes back, or a pack of it, with the codes that went out with it."""
        rx = self._rx(place)
        out = [(line, batch, quantity) for line in (rx.lines if rx is not None else ()) for batch, quantity in line.out.items() if quantity]
        if rx is None or not out:
            return
        line, batch, there = out[place % len(out)]
        pack = self.goods[line.drug][4]
        quantity = pack * packs or there
        condition = Condition.SALEABLE if saleable else Condition.QUARANTINED
        known = self.service.do(PHARMACIST, GetReturnable(prescription_id=rx.id))
        packs_out = [code for found in known.lines if found.line_id == line.id for code in found.codes]
        codes = tuple(code.code for code in sorted(packs_out, key=lambda code: code.opened))
        brought = codes[: packs_of((quantity,), pack, pooled=False)]
        wanted = ReturnLine(line_id=line.id, batch_id=batch, quantity=quantity, condition=condition, codes=brought)
        narcotic = self.goods[line.drug][3] == NARCOTIC
        request = ReturnDrugs(
            prescription_id=rx.id,
            reason=reason,
            lines=(wanted,),
            approval_id=self._two(narcotic, "drug_return", rx),
        )
        said = attempt(
            self.service,
            PHARMACIST,
            request,
            crash,
            (*STATE, "ReturnRefused", "CodesMissing", "CodeNotHandedOut", "LotKeptOut", *_POT[rx.boiled]),
        )
        if isinstance(said, str):
            return
        line.out[batch] -= quantity
        assert line.out[batch] >= 0, "more came back than went out"
        line.returned += quantity
        self.model.move(PHARMACY if saleable else QUARANTINE, batch, quantity)
