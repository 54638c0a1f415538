"""``races``: twenty desks prescribe, are paid for and hand out the same scarce batch at the same time, each over a connection of its own.

Every client goes the whole way of a prescription (signed, passed, paid, picked, scanned, handed over) as often as it can, in two rounds: with
stock held from signing on, and with stock held from payment on, where many signed prescriptions want the last packs. There is less than is
wanted. At the end nothing may be oversold, whoever was refused was told that too little is left, and no deadlock may have reached a person.
``--runs`` is how many prescriptions are tried in all.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from common.errors import XinglinError
from common.messages.cashier import GetUnpaid, Settle
from common.messages.catalogue import StockRow
from common.messages.consult import DrugLine, PrescriptionKind, SignPrescription
from common.messages.pharmacy import ApprovePrescription, Dispense, PickPrescription, Scan
from common.messages.store import ReceiveStock
from common.messages.windows import PharmacyRules, ReserveAt, SetPharmacyRules
from server.check.examine import examine_database
from tests import visits
from tests.bench import alone
from tests.bench.history import say
from tests.bench.people import People
from tests.bench.sides import service
from tests.harness import Clinic, TestDatabase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from common.messages.catalogue import DrugFacts

TRIES: Final = 5000
CLIENTS: Final = 20
#: Of what is wanted there is so much.
SCARCE: Final = Decimal("0.6")
KEEPER, MANAGER = "kuyan", "yuanzhang"


def measure(runs: int, _seed: int, *, quick: bool) -> dict[str, Any]:
    """The section."""
    tries = runs or (400 if quick else TRIES)
    with alone.folder() as folder, alone.database(folder) as postgres:
        served = alone.clinic(postgres, folder)
        with service(served, threads=CLIENTS) as side:
            database = TestDatabase(served.dsn, served.owner_dsn, alone.TEMPLATE)
            return race(People(f"http://127.0.0.1:{side.port}", database), served.keys, tries)


def race(clinic: Clinic, keys: Path, tries: int) -> dict[str, Any]:
    """Both rounds on a sample clinic that is served, and what came of them."""
    database = clinic.database
    desks = [People(clinic.url, database) for _ in range(CLIENTS)]
    places = [_sit_down(clinic, desk) for desk in desks]
    try:
        rounds = {at.value.lower(): _round(clinic, at, places, tries // len(ReserveAt)) for at in ReserveAt}
    finally:
        for desk in desks:
            desk.stop()
    found = examine_database(database.dsn, keys, ("stock", "prescriptions"))
    return {
        "clients": CLIENTS,
        **rounds,
        "deadlocks_met": database.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"),
        "broken": sum(finding.count for finding in found.findings),
    }


class _Place(NamedTuple):
    """A client's own desks, with everybody signed in, and the patient who sits there."""

    desks: Clinic
    patient_id: int
    visit_id: int


def _sit_down(clinic: Clinic, desks: Clinic) -> _Place:
    for login in (visits.DOCTOR, visits.PHARMACIST, visits.CASHIER):
        desks.desk(login)
    patient_id = visits.new_patient(clinic).id
    visit_id = visits.register(clinic, patient_id).visit_id
    visits.consult(clinic, visit_id)
    return _Place(desks, patient_id, visit_id)


def _round(clinic: Clinic, at: ReserveAt, places: list[_Place], tries: int) -> dict[str, Any]:
    clinic.desk(MANAGER).call(SetPharmacyRules(rules=PharmacyRules(reserve_at=at)))
    drug = visits.drug(clinic, "布洛芬")
    supply, packs = _supply(clinic, drug, tries)
    turns, outcomes = itertools.count(), Counter[str]()
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        for counted in pool.map(
            lambda place: _work(place, visits.line(drug, quantity=packs * drug.pack_size), lambda: next(turns) < tries), places
        ):
            outcomes += counted
    seconds = time.perf_counter() - started
    left = clinic.database.value("SELECT sum(on_hand) FROM stock_level WHERE drug_id = %s", drug.id)
    handed_over = outcomes.pop("handed over", 0)
    refused = outcomes.pop("NotEnoughStock", 0) + outcomes.pop("DrugGone", 0)
    say(f"  {at.value.lower()}: {handed_over} handed over, {refused} refused, {dict(outcomes)}")
    return {
        "tries": tries,
        "packs": supply,
        "packs_a_prescription": packs,
        "handed_over": handed_over,
        "refused_for_stock": refused,
        "other_errors": dict(outcomes),
        "oversold": max(handed_over * packs - supply, 0),
        "unaccounted": str(supply - handed_over * packs - left / drug.pack_size),
        "seconds": round(seconds, 1),
    }


def _supply(clinic: Clinic, drug: DrugFacts, tries: int) -> tuple[int, int]:
    """How many packs there are, and how many each prescription takes so that they do not go round. What is missing comes in as one batch."""
    wanted = int(tries * SCARCE)
    there = int(clinic.database.value("SELECT sum(on_hand) FROM stock_level WHERE drug_id = %s", drug.id) / drug.pack_size)
    if wanted > there:
        row = StockRow(drug_code=drug.code, lot="RACE", expires=date(2027, 1, 31), packs=Decimal(wanted - there), purchase_price=Decimal(5))
        clinic.desk(KEEPER).call(ReceiveStock(rows=(row,)))
    return max(wanted, there), max(1, there // wanted)


def _work(place: _Place, line: DrugLine, more: Callable[[], bool]) -> Counter[str]:
    """One client, until enough was tried."""
    outcomes: Counter[str] = Counter()
    code = visits.barcode(place.desks, line.drug_id)
    while more():
        try:
            _whole_way(place, line, code)
            outcomes["handed over"] += 1
        except XinglinError as refusal:
            outcomes[type(refusal).__name__] += 1
    return outcomes


def _whole_way(place: _Place, line: DrugLine, code: str) -> None:
    clinic, patient_id, visit_id = place
    request = SignPrescription(visit_id=visit_id, kind=PrescriptionKind.ORDINARY, lines=(line,))
    prescription = clinic.desk(visits.DOCTOR).call(request)
    pharmacist, cashier = clinic.desk(visits.PHARMACIST), clinic.desk(visits.CASHIER)
    pharmacist.call(ApprovePrescription(prescription_id=prescription.id))
    unpaid = cashier.call(GetUnpaid(patient_id=patient_id))
    owed = [each for each in unpaid.lines if each.source_number == prescription.number]
    due = sum(each.amount_fen for each in owed)
    cashier.call(Settle(patient_id=patient_id, line_ids=tuple(each.id for each in owed), expected_fen=due, tenders=visits.cash(due)))
    picked = pharmacist.call(PickPrescription(prescription_id=prescription.id))
    entry = picked.prescription.lines[0]
    scans = tuple(Scan(line_id=entry.id, code=code) for _ in range(picked.packs[entry.id]))
    pharmacist.call(Dispense(prescription_id=prescription.id, scans=scans))
