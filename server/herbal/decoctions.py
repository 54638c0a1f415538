"""Decoction 代煎: what the clinic boils, from taking the slices in to the hands of the patient, each step with who and when."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.herbal import MAY_WAIT
from common.domain.states import DECOCTION
from common.errors import AlreadyExists, FieldWrong, NotFound, WrongState
from common.herbal_errors import BeingDecocted, DecoctionFeeBack, NotHerbal
from common.i18n import N_
from common.messages.herbal import (
    ChangeDelivery,
    DecoctionFacts,
    DecoctionList,
    DecoctionStep,
    ListDecoctions,
    SpecialSlice,
    StepDecoction,
    TakeInDecoction,
)
from server import numbers, prescribing
from server.db import Read, Write
from server.features import handles
from server.herbal.orders import DECOCTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import ReadTx, Row, Tx

_DAY: Final = timedelta(days=1)
OPEN: Final = ("TAKEN_IN", "SOAKED", "DECOCTED", "PACKED")

#: Whether the fee for boiling ``p`` was paid back (SQL): then it is boiled at home.
_FEE_BACK: Final = "EXISTS (SELECT FROM charge_line f WHERE f.prescription_id = p.id AND f.source = 'surcharge' AND f.state = 'REFUNDED')"
_FACTS: Final = (
    "SELECT coalesce(c.id, 0), coalesce(c.number, ''), p.id, p.number, p.patient_id, p.issued->>'patient_name', p.issued->>'phone', h.doses,"
    " h.portions, h.usage, coalesce(c.state, ''), coalesce(c.since, p.dispensed_at), coalesce(c.deliver, false), coalesce(c.receiver, ''),"
    " coalesce(c.phone, ''), coalesce(c.address, '') FROM prescription p JOIN herbal_order h ON h.prescription_id = p.id"
)
_ONE: Final = Read(f"{_FACTS} JOIN decoction c ON c.prescription_id = p.id WHERE c.id = %(id)s")
#: Those to be taken in are a branch of their own, so that each is found by its index.
_LIST: Final = Read(
    f"{_FACTS} LEFT JOIN decoction c ON false WHERE p.state = 'DISPENSED' AND {DECOCTS} AND p.dispensed_at >= %(lately)s AND NOT EXISTS"
    f" (SELECT FROM decoction x WHERE x.prescription_id = p.id AND x.state <> 'CANCELLED') AND NOT {_FEE_BACK} UNION ALL"
    f" {_FACTS} JOIN decoction c ON c.prescription_id = p.id WHERE c.state IN ('TAKEN_IN', 'SOAKED', 'DECOCTED', 'PACKED') UNION ALL"
    f" {_FACTS} JOIN decoction c ON c.prescription_id = p.id WHERE c.state IN ('COLLECTED', 'DELIVERED', 'CANCELLED') AND c.since >= %(today)s"
    " LIMIT 500"
)
_STEPS: Final = Read(
    "SELECT t.decoction_id, t.state, s.name, t.at, t.note FROM decoction_step t JOIN staff s ON s.id = t.staff_id"
    " WHERE t.decoction_id = ANY(%(ids)s) ORDER BY t.decoction_id, t.at"
)
_SPECIAL: Final = Read(
    "SELECT prescription_id, name, handling, advice FROM prescription_line WHERE prescription_id = ANY(%(ids)s) AND handling IS NOT NULL"
    " ORDER BY prescription_id, line_no"
)
_LOCK: Final = Write(
    "SELECT c.number, c.state, c.deliver, p.patient_id, c.prescription_id FROM decoction c JOIN prescription p"
    " ON p.id = c.prescription_id WHERE c.id = %(id)s FOR UPDATE OF c"
)
_ORDER: Final = Read(
    f"SELECT {DECOCTS}, {_FEE_BACK} FROM herbal_order h JOIN prescription p ON p.id = h.prescription_id WHERE p.id = %(id)s"
)
_TAKE_IN: Final = Write(
    "INSERT INTO decoction (number, prescription_id, state, since, deliver, receiver, phone, address) SELECT %(number)s, %(prescription_id)s,"
    " 'TAKEN_IN', %(at)s, %(deliver)s, %(receiver)s, %(phone)s, %(address)s WHERE NOT EXISTS (SELECT FROM decoction x"
    " WHERE x.prescription_id = %(prescription_id)s AND x.state <> 'CANCELLED') RETURNING id"
)
_STEP: Final = Write("UPDATE decoction SET state = %(state)s, since = %(at)s WHERE id = %(id)s")
_ENTER_STEP: Final = Write(
    "INSERT INTO decoction_step (decoction_id, state, staff_id, at, note) VALUES (%(id)s, %(state)s, %(by)s, %(at)s, %(note)s)"
)
_DELIVERY: Final = Write(
    "UPDATE decoction SET deliver = %(deliver)s, receiver = %(receiver)s, phone = %(phone)s, address = %(address)s WHERE id = %(id)s"
)
_IN_THE_POT: Final = Read(
    "SELECT p.number, c.number FROM decoction c JOIN prescription p ON p.id = c.prescription_id"
    " WHERE c.prescription_id = %(id)s AND c.state <> 'CANCELLED'"
)


@handles(ListDecoctions)
def list_decoctions(tx: ReadTx, request: ListDecoctions) -> DecoctionList:
    """What waits, what is under way, and what was finished today; late ones first."""
    midnight = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = tx.rows(_LIST, lately=midnight - 7 * _DAY, today=midnight)
    found = _all(tx, rows)
    return DecoctionList(orders=tuple(sorted(found, key=lambda each: (not each.late, each.since, each.prescription_id))))


def one(tx: ReadTx, decoction_id: int) -> DecoctionFacts:
    """An order as it stands. Raises ``NotFound``."""
    row = tx.one(_ONE, NotFound(kind=N_("Decoction"), key=str(decoction_id)), id=decoction_id)
    return _all(tx, [row])[0]


def _all(tx: ReadTx, rows: Sequence[Row]) -> list[DecoctionFacts]:
    steps: dict[int, list[DecoctionStep]] = {}
    for order, state, by, at, note in tx.rows(_STEPS, ids=[row[0] for row in rows if row[0]]):
        steps.setdefault(order, []).append(DecoctionStep(state=state, by=by, at=at, note=note))
    special: dict[int, list[SpecialSlice]] = {}
    for prescription, name, handling, advice in tx.rows(_SPECIAL, ids=[row[2] for row in rows]):
        special.setdefault(prescription, []).append(SpecialSlice(name=name, handling=handling, advice=advice))
    return [_facts(tx, row, tuple(special.get(row[2], ())), tuple(steps.get(row[0], ()))) for row in rows]


def _facts(tx: ReadTx, row: Row, special: tuple[SpecialSlice, ...], steps: tuple[DecoctionStep, ...]) -> DecoctionFacts:
    allowed = MAY_WAIT.get(row[10] or "DISPENSED")
    return DecoctionFacts(
        id=row[0],
        number=row[1],
        prescription_id=row[2],
        prescription_number=row[3],
        patient_id=row[4],
        patient_name=row[5],
        patient_phone=row[6],
        doses=row[7],
        portions=row[8],
        usage=row[9],
        state=row[10],
        since=row[11],
        late=allowed is not None and row[11] + allowed < tx.now,
        deliver=row[12],
        receiver=row[13],
        phone=row[14],
        address=row[15],
        special=special,
        steps=steps,
    )


@handles(TakeInDecoction)
def take_in_decoction(tx: Tx, request: TakeInDecoction) -> DecoctionFacts:
    """The slices are in the decoction room."""
    row = prescribing.lock(tx, request.prescription_id, "DISPENSED")
    order = tx.first(_ORDER, id=request.prescription_id)
    if order is None or not order[0]:
        raise NotHerbal(number=row[0])
    if order[1]:
        raise DecoctionFeeBack(number=row[0])
    if request.deliver:
        _require_address(request)
    if tx.first(_IN_THE_POT, id=request.prescription_id) is not None:
        raise AlreadyExists(kind=N_("Decoction"), key=row[0])
    number = f"J{numbers.dated(tx, 'decoction', tx.today, 4)}"
    entered = tx.write_one(_TAKE_IN, number=number, prescription_id=request.prescription_id, at=tx.now, **_where_to(request))
    assert entered is not None
    _enter_step(tx, entered[0], "TAKEN_IN", "")
    return _said(tx, entered[0], number, row[3], request.prescription_id)


@handles(StepDecoction)
def step_decoction(tx: Tx, request: StepDecoction) -> DecoctionFacts:
    """One step further."""
    row = _lock(tx, request.decoction_id)
    if not DECOCTION.allows(row[1], request.state):
        raise WrongState(machine="decoction", key=row[0], state=row[1])
    note = request.note.strip()
    if request.state == "CANCELLED" and not note:
        raise FieldWrong(field=N_("Note"), reason=N_("say why the order is cancelled"))
    if request.state == "DELIVERED" and not row[2]:
        raise FieldWrong(field=N_("Address"), reason=N_("the order is to be collected; give phone and address first"))
    tx.write(_STEP, id=request.decoction_id, state=request.state, at=tx.now)
    _enter_step(tx, request.decoction_id, request.state, note)
    return _said(tx, request.decoction_id, row[0], row[3], row[4])


@handles(ChangeDelivery)
def change_delivery(tx: Tx, request: ChangeDelivery) -> DecoctionFacts:
    """Where it goes to, while it is in the house."""
    row = _lock(tx, request.decoction_id)
    if row[1] not in OPEN:
        raise WrongState(machine="decoction", key=row[0], state=row[1])
    if request.deliver:
        _require_address(request)
    tx.write(_DELIVERY, id=request.decoction_id, **_where_to(request))
    return _said(tx, request.decoction_id, row[0], row[3], row[4])


def refuse_decocted(tx: Tx, prescription_id: int) -> None:
    """Before a hand-over is undone: what is in the pot is on no shelf. Raises ``BeingDecocted``."""
    row = tx.first(_IN_THE_POT, id=prescription_id)
    if row is not None:
        raise BeingDecocted(number=row[0], decoction=row[1])


def _lock(tx: Tx, decoction_id: int) -> Row:
    row = tx.write_one(_LOCK, id=decoction_id)
    if row is None:
        raise NotFound(kind=N_("Decoction"), key=str(decoction_id))
    return row


def _require_address(request: TakeInDecoction | ChangeDelivery) -> None:
    for field, typed in ((N_("Phone"), request.phone), (N_("Address"), request.address)):
        if not typed.strip():
            raise FieldWrong(field=field, reason=N_("needed for a delivery"))


def _where_to(request: TakeInDecoction | ChangeDelivery) -> dict[str, object]:
    texts = {name: getattr(request, name).strip() if request.deliver else "" for name in ("receiver", "phone", "address")}
    return {"deliver": request.deliver, **texts}


def _enter_step(tx: Tx, decoction_id: int, state: str, note: str) -> None:
    tx.write(_ENTER_STEP, id=decoction_id, state=state, by=tx.actor.staff, at=tx.now, note=note)


def _said(tx: Tx, decoction_id: int, number: str, patient_id: int, prescription_id: int) -> DecoctionFacts:
    facts = one(tx, decoction_id)
    tx.patient_id = patient_id
    tx.detail = {"number": number, "state": facts.state, "deliver": facts.deliver}
    tx.changed(topics.PRESCRIPTION, prescription_id)
    return facts
