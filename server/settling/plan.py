"""What a settlement is going to do, as it is stored in its row, and the row itself."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from psycopg.types.json import Jsonb

from common import topics
from common.errors import NotFound, XinglinError
from common.i18n import N_
from common.messages.cashier import Tender
from common.messages.settlement import InsuranceUse, SettlementKind
from common.wire import Refused, as_kind, encode
from server.db import Write

if TYPE_CHECKING:
    from datetime import datetime

    from server.db import Tx


class SalePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Lines to settle. ``tenders`` without the channels' codes; ``change_fen`` and ``rounding_fen`` as they were agreed at the counter.

    ``confirmed``: an insured settlement goes on past its quote.
    """

    line_ids: tuple[int, ...]
    tenders: tuple[Tender, ...] = ()
    change_fen: int = 0
    rounding_fen: int = 0
    insurance: InsuranceUse | None = None
    confirmed: bool = False


class RestLine(msgspec.Struct, frozen=True, kw_only=True):
    """What of a line is kept."""

    quantity: Decimal
    amount_fen: int


class RefundPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Lines to take back, by charge line (``None``: all that is left), and what is kept of the others.

    ``rest_fen`` is what money has to pay of the rest: without what is waived (``waived_fen``), before the insurance. ``insured``: the bill was
    settled with the insurance; ``use`` is how, to settle the rest with it anew.

    A bill that is settled with the insurance after all is such a refund too: all of it is kept, and settled with ``use`` once somebody has
    ``confirmed`` the quote. ``approved_fen`` is what the second person agreed to let go back, the last of ``approvals``.
    """

    lines: dict[int, Decimal | None]
    rest: dict[int, RestLine]
    rest_fen: int
    waived_fen: int
    reason: str
    approved_by: int | None
    insured: bool = False
    use: InsuranceUse | None = None
    confirmed: bool = True
    approved_fen: int = 0
    approvals: tuple[int, ...] = ()

    def rest_sale(self) -> SalePlan:
        """The rest as it is settled anew at the bureau."""
        return SalePlan(line_ids=tuple(self.rest), insurance=self.use, confirmed=self.confirmed)


class MovePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Money into an account or out of it. ``tenders`` are what lies on the counter, ``back`` what goes back through channels: payment and amount, in
    the order in which they are asked."""

    amount_fen: int
    tenders: tuple[Tender, ...] = ()
    change_fen: int = 0
    back: tuple[tuple[int, int], ...] = ()
    reason: str = ""


class Settlement(NamedTuple):
    """A settlement's row, locked. ``patient_id`` 0: a company's."""

    id: int
    kind: SettlementKind
    state: str
    patient_id: int
    visit_id: int | None
    plan: Any
    expected_fen: int
    cashier_id: int
    refunds: int | None
    failure: Refused | None
    cancel_wanted: bool
    leased_by: str
    next_try_at: datetime | None
    tries: int
    opened_at: datetime
    credit_account_id: int | None

    def sale(self) -> SalePlan:
        """The plan of a sale."""
        return as_kind(self.plan, SalePlan)

    def refund(self) -> RefundPlan:
        """The plan of a refund."""
        return as_kind(self.plan, RefundPlan, strict=False)

    def move(self) -> MovePlan:
        """The plan of money into an account or out of it."""
        return as_kind(self.plan, MovePlan, strict=False)

    @property
    def gives_back(self) -> bool:
        """Whether money goes out: what a channel has paid back cannot be undone."""
        return self.kind in (SettlementKind.REFUND, SettlementKind.CONVERT, SettlementKind.DEPOSIT_BACK)

    def at_bureau(self) -> SalePlan:
        """What the bureau is asked to settle: the sale, or the rest of a bill that goes back."""
        return self.refund().rest_sale() if self.refunds is not None else self.sale()

    @property
    def bureau_fen(self) -> int:
        """What those lines come to."""
        if self.refunds is not None:
            return sum(line.amount_fen for line in self.refund().rest.values())
        return self.expected_fen


def use_of(stored: Any) -> InsuranceUse | None:
    """How a stored plan, a sale's or a refund's, was insured."""
    if "line_ids" in stored:
        return as_kind(stored, SalePlan).insurance
    return as_kind(stored, RefundPlan, strict=False).use


_COLUMNS: Final = (
    "id, kind, state, patient_id, visit_id, plan, expected_fen, cashier_id, refunds, failure, cancel_wanted, leased_by, next_try_at, tries,"
    " opened_at, credit_account_id"
)
_LOCK: Final = Write(f"SELECT {_COLUMNS} FROM settlement WHERE id = %(id)s FOR UPDATE")
_OPEN: Final = Write(
    "INSERT INTO settlement (kind, state, patient_id, visit_id, plan, expected_fen, cashier_id, session_id, desk_id, refunds, approval_id,"
    " credit_account_id, leased_by, opened_at) VALUES (%(kind)s, 'OPEN', %(patient_id)s, %(visit_id)s, %(plan)s, %(expected_fen)s, %(cashier_id)s,"
    " %(session_id)s, %(desk_id)s, %(refunds)s, %(approval_id)s, %(credit_account_id)s, %(worker)s, %(at)s) RETURNING id"
)
_NARROW: Final = Write("UPDATE settlement SET plan = %(plan)s, expected_fen = %(expected_fen)s WHERE id = %(id)s")
_PLAN: Final = Write("UPDATE settlement SET plan = %(plan)s WHERE id = %(id)s")
_STATE: Final = Write(
    "UPDATE settlement SET state = %(state)s, ended_at = %(ended_at)s, leased_by = CASE WHEN %(keep)s THEN leased_by ELSE %(worker)s END,"
    " next_try_at = CASE WHEN %(keep)s THEN next_try_at END"
    " WHERE id = %(id)s AND state <> %(state)s"
)
_ENDED: Final = Write("UPDATE settlement SET bill_id = %(bill_id)s, rest_bill_id = %(rest_bill_id)s WHERE id = %(id)s")
_FAILURE: Final = Write("UPDATE settlement SET failure = %(failure)s WHERE id = %(id)s")
_CANCEL: Final = Write("UPDATE settlement SET cancel_wanted = true, next_try_at = NULL WHERE id = %(id)s")
_NEXT_TRY: Final = Write("UPDATE settlement SET next_try_at = %(at)s, tries = %(tries)s WHERE id = %(id)s")
_LEASE: Final = Write("UPDATE settlement SET leased_by = %(worker)s WHERE id = %(id)s")

#: The certificate that is a token 电子凭证令牌 (DOMAIN.md §1.8).
TOKEN: Final = "01"
#: States in which nothing more happens by itself.
ENDED: Final = ("DONE", "FAILED")


def lock(tx: Tx, settlement_id: int) -> Settlement:
    """The settlement, locked. Raises ``NotFound``."""
    row = tx.write_one(_LOCK, id=settlement_id)
    if row is None:
        raise NotFound(kind=N_("Settlement"), key=str(settlement_id))
    failure = None if row[9] is None else as_kind(row[9], Refused)
    return Settlement._make((row[0], SettlementKind(row[1]), row[2], row[3] or 0, *row[4:9], failure, *row[10:]))


def begin(
    tx: Tx,
    kind: SettlementKind,
    patient_id: int | None,
    plan: SalePlan | RefundPlan | MovePlan,
    expected_fen: int,
    *,
    visit_id: int | None = None,
    refunds: int | None = None,
    approval_id: int | None = None,
    credit_account_id: int | None = None,
) -> int:
    """A new settlement; its id."""
    row = tx.write_one(
        _OPEN,
        kind=kind,
        patient_id=patient_id,
        visit_id=visit_id,
        plan=Jsonb(plan, dumps=encode),
        expected_fen=expected_fen,
        cashier_id=tx.actor.staff,
        session_id=tx.actor.session_id,
        desk_id=tx.actor.desk_id,
        refunds=refunds,
        approval_id=approval_id,
        credit_account_id=credit_account_id,
        worker=tx.parties.worker,
        at=tx.now,
    )
    assert row is not None
    tx.changed(topics.SETTLEMENT, row[0])
    return int(row[0])


def store(tx: Tx, settlement_id: int, plan: SalePlan | RefundPlan) -> None:
    """Another plan for the same settlement."""
    tx.write(_PLAN, id=settlement_id, plan=Jsonb(plan, dumps=encode))


def narrow(tx: Tx, settlement_id: int, plan: MovePlan) -> None:
    """Less is going to be done than was begun."""
    tx.write(_NARROW, id=settlement_id, plan=Jsonb(plan, dumps=encode), expected_fen=plan.amount_fen)


def forget_token(tx: Tx, settlement: Settlement) -> None:
    """It has ended: the token of an e-certificate, which is as good as the card for a while, is kept no longer."""
    if settlement.kind not in (SettlementKind.SALE, SettlementKind.CONVERT):
        return
    use = settlement.at_bureau().insurance
    if use is None or use.certificate_type != TOKEN:
        return
    bare = msgspec.structs.replace(use, certificate_number="")
    if settlement.kind is SettlementKind.SALE:
        store(tx, settlement.id, msgspec.structs.replace(settlement.sale(), insurance=bare))
    else:
        store(tx, settlement.id, msgspec.structs.replace(settlement.refund(), use=bare))


def step_to(tx: Tx, settlement_id: int, state: str, *, keep_lease: bool = False) -> None:
    """The settlement's next state; nothing if it is in it."""
    worker = tx.parties.worker if state == "OPEN" else ""
    tx.write(_STATE, id=settlement_id, state=state, ended_at=tx.now if state in ENDED else None, keep=keep_lease, worker=worker)
    tx.changed(topics.SETTLEMENT, settlement_id)


def done(tx: Tx, settlement_id: int, bill_id: int | None, rest_bill_id: int | None = None) -> None:
    """It came to a bill."""
    tx.write(_ENDED, id=settlement_id, bill_id=bill_id, rest_bill_id=rest_bill_id)
    step_to(tx, settlement_id, "DONE")


def note_failure(tx: Tx, settlement_id: int, error: XinglinError) -> None:
    """Why it will end without a bill, once everything outside is as it was."""
    refused = Refused(error=type(error).__name__, fields=error.fields)
    tx.write(_FAILURE, id=settlement_id, failure=Jsonb(refused, dumps=encode))


def forget_failure(tx: Tx, settlement_id: int) -> None:
    """It goes on after all, with another means of payment."""
    tx.write(_FAILURE, id=settlement_id, failure=None)


def want_cancel(tx: Tx, settlement_id: int) -> None:
    """The cashier gave it up; the errand takes back what was done outside."""
    tx.write(_CANCEL, id=settlement_id)
    tx.changed(topics.SETTLEMENT, settlement_id)


def try_at(tx: Tx, settlement_id: int, at: datetime | None, tries: int) -> None:
    """When the errand asks the next time."""
    tx.write(_NEXT_TRY, id=settlement_id, at=at, tries=tries)


def lease(tx: Tx, settlement_id: int, worker: str) -> None:
    """From now on the errand of ``worker`` takes its steps."""
    tx.write(_LEASE, id=settlement_id, worker=worker)
