"""What lies where, twice: in PostgreSQL behind dispatch, and as a plain account of quantities by place and batch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from common.errors import XinglinError
from common.messages.settlement import Approve, Approved
from common.wire import Request
from installer.sample import PASSWORD
from tests.simulation.books import CLERK, DOCTOR, KEEPER, PHARMACIST, Crash, Service

__all__ = [
    "CLERK",
    "DOCTOR",
    "KEEPER",
    "MANAGER",
    "PHARMACIST",
    "Crash",
    "Line",
    "Model",
    "Rx",
    "Service",
    "approval",
    "attempt",
]

MANAGER, OTHER = "yuanzhang", "jianglan"
PHARMACY, STORE, TRANSIT, QUARANTINE = "PHARMACY", "STORE", "TRANSIT", "QUARANTINE"
ZERO = Decimal(0)
#: Commands that were carried out or refused, since somebody emptied it.
carried_out: Final[Counter[str]] = Counter()
Spot = tuple[str, int]


@dataclass
class Line:
    """A line of a prescription, by batch what lies aside for it and what the patient has."""

    id: int
    drug: int
    quantity: Decimal
    aside: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    out: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    returned: Decimal = ZERO
    given_up: Decimal = ZERO

    @property
    def handed(self) -> Decimal:
        """What ever went out and was not undone."""
        return sum(self.out.values(), ZERO) + self.returned


@dataclass
class Rx:
    """A prescription that was paid."""

    id: int
    lines: list[Line]
    #: Of slices: weighed, never scanned.
    slices: bool = False
    #: In the house.
    boiled: bool = False


class Model:
    """Quantities by place and batch, as all accepted acts together make them."""

    def __init__(self, service: Service) -> None:
        self.at: dict[Spot, Decimal] = {(row[0], row[1]): row[2] for row in service.rows(_BALANCES)}
        self.prescriptions: list[Rx] = []

    def move(self, place: str, batch: int, quantity: Decimal) -> None:
        """So much comes to a place, or leaves it; never more than there is."""
        spot = (place, batch)
        self.at[spot] = self.at.get(spot, ZERO) + quantity
        assert self.at[spot] >= 0, f"{-quantity} of batch {batch} taken from {place}, which had {self.at[spot] - quantity}"

    def carry(self, batch: int, quantity: Decimal, out_of: str, to: str) -> None:
        """From one place to another."""
        self.move(out_of, batch, -quantity)
        self.move(to, batch, quantity)

    def picked(self, batch: int) -> Decimal:
        """What of a batch lies aside for patients."""
        return sum((line.aside[batch] for rx in self.prescriptions for line in rx.lines), ZERO)


def attempt(service: Service, login: str, request: Request[Any], crash: Crash | None, allowed: Iterable[str] = ()) -> Any:
    """The reply, or the name of the refusal, which has to be one of ``allowed``."""
    command = type(request).__name__
    try:
        reply = service.do(login, request, crash)
    except XinglinError as error:
        name = type(error).__name__
        assert name in allowed, f"{command}: {name}: {error}"
        carried_out[f"{command} refused: {name}"] += 1
        return name
    carried_out[command] += 1
    return reply


def approval(service: Service, login: str, act: str, subject: int, *, fen: int = 0, detail: str = "", by: str = MANAGER) -> int:
    """The manager, or somebody else, agrees at ``login``'s desk."""
    request = Approve(act=act, subject_id=subject, amount_fen=fen, detail=detail, login=by, password=PASSWORD)
    yes: Approved = service.do(login, request)
    return yes.approval_id


_BALANCES = "SELECT p.code, b.batch_id, b.on_hand FROM stock_balance b JOIN stock_location p ON p.id = b.location_id WHERE b.on_hand <> 0"
_PICKED = "SELECT b.batch_id, b.picked FROM stock_balance b WHERE b.picked <> 0"
_MOVED = (
    "SELECT p.code, m.batch_id, sum(m.quantity) FROM stock_move m JOIN stock_location p ON p.id = m.location_id"
    " GROUP BY p.code, m.batch_id HAVING sum(m.quantity) <> 0"
)
_LEVELS = (
    "SELECT l.location_id, l.drug_id, l.on_hand, l.reserved FROM stock_level l WHERE l.on_hand <> coalesce((SELECT sum(b.on_hand)"
    " FROM stock_balance b WHERE b.location_id = l.location_id AND b.drug_id = l.drug_id), 0) OR l.reserved <> coalesce((SELECT sum(r.quantity)"
    " FROM stock_reservation r WHERE r.state = 'HELD' AND r.location_id = l.location_id AND r.drug_id = l.drug_id), 0)"
)
_LINES = "SELECT id, dispensed, returned, given_up FROM prescription_line WHERE id = ANY(%s)"
_UNPAID = (
    "SELECT l.id FROM prescription_line l WHERE l.dispensed > 0 AND NOT EXISTS (SELECT FROM charge_line c WHERE c.prescription_line_id = l.id"
    " AND c.state IN ('SETTLED', 'PART_REFUNDED', 'REFUNDED'))"
)
_TWICE = "SELECT code FROM dispensed_code WHERE NOT split_pack AND (returned_at IS NULL OR quarantined) GROUP BY code HAVING count(*) > 1"
_POOL = (
    "SELECT o.batch_id FROM open_pack o WHERE o.remaining > 0 GROUP BY o.batch_id HAVING sum(o.remaining) >"
    " (SELECT coalesce(sum(b.on_hand), 0) FROM stock_balance b WHERE b.batch_id = o.batch_id)"
)


def differences(service: Service, model: Model) -> Iterator[str]:
    """Where the database is not what the model says, or breaks a rule that no act may break."""
    wanted = {spot: quantity for spot, quantity in model.at.items() if quantity}
    lines = {line.id: line for rx in model.prescriptions for line in rx.lines}
    aside: dict[int, Decimal] = defaultdict(Decimal)
    for line in lines.values():
        for batch, quantity in line.aside.items():
            aside[batch] += quantity
    seen: list[tuple[str, Any, Any]] = [
        ("balances", {(row[0], row[1]): row[2] for row in service.rows(_BALANCES)}, wanted),
        ("moves", {(row[0], row[1]): row[2] for row in service.rows(_MOVED)}, wanted),
        ("laid aside", dict(service.rows(_PICKED)), {batch: quantity for batch, quantity in aside.items() if quantity}),
        ("levels or reservations", service.rows(_LEVELS), []),
        (
            "handed over, returned, given up",
            {row[0]: row[1:] for row in service.rows(_LINES, list(lines))},
            {line.id: (line.handed, line.returned, line.given_up) for line in lines.values()},
        ),
        ("handed over and not paid", service.rows(_UNPAID), []),
        ("codes sold twice", service.rows(_TWICE), []),
        ("opened packs with more than there is", service.rows(_POOL), []),
    ]
    for name, found, right in seen:
        if found != right:
            yield f"{name}: {found} instead of {right}"
