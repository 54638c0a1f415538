"""Pharmacy 药房: review before payment, the queue of paid prescriptions, picking by first expiry, scanning and handing over."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from psycopg.types.json import Jsonb

from common import topics
from common.domain import dosage
from common.domain.barcodes import Pack, TraceCode, read_pack
from common.errors import CodeAlreadySold, NotFound, PacksMissing, PrescriptionExpired, WrongPack
from common.i18n import N_
from common.messages.pharmacy import (
    ApprovePrescription,
    CheckPack,
    Dispense,
    Dispensed,
    GetLabels,
    LabelFacts,
    ListToDispense,
    ListToReview,
    PharmacyEntry,
    PharmacyList,
    Pick,
    PickList,
    PickPrescription,
    RejectPrescription,
)
from common.pharmacy_errors import CodeQuarantined
from common.wire import Done, encode
from server import money_book, prescribing, prices, stock_book
from server.db import Read, Write
from server.features import handles
from server.insurance_desk import entering

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from server.db import ReadTx, Row, Tx

# --- worklists ---------------------------------------------------------------------------------------------------------------------

_ENTRY: Final = (
    "SELECT p.id AS prescription_id, p.number, p.kind, p.state, p.patient_id, p.issued->>'patient_name' AS patient_name,"
    " p.issued->>'patient_number' AS patient_number, p.issued->>'visit_number' AS visit_number,"
    " p.issued->>'sex' AS sex, p.issued->>'age' AS age, p.issued->>'department' AS department, p.issued->>'doctor' AS doctor,"
    " (SELECT count(*) FROM prescription_line l WHERE l.prescription_id = p.id) AS lines, p.amount_fen,"
)
_TO_REVIEW: Final = Read(
    f"{_ENTRY} p.signed_at AS since FROM prescription p WHERE p.state = 'SUBMITTED' ORDER BY p.signed_at, p.id LIMIT 300"
)
_TO_DISPENSE: Final = Read(
    f"{_ENTRY} coalesce(p.paid_at, p.signed_at) AS since, w.id AS window_id, coalesce(w.name, '') AS window, coalesce(c.called, 0) AS called,"
    " coalesce(c.passed, false) AS passed FROM prescription p LEFT JOIN window_queue q ON q.prescription_id = p.id"
    " LEFT JOIN pharmacy_window w ON w.id = q.window_id AND w.open"
    " LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE k.act = 'CALL') AS called, (array_agg(k.act ORDER BY k.id DESC))[1] = 'PASS' AS passed"
    " FROM pharmacy_call k WHERE k.prescription_id = p.id AND k.at >= p.picked_at) c ON true WHERE p.state IN ('PAID', 'PICKED')"
    " ORDER BY coalesce(p.paid_at, p.signed_at), p.id LIMIT 300"
)


@handles(ListToReview)
def list_to_review(tx: ReadTx, request: ListToReview) -> PharmacyList:
    """What waits for review, longest first."""
    return PharmacyList(entries=tx.structs(PharmacyEntry, _TO_REVIEW))


@handles(ListToDispense)
def list_to_dispense(tx: ReadTx, request: ListToDispense) -> PharmacyList:
    """What is paid and not handed over, longest first."""
    return PharmacyList(entries=tx.structs(PharmacyEntry, _TO_DISPENSE))


# --- review ------------------------------------------------------------------------------------------------------------------------

_APPROVE: Final = Write(
    "UPDATE prescription SET state = 'APPROVED', reviewer_id = %(by)s, reviewed_at = %(now)s WHERE id = %(id)s"
    " RETURNING number, visit_id, department_id, doctor_id, valid_until"
)
_REJECT: Final = Write(
    "UPDATE prescription SET state = 'REJECTED', reviewer_id = %(by)s, reviewed_at = %(now)s, rejection = %(rejection)s WHERE id = %(id)s"
)
_LINES: Final = Read(
    "SELECT id, category, name, specification, quantity, unit, unit_price, amount_fen FROM prescription_line"
    " WHERE prescription_id = %(id)s ORDER BY line_no"
)
_VALID_UNTIL: Final = Read("SELECT valid_until FROM prescription WHERE id = %(id)s")


@handles(ApprovePrescription, keeps_refusals=True)
def approve_prescription(tx: Tx, request: ApprovePrescription) -> PrescriptionFacts | PrescriptionExpired:
    """Pass the review: from now on the patient owes for it. One past its validity expires instead, and its stock is free."""
    row = prescribing.lock(tx, request.prescription_id, "SUBMITTED")
    expired = _expired(tx, request.prescription_id, row[0], row[3])
    if expired is not None:
        return expired
    approved = tx.write_one(_APPROVE, id=request.prescription_id, by=tx.actor.staff, now=tx.now)
    assert approved is not None
    context = money_book.ChargeContext(patient_id=row[3], visit_id=approved[1], department_id=approved[2], doctor_id=approved[3])
    money_book.charge(
        tx, context, [_charge(line, approved[0], request.prescription_id) for line in tx.rows(_LINES, id=request.prescription_id)]
    )
    prices.charge_surcharges(tx, context, request.prescription_id, approved[0])
    tx.patient_id = row[3]
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return prescribing.one(tx, request.prescription_id)


def _charge(line: Row, number: str, prescription_id: int) -> money_book.NewCharge:
    return money_book.NewCharge(
        source="prescription",
        source_number=number,
        prescription_id=prescription_id,
        prescription_line_id=line[0],
        category=line[1],
        name=line[2],
        specification=line[3],
        quantity=line[4],
        unit=line[5],
        unit_price=line[6],
        amount_fen=line[7],
    )


def _expired(tx: Tx, prescription_id: int, number: str, patient_id: int) -> PrescriptionExpired | None:
    row = tx.first(_VALID_UNTIL, id=prescription_id)
    assert row is not None
    if row[0] >= tx.now:
        return None
    prescribing.expire(tx, prescription_id, patient_id)
    return PrescriptionExpired(number=number, valid_until=f"{row[0]:%Y-%m-%d %H:%M}")


@handles(RejectPrescription)
def reject_prescription(tx: Tx, request: RejectPrescription) -> Done:
    """Send it back with reasons. Its stock stays held, since the doctor edits and signs again."""
    row = prescribing.lock(tx, request.prescription_id, "SUBMITTED")
    rejection = {"reasons": [str(reason) for reason in request.reasons], "note": request.note}
    tx.write(_REJECT, id=request.prescription_id, by=tx.actor.staff, now=tx.now, rejection=Jsonb(rejection, dumps=encode))
    tx.patient_id = row[3]
    tx.detail = rejection
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    return Done()


# --- picking -----------------------------------------------------------------------------------------------------------------------

_PICK: Final = Write("UPDATE prescription SET state = 'PICKED', picker_id = %(by)s, picked_at = %(now)s WHERE id = %(id)s")
_NEEDS: Final = Read("SELECT id, drug_id, quantity, name, unit FROM prescription_line WHERE prescription_id = %(id)s ORDER BY line_no")
_PICKS: Final = Read(
    "SELECT k.prescription_line_id AS line_id, k.batch_id, b.lot, b.expires, k.quantity, d.shelf FROM pick k"
    " JOIN prescription_line l ON l.id = k.prescription_line_id JOIN stock_batch b ON b.id = k.batch_id JOIN drug d ON d.id = b.drug_id"
    " WHERE l.prescription_id = %(id)s AND k.state <> 'PUT_BACK' ORDER BY d.shelf, l.line_no, b.expires"
)
_PACKS: Final = Read("SELECT id, packs FROM prescription_line WHERE prescription_id = %(id)s")


def _pick_list(tx: ReadTx, prescription_id: int) -> PickList:
    return PickList(
        prescription=prescribing.one(tx, prescription_id),
        picks=tx.structs(Pick, _PICKS, id=prescription_id),
        packs=dict(tx.rows(_PACKS, id=prescription_id)),
    )


@handles(PickPrescription)
def pick_prescription(tx: Tx, request: PickPrescription) -> PickList:
    """Lay the batches aside that expire first."""
    row = prescribing.lock(tx, request.prescription_id, "PAID", "PICKED")
    if row[1] == "PAID":
        needs = [
            stock_book.Need(line_id=line[0], drug_id=line[1], quantity=line[2], drug=line[3], unit=line[4])
            for line in tx.rows(_NEEDS, id=request.prescription_id)
        ]
        stock_book.lay_aside(tx, needs)
        tx.write(_PICK, id=request.prescription_id, by=tx.actor.staff, now=tx.now)
        tx.changed(topics.PRESCRIPTION, request.prescription_id)
    tx.patient_id = row[3]
    return _pick_list(tx, request.prescription_id)


# --- scanning and handing over -----------------------------------------------------------------------------------------------------

_LINE: Final = Read(
    "SELECT l.drug_id, l.name, l.quantity %% d.pack_size <> 0, p.state FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    " JOIN prescription p ON p.id = l.prescription_id WHERE l.id = %(line_id)s"
)
_LINES_TO_SCAN: Final = Read(
    "SELECT l.id, l.packs, l.drug_id, l.name, l.quantity %% d.pack_size <> 0 FROM prescription_line l JOIN drug d ON d.id = l.drug_id"
    " WHERE l.prescription_id = %(id)s"
)
_OWNERS: Final = Read(
    "SELECT kind, code, drug_id FROM drug_code WHERE (kind = 'barcode' AND code = ANY(%(barcodes)s))"
    " OR (kind = 'trace_prefix' AND code = ANY(%(prefixes)s))"
)
_ALL_SOLD: Final = Read(
    "SELECT code, quarantined FROM dispensed_code WHERE code = ANY(%(codes)s) AND NOT split_pack AND (returned_at IS NULL OR quarantined)"
)
_OWNER: Final = Read(
    "SELECT drug_id FROM drug_code WHERE (kind = 'barcode' AND code = %(barcode)s) OR (kind = 'trace_prefix' AND code = %(prefix)s)"
)
_SELL_CODES: Final = Write(
    "INSERT INTO dispensed_code (code, drug_id, prescription_line_id, split_pack, at)"
    " SELECT code, drug_id, line_id, split, %(now)s FROM unnest(%(codes)s::text[], %(drugs)s::bigint[], %(lines)s::bigint[],"
    " %(splits)s::bool[]) AS u(code, drug_id, line_id, split) ON CONFLICT DO NOTHING RETURNING code"
)
_HANDED: Final = Write(
    "UPDATE prescription_line SET dispensed = quantity, no_code_reason = coalesce(%(reasons)s::jsonb->>(id::text), '')"
    " WHERE prescription_id = %(id)s"
)
_DISPENSE: Final = Write("UPDATE prescription SET state = 'DISPENSED', dispenser_id = %(by)s, dispensed_at = %(now)s WHERE id = %(id)s")


def _check_pack(tx: ReadTx, line: Row, code: str) -> Pack:
    """The pack, if ``code`` belongs to the line's drug and has not gone out. Raises ``WrongPack``, ``CodeAlreadySold``, ``CodeQuarantined``."""
    pack = read_pack(code)
    row = tx.first(_OWNER, barcode=pack.article, prefix=TraceCode(pack.trace).product)
    if row is None or row[0] != line[0]:
        raise WrongPack(code=code, drug=line[1])
    for gone, quarantined in tx.rows(_ALL_SOLD, codes=[pack.trace]) if pack.trace else ():
        raise _gone(gone, line[1], quarantined=quarantined)
    return pack


def _gone(code: str, drug: str, *, quarantined: bool) -> CodeQuarantined | CodeAlreadySold:
    return CodeQuarantined(code=code, drug=drug) if quarantined else CodeAlreadySold(code=code, drug=drug)


@handles(CheckPack)
def check_pack(tx: ReadTx, request: CheckPack) -> Done:
    """Say at once whether the pack in the hand is the right one."""
    line = tx.one(_LINE, NotFound(kind=N_("Prescription line"), key=str(request.line_id)), line_id=request.line_id)
    _check_pack(tx, line, request.code)
    return Done()


@handles(Dispense)
def dispense(tx: Tx, request: Dispense) -> Dispensed:
    """Every pack scanned or explained; then stock leaves and the prescription is dispensed."""
    row = prescribing.lock(tx, request.prescription_id, "PICKED")
    reasons = {item.line_id: item.reason for item in request.without_code}
    _sell_codes(tx, request, reasons)
    stock_book.hand_over(tx, request.prescription_id, row[0])
    tx.write(_HANDED, id=request.prescription_id, reasons=Jsonb({str(line): reason for line, reason in reasons.items()}))
    tx.write(_DISPENSE, id=request.prescription_id, by=tx.actor.staff, now=tx.now)
    tx.patient_id = row[3]
    tx.detail = {"codes": len(request.scans), "without_code": reasons}
    tx.changed(topics.PRESCRIPTION, request.prescription_id)
    entering.enter(tx, entering.SALE, "prescription", request.prescription_id)
    return labels(tx, request.prescription_id)


class _ToScan(NamedTuple):
    """A line whose packs are scanned. ``remainder``: its last pack is opened."""

    id: int
    packs: int
    drug_id: int
    name: str
    remainder: bool


def _sell_codes(tx: Tx, request: Dispense, reasons: dict[int, str]) -> None:
    lines = {row[0]: _ToScan(*row) for row in tx.rows(_LINES_TO_SCAN, id=request.prescription_id)}
    packs = [read_pack(scan.code) for scan in request.scans]
    owners = {
        (kind, code): drug_id
        for kind, code, drug_id in tx.rows(
            _OWNERS, barcodes=[pack.article for pack in packs], prefixes=[TraceCode(pack.trace).product for pack in packs]
        )
    }
    gone: dict[str, bool] = dict(tx.rows(_ALL_SOLD, codes=[pack.trace for pack in packs if pack.trace]))
    sold: dict[str, tuple[_ToScan, bool]] = {}
    counted: Counter[int] = Counter()
    for scan, pack in zip(request.scans, packs, strict=True):
        line = lines.get(scan.line_id)
        if line is None:
            raise NotFound(kind=N_("Prescription line"), key=str(scan.line_id))
        owner = owners.get(("trace_prefix", TraceCode(pack.trace).product) if pack.trace else ("barcode", pack.article))
        if owner != line.drug_id:
            raise WrongPack(code=scan.code, drug=line.name)
        if pack.trace:
            if pack.trace in sold or pack.trace in gone:
                raise _gone(pack.trace, line.name, quarantined=gone.get(pack.trace, False))
            # The last pack of a line with a remainder is opened; its code may go out again with the rest of the pack.
            sold[pack.trace] = (line, line.remainder and counted[line.id] == line.packs - 1)
        counted[line.id] += 1
    for line in lines.values():
        if counted[line.id] < line.packs and line.id not in reasons:
            raise PacksMissing(drug=line.name, wanted=line.packs, scanned=counted[line.id])
    _enter_codes(tx, sold)


def _enter_codes(tx: Tx, sold: dict[str, tuple[_ToScan, bool]]) -> None:
    """Enter the codes; one that another desk sold in this very moment is caught by the unique key."""
    if not sold:
        return
    entered = tx.write(
        _SELL_CODES,
        now=tx.now,
        codes=list(sold),
        drugs=[line.drug_id for line, _ in sold.values()],
        lines=[line.id for line, _ in sold.values()],
        splits=[split for _, split in sold.values()],
    )
    missing = set(sold) - {row[0] for row in entered}
    if missing:
        code = min(missing)
        raise CodeAlreadySold(code=code, drug=sold[code][0].name)


# --- labels ------------------------------------------------------------------------------------------------------------------------

_LABEL_LOTS: Final = Read(
    "SELECT DISTINCT ON (k.prescription_line_id) k.prescription_line_id, b.lot, b.expires FROM pick k"
    " JOIN prescription_line l ON l.id = k.prescription_line_id JOIN stock_batch b ON b.id = k.batch_id"
    " WHERE l.prescription_id = %(id)s AND k.state = 'HANDED_OVER' ORDER BY k.prescription_line_id, b.expires"
)
_UNITS: Final = Read("SELECT id, dose_per_base FROM drug WHERE id = ANY(%(ids)s)")


def labels(tx: ReadTx, prescription_id: int) -> Dispensed:
    """One usage label for each drug, with the lot that expires first."""
    facts = prescribing.one(tx, prescription_id)
    lots = {row[0]: row for row in tx.rows(_LABEL_LOTS, id=prescription_id)}
    per_base: dict[int, Decimal] = dict(tx.rows(_UNITS, ids=[line.drug_id for line in facts.lines]))
    day = (facts.dispensed_at or tx.now).astimezone(tx.now.tzinfo).date()
    found = tuple(
        LabelFacts(
            clinic=facts.clinic,
            patient_name=facts.patient_name,
            sex=facts.sex,
            age=facts.age,
            name=line.name,
            specification=line.specification,
            quantity_text=line.quantity_text,
            usage=dosage.usage_text(
                route_name=line.route_text,
                dose=line.dose,
                dose_unit=line.dose_unit,
                dose_per_base=per_base[line.drug_id],
                base_unit=line.unit,
                frequency_name=line.frequency_text,
                advice="",
            ),
            advice=line.advice,
            lot=lots[line.id][1],
            expires=lots[line.id][2],
            date=day,
            dispenser=facts.dispenser,
            prescription_number=facts.number,
        )
        for line in facts.lines
        if line.id in lots
    )
    return Dispensed(prescription=facts, labels=found)


@handles(GetLabels)
def get_labels(tx: ReadTx, request: GetLabels) -> Dispensed:
    """The labels as they were."""
    return labels(tx, request.prescription_id)
