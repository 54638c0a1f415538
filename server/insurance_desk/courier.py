"""Who carries the queue of uploads to the bureau. One at a time: claim it and commit, send it with no transaction open, commit what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Gauge

from server import metrics
from server.insurance.answers import Uploaded
from server.insurance.client import Insurance
from server.insurance.protocol import NOT_SENT
from server.insurance_desk import uploads
from server.insurance_desk.asks import ClaimUpload, RecordUpload
from server.insurance_desk.line import House, Line, perform
from server.outcome import Rejected, Success, Unknown
from server.people import system_actor

if TYPE_CHECKING:
    from server.insurance_desk.asks import ClaimedUpload
    from server.outcome import Outcome

WAITING: Final = Gauge("xinglin_insurance_uploads_waiting", "Uploads that wait for the insurance", registry=metrics.REGISTRY)
FAILED: Final = Gauge(
    "xinglin_insurance_uploads_failed", "Uploads that the insurance refused or that lack something", registry=metrics.REGISTRY
)
OLDEST: Final = Gauge("xinglin_insurance_upload_oldest_seconds", "Age of the oldest upload that is not done", registry=metrics.REGISTRY)
#: So many in one round; the next round is seconds away.
_MOST: Final = 100


def send_due(house: House) -> None:
    """One round. It ends early where the line is down: the rest would only wait for the same time-out."""
    backlog = uploads.backlog(house.database, house.clock.wall())
    WAITING.set(backlog.waiting)
    FAILED.set(backlog.failed)
    OLDEST.set((house.clock.wall() - backlog.oldest).total_seconds() if backlog.oldest else 0)
    for _ in range(_MOST if backlog.due else 0):
        insurance = house.parties.bureau
        if not isinstance(insurance, Insurance) or not _carry_next(house, insurance):
            return


def _carry_next(house: House, insurance: Insurance) -> bool:
    """Carry one; whether there may be another that would get through."""
    claim = perform(house, ClaimUpload())
    claimed = claim.upload
    if claimed is None:
        return claim.more
    line = Line(house, insurance, system_actor(house.database).staff)
    outcome = line.signed_in(lambda: _sent(line, claimed))
    state, error = judged(insurance, outcome, claimed)
    kept_here = isinstance(outcome, Rejected) and outcome.code == NOT_SENT
    perform(house, RecordUpload(upload_id=claimed.id, turn=claimed.turn, state=state, error=error, kept_here=kept_here))
    return state != "PENDING"


def _sent(line: Line, claimed: ClaimedUpload) -> Outcome[Any]:
    insurance, call = line.insurance, line.numbered(claimed.message, claimed.numbered_at)
    if claimed.stock is not None:
        return insurance.stock_changed(claimed.stock, call)
    if claimed.purchase is not None:
        return insurance.purchased(claimed.purchase, call)
    if claimed.purchase_returned is not None:
        return insurance.purchase_returned(claimed.purchase_returned, call)
    if claimed.returned is not None:
        return insurance.sale_returned(claimed.returned, call)
    if claimed.undone:
        return insurance.sales_returned(claimed.undone, call)
    if claimed.stock_take:
        return insurance.stock_taken_batch(claimed.stock_take, call)
    if claimed.record is not None:
        return insurance.outpatient_record(claimed.record, call)
    return insurance.sold_batch(claimed.sales, call)


def judged(insurance: Insurance, outcome: Outcome[Any], claimed: ClaimedUpload) -> tuple[str, str]:
    """The row's next state and what the bureau said. What it has already is done; a batch of which it refused rows is not. Of a sale that was
    undone it may never have had a row: then there is nothing to take back."""
    if isinstance(outcome, Unknown):
        return "PENDING", outcome.reason
    if isinstance(outcome, Rejected):
        if outcome.code == NOT_SENT:
            return "PENDING", outcome.message
        has_message = claimed.again and insurance.had_message(outcome)
        return ("DONE", "") if has_message or _as_wanted(insurance, claimed, outcome.message) else ("FAILED", outcome.message)
    assert isinstance(outcome, Success)
    faults = outcome.value.faults if isinstance(outcome.value, Uploaded) else ()
    left = [fault for fault in faults if not _as_wanted(insurance, claimed, fault.message)]
    names = _names(claimed)
    said = dict.fromkeys(f"{names.get(fault.subject, fault.subject)}: {fault.message}" for fault in left)
    return ("FAILED", "; ".join(said)) if left else ("DONE", "")


def _names(claimed: ClaimedUpload) -> dict[str, str]:
    """What the numbers of rows stand for, as a person knows it."""
    sales = {sale.line_number: f"{sale.drug.own_name} {sale.drug.lot}" for sale in (*claimed.sales, *claimed.undone)}
    return sales | {one.drug.batch_number: f"{one.drug.own_name} {one.drug.lot}" for one in claimed.stock_take}


def _as_wanted(insurance: Insurance, claimed: ClaimedUpload, words: str) -> bool:
    return insurance.was_repeated(words) or (bool(claimed.undone) and insurance.knows_nothing(words))
