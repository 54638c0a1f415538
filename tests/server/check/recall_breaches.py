"""Breaches about lots that are kept out of use and recalls, and the life that they are planted into."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.messages.catalogue import StockRow
from common.messages.recalls import CallOutcome, CloseRecall, GetRecallPatients, HoldLot, HoldReason, Issuer, NoteRecallCall, OpenRecall
from common.messages.store import ReceiveStock
from tests import visits
from tests.server.check.planted import Planted, plant

if TYPE_CHECKING:
    from tests.harness import Clinic

DRUG: Final = "铝碳酸镁"
_PAPER: Final = "(SELECT min(id) FROM quarantine WHERE recall_id IS NOT NULL)"
_MOVE: Final = "(SELECT min(m.id) FROM stock_move m JOIN quarantine q ON q.number = m.document)"

RECALLS: Final = (
    plant(
        "lot_kept_out",
        "UPDATE quarantine SET lot = (SELECT s.lot FROM stock_balance b JOIN stock_batch s ON s.id = b.batch_id JOIN stock_location p"
        " ON p.id = b.location_id WHERE s.drug_id = quarantine.drug_id AND p.code = 'PHARMACY' AND b.on_hand > 0 LIMIT 1)"
        " WHERE id = (SELECT max(id) FROM quarantine WHERE recall_id IS NULL)",
        "quarantine_moves",
    ),
    plant("quarantine_moves", f"UPDATE stock_move SET kind = 'DAMAGE' WHERE id = {_MOVE}"),
    plant("recall_lots", f"UPDATE quarantine SET recall_id = NULL WHERE id = {_PAPER}", "recall_patients"),
    plant(
        "recall_patients",
        "UPDATE recall_call SET patient_id = (SELECT max(id) FROM patient) WHERE id = (SELECT min(id) FROM recall_call)",
    ),
)


def _numbers(kind: str, letter: str, *also: str) -> tuple[Planted, ...]:
    last = f"{kind}_number_last"
    return (
        plant(f"{kind}_number_form", f"UPDATE {kind} SET number = 'abc' WHERE id = (SELECT max(id) FROM {kind})", last),
        plant(
            f"{kind}_number_once",
            f"ALTER TABLE {kind} DROP CONSTRAINT uq_{kind}_number; UPDATE {kind} SET number = (SELECT min(number) FROM {kind})",
            last,
            *also,
        ),
        plant(f"{kind}_number_within", f"DELETE FROM number_series WHERE kind = '{kind}'"),
        plant(last, f"UPDATE number_series SET last = last + 1 WHERE kind = '{kind}'"),
        plant(
            f"{kind}_number_gaps",
            f"UPDATE {kind} SET number = '{letter}' || substr(number, 2, 9) || '9' WHERE id = (SELECT max(id) FROM {kind});"
            f"UPDATE number_series SET last = 9 WHERE kind = '{kind}'",
        ),
        plant(
            f"{kind}_gap_unused",
            "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
            f" WHERE kind = '{kind}'",
        ),
    )


RECALL_NUMBERS: Final = (*_numbers("quarantine", "G", "quarantine_moves"), *_numbers("recall", "H"))
RECALL_STATES: Final = (
    plant(
        "quarantine_state",
        "ALTER TABLE quarantine DROP CONSTRAINT ck_quarantine_released; UPDATE quarantine SET state = 'LOST' WHERE id = 1",
    ),
    plant("recall_state", "ALTER TABLE recall DROP CONSTRAINT ck_recall_closed; UPDATE recall SET state = 'LOST' WHERE id = 1"),
)


def live_with_recalls(clinic: Clinic) -> None:
    """A lot that two people have some of is recalled, one of them is called; another lot is in quarantine, and an empty recall was closed."""
    drug = visits.drug(clinic, DRUG)
    pharmacist = clinic.desk(visits.PHARMACIST)
    expires = date.today() + timedelta(days=60)  # noqa: DTZ011 -- any day that is ahead
    rows = tuple(
        StockRow(drug_code=drug.code, lot=lot, expires=expires, packs=Decimal(9), purchase_price=Decimal(9)) for lot in ("ZH1", "ZH2")
    )
    clinic.desk("kuyan").call(ReceiveStock(rows=rows, supplier="国药控股"))
    for name in ("尤一", "尤二"):
        patient = visits.new_patient(clinic, name).id
        visit = visits.register(clinic, patient).visit_id
        visits.consult(clinic, visit)
        prescription = visits.prescribe(clinic, visit, DRUG)
        visits.approve(clinic, prescription.id)
        visits.settle_all(clinic, patient)
        visits.hand_over(clinic, prescription.id)
    request = OpenRecall(drug_id=drug.id, lots=("ZH1",), level=1, issuer=Issuer.MANUFACTURER, document="召回通知 3")
    recall_id = pharmacist.call(request).recall.id
    called = pharmacist.call(GetRecallPatients(recall_id=recall_id)).patients[0]
    pharmacist.call(NoteRecallCall(recall_id=recall_id, patient_id=called.patient_id, outcome=CallOutcome.BRINGS_BACK))
    pharmacist.call(HoldLot(drug_id=drug.id, lot="ZH2", reason=HoldReason.APPEARANCE))
    empty = pharmacist.call(OpenRecall(drug_id=drug.id, lots=("NEVER",), level=3, issuer=Issuer.AUTHORITY, document="公告 9")).recall.id
    pharmacist.call(CloseRecall(recall_id=empty, report="本诊所未购入"))
