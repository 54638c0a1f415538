"""``trace``: prescriptions handed out by their packs' 追溯码; every line ends with a code for each pack, or with a listed reason.

Each prescription goes through the service over HTTP (signed, passed, paid, picked, handed over); what is scanned goes through the model of the
pharmacy's desk, which asks the service about each pack as the desk does. Three prescriptions in ten have a line of which a pack is opened. Now and
then the wrong drug's pack, or one that was sold before, is scanned first, and has to be refused. ``--runs`` is how many prescriptions.

``extra_seconds`` a prescription is what the codes cost: :data:`HAND_S` for each scan and :data:`KEYS_S` for each line that is explained, and what was
measured of picking, scanning and handing over, less the same of prescriptions that are handed out without codes.
"""

from __future__ import annotations

import random
import time
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import psycopg

from client.pharmacy.picking import Picking
from common.dispensing_errors import CodeAlreadySold, WrongPack
from common.domain.barcodes import read_pack
from common.messages.cashier import GetUnpaid, Settle
from common.messages.catalogue import SearchDrugs, StockRow
from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.pharmacy import ApprovePrescription, CheckPack, PickPrescription
from common.messages.store import ReceiveStock
from tests import visits
from tests.bench import alone
from tests.bench.history import say
from tests.bench.people import People
from tests.bench.sides import service
from tests.harness import ZONE, Clinic, TestDatabase

if TYPE_CHECKING:
    from common.domain.barcodes import Pack
    from common.messages.catalogue import DrugFacts
    from common.messages.consult import PrescriptionFacts

PRESCRIPTIONS: Final = 5000
#: Once in so many prescriptions a wrong pack is scanned, and twice one that was sold before.
_MISTAKE: Final = 20
#: Three in ten.
_SPLIT_TURNS: Final = (1, 4, 7)
#: A pack that is in the hand anyway is turned until its code is seen, and the trigger pulled: a cashier with practice takes a second.
HAND_S: Final = 1.0
#: F6 and a digit say why a line has no code: two keys at 0.28 s each (Card, Moran, Newell: a typist of average skill).
KEYS_S: Final = 0.56
#: Of a hundred lines so many bear no code, or one that cannot be read.
NO_CODE, DAMAGED = 4, 1
KEEPER: Final = "kuyan"
#: So many prescriptions of one visit: what is measured is the pharmacy.
_A_PATIENT: Final = 500
_DRUGS: Final = (
    "SELECT d.id, d.name, min(c.code) FROM drug d JOIN drug_code c ON c.drug_id = d.id AND c.kind = 'trace_prefix' WHERE d.active"
    " AND d.controlled = '' AND d.antibacterial = 'none' AND d.skin_test = 'none' AND d.drug_class <> 'herbal' AND d.allergens = '{}'"
    " GROUP BY d.id ORDER BY d.id LIMIT 25"
)
_ENDED: Final = (
    "SELECT l.id, l.no_code_reason, count(DISTINCT c.code), count(*) FILTER (WHERE left(c.code, 7) <> ALL (SELECT p.code FROM drug_code p"
    " WHERE p.kind = 'trace_prefix' AND p.drug_id = l.drug_id)) FROM prescription_line l LEFT JOIN dispensed_code c"
    " ON c.prescription_line_id = l.id WHERE l.prescription_id = ANY(%s) GROUP BY l.id ORDER BY l.id"
)
_TWICE: Final = "SELECT count(*) FROM (SELECT code FROM dispensed_code WHERE NOT split_pack GROUP BY code HAVING count(*) > 1) t"
_REASONS: Final = frozenset({"no_code_library", "herbal", "in_house", "damaged"})


def measure(runs: int, seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    with alone.folder() as folder, alone.database(folder) as postgres:
        served = alone.clinic(postgres, folder)
        with service(served, threads=4) as side:
            database = TestDatabase(served.dsn, served.owner_dsn, alone.TEMPLATE)
            clinic = People(f"http://127.0.0.1:{side.port}", database)
            return walk(clinic, runs or (100 if quick else PRESCRIPTIONS), random.Random(seed))


def walk(clinic: Clinic, count: int, chance: random.Random) -> dict[str, Any]:
    """So many prescriptions on a sample clinic that is served, and a tenth as many without codes to compare with."""
    pharmacy = _Pharmacy(clinic, count, chance)
    bare = [pharmacy.hand_over(pharmacy.prescription(), coded=False) for _ in range(max(count // 10, 2))]
    handed = []
    for number in range(1, count + 1):
        handed.append(pharmacy.hand_over(pharmacy.prescription(), coded=True))
        if number % 500 == 0:
            say(f"  {number} prescriptions")
    return _judged(clinic, pharmacy, handed, bare)


class _Handed(NamedTuple):
    """One prescription as it was handed over. ``measured`` seconds of picking, scanning and handing over; ``by_hand`` those of the hands."""

    id: int
    wanted: dict[int, int]
    split: bool
    measured: float
    scans: int
    by_hand: float


def _judged(clinic: Clinic, pharmacy: _Pharmacy, handed: list[_Handed], bare: list[_Handed]) -> dict[str, Any]:
    """Every line as the database has it. Raises ``AssertionError`` for one that ended in neither way."""
    wanted = {line: packs for one in handed for line, packs in one.wanted.items()}
    with psycopg.connect(clinic.database.dsn) as connection:
        ended = connection.execute(_ENDED, ([one.id for one in handed],)).fetchall()
        twice = connection.execute(_TWICE).fetchone()
    assert twice == (0,), "a whole pack's code was sold twice"
    assert {row[0] for row in ended} == set(wanted)
    coded = sum(reason == "" and codes == wanted[line] and not strange for line, reason, codes, strange in ended)
    reasoned = sum(reason in _REASONS for _, reason, _, _ in ended)
    assert coded + reasoned == len(ended), [row for row in ended if row[1] not in _REASONS and row[2] != wanted[row[0]]][:5]
    without = sum(one.measured for one in bare) / len(bare)
    extra = sorted(one.by_hand + one.measured - without for one in handed)
    return {
        "prescriptions": len(handed),
        "split_share": round(sum(one.split for one in handed) / len(handed), 3),
        "lines": len(ended),
        "lines_coded": coded,
        "lines_reasoned": reasoned,
        "extra_seconds": round(sum(extra) / len(extra), 2),
        "extra_seconds_p95": round(extra[int(len(extra) * 0.95)], 2),
        "scans": sum(one.scans for one in handed),
        "refused_wrong_pack": pharmacy.refused_wrong,
        "refused_sold_before": pharmacy.refused_sold,
        "opened_packs": clinic.database.value("SELECT count(*) FROM open_pack"),
        "hand_seconds_a_scan": HAND_S,
        "hand_seconds_a_reason": KEYS_S,
        "measured_seconds": round(sum(one.measured for one in handed) / len(handed), 3),
        "measured_seconds_without_codes": round(without, 3),
    }


class _Pharmacy:
    """Prescriptions and packs of one clinic, drawn by ``chance``."""

    def __init__(self, clinic: Clinic, count: int, chance: random.Random) -> None:
        self.clinic, self.chance = clinic, chance
        self.prefixes: dict[int, str] = {}
        self.drugs = self._known_drugs()
        self.refused_wrong = self.refused_sold = 0
        self._sold: dict[int, list[str]] = {}
        self._serial = 10**6
        self._patient, self._visit, self._turn = 0, 0, 0
        self._stock(count)

    def _known_drugs(self) -> list[DrugFacts]:
        doctor = self.clinic.desk(visits.DOCTOR)
        with psycopg.connect(self.clinic.database.dsn) as connection:
            rows = connection.execute(_DRUGS).fetchall()
        self.prefixes = {drug_id: prefix for drug_id, _, prefix in rows}
        found = {drug.id: drug for _, name, _ in rows for drug in doctor.call(SearchDrugs(text=name)).drugs}
        return [found[drug_id] for drug_id in self.prefixes if drug_id in found and found[drug_id].free > 0]

    def _stock(self, count: int) -> None:
        """Enough of everything, in one batch of each."""
        expires = datetime.now(ZONE).date() + timedelta(days=600)
        packs = Decimal(count * 2 + 50)
        rows = tuple(
            StockRow(drug_code=drug.code, lot="TRACE", expires=expires, packs=packs, purchase_price=Decimal(5)) for drug in self.drugs
        )
        self.clinic.desk(KEEPER).call(ReceiveStock(rows=rows))

    # --- prescriptions ---------------------------------------------------------------------------------------------------------

    def prescription(self) -> PrescriptionFacts:
        """One that is paid: one to four drugs, of three in ten one in less than whole packs."""
        if self._turn % _A_PATIENT == 0:
            self._patient = visits.new_patient(self.clinic, "沈青").id
            self._visit = visits.register(self.clinic, self._patient).visit_id
            visits.consult(self.clinic, self._visit)
        self._turn += 1
        drugs = self.chance.sample(self.drugs, self.chance.choice((1, 2, 2, 3, 3, 4)))
        if self._turn % 10 in _SPLIT_TURNS:
            split = self.chance.choice([drug for drug in self.drugs if _splits(drug)])
            drugs = [split, *(drug for drug in drugs[1:] if drug.id != split.id)]
            quantities = [self._part(split), *(self._whole(drug) for drug in drugs[1:])]
        else:
            quantities = [self._whole(drug) for drug in drugs]
        lines = tuple(visits.line(drug, quantity=quantity) for drug, quantity in zip(drugs, quantities, strict=True))
        doctor = self.clinic.desk(visits.DOCTOR)
        facts = doctor.call(SignPrescription(visit_id=self._visit, kind=PrescriptionKind.ORDINARY, lines=lines))
        self.clinic.desk(visits.PHARMACIST).call(ApprovePrescription(prescription_id=facts.id))
        cashier = self.clinic.desk(visits.CASHIER)
        owed = [line for line in cashier.call(GetUnpaid(patient_id=self._patient)).lines if line.source_number == facts.number]
        due = sum(line.amount_fen for line in owed)
        ids = tuple(line.id for line in owed)
        cashier.call(Settle(patient_id=self._patient, line_ids=ids, expected_fen=due, tenders=visits.cash(due)))
        return facts

    def _whole(self, drug: DrugFacts) -> Decimal:
        return drug.pack_size * (1 if self.chance.random() < 0.7 else 2)

    def _part(self, drug: DrugFacts) -> Decimal:
        return drug.pack_size * self.chance.choice((0, 1)) + self.chance.randrange(1, int(drug.pack_size))

    # --- at the desk -----------------------------------------------------------------------------------------------------------

    def hand_over(self, facts: PrescriptionFacts, *, coded: bool) -> _Handed:
        """Picked, scanned or explained, handed over. Without codes every line is explained, which takes no hand's time here."""
        pharmacist = self.clinic.desk(visits.PHARMACIST)
        began = time.perf_counter()
        picking = Picking(pharmacist.call(PickPrescription(prescription_id=facts.id)))
        by_hand, scans = 0.0, self._mistakes(picking) if coded else 0
        for line in picking.facts.lines:
            drawn = self.chance.randrange(100)
            bare = any(pick.line_id == line.id and pick.opened and not pick.opened.code for pick in picking.picked.picks)
            if not coded or bare or drawn < NO_CODE + DAMAGED:  # a pack that was opened without a code bears none later either
                picking.explain(line.id, "damaged" if NO_CODE <= drawn < NO_CODE + DAMAGED else "no_code_library")
                by_hand += KEYS_S if coded else 0.0
                continue
            for code in self._packs(picking, line.id, line.drug_id):
                assert self._scanned(picking, code), code
                scans += 1
        assert not picking.hindrance(), picking.hindrance()
        pharmacist.call(picking.request(), picking.request_id)
        measured = time.perf_counter() - began
        for scan in picking.scans:
            if not self._opened(picking, scan.line_id):
                self._sold.setdefault(picking.line(scan.line_id).drug_id, []).append(scan.code)
        wanted = {line.id: picking.wanted(line.id) for line in picking.facts.lines}
        split = any(self._opened(picking, line.id) for line in picking.facts.lines)
        return _Handed(facts.id, wanted, split, measured, scans, by_hand + scans * HAND_S)

    def _opened(self, picking: Picking, line_id: int) -> bool:
        size = picking.picked.pack_sizes.get(line_id)
        return size is not None and bool(picking.line(line_id).quantity % size)

    def _packs(self, picking: Picking, line_id: int, drug_id: int) -> list[str]:
        """The packs that are in the hand for a line: those that are open already, and sealed ones."""
        opened = [pick.opened.code for pick in picking.picked.picks if pick.line_id == line_id and pick.opened and pick.opened.code]
        return [*self._sealed(drug_id, picking.wanted(line_id) - len(opened)), *opened]

    def _sealed(self, drug_id: int, count: int) -> list[str]:
        first, self._serial = self._serial, self._serial + count
        return [f"{self.prefixes[drug_id]}{number:013d}" for number in range(first, first + count)]

    def _scanned(self, picking: Picking, text: str) -> bool:
        """What the desk does with a scanned pack (client.pharmacy.handing): its own model first, then the service, line by line."""
        code = read_pack(text)
        if picking.refusal(code):
            return False
        known = picking.known(code)
        for line_id in [known] if known is not None else picking.candidates(code):
            if known is None and not self._fits(line_id, code):
                continue
            if picking.full(line_id):
                return False
            picking.take(line_id, code)
            return True
        return False

    def _fits(self, line_id: int, code: Pack) -> bool:
        try:
            self.clinic.desk(visits.PHARMACIST).call(CheckPack(line_id=line_id, code=code.text))
        except WrongPack:
            return False
        except CodeAlreadySold:
            self.refused_sold += 1
            return False
        return True

    def _mistakes(self, picking: Picking) -> int:
        """Now and then a pack of another drug, or one that was sold before, lies among them."""
        scans = 0
        if self._turn % _MISTAKE == 6:
            mine = {line.drug_id for line in picking.facts.lines}
            other = next(drug.id for drug in self.drugs if drug.id not in mine)
            assert not self._scanned(picking, self._sealed(other, 1)[0]), "a wrong pack was taken"
            self.refused_wrong += 1
            scans += 1
        sold = [code for line in picking.facts.lines for code in self._sold.get(line.drug_id, ())]
        if sold and self._turn % _MISTAKE in (9, 10):
            assert not self._scanned(picking, self.chance.choice(sold)), "a pack was taken that was sold before"
            scans += 1
        return scans


def _splits(drug: DrugFacts) -> bool:
    return drug.splittable and drug.pack_size == int(drug.pack_size) > 1
