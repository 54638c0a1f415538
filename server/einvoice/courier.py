"""Who carries e-invoices to their platforms, in the service's own time.

One at a time: claim it and commit, ask the platform with no transaction open, commit what became of it. A process that dies between leaves it
claimed; when the claim has run out, the platform is asked first what it knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from prometheus_client import Gauge

from common.messages.einvoice import Claim, ClaimedEInvoice, ClaimEInvoice, RecordEInvoice
from common.permissions import Permission
from common.wire import decode
from server import metrics
from server.einvoice import queue
from server.einvoice.protocol import NOT_FOUND, NOT_SENT, Issued
from server.einvoice.tax import BEING_ISSUED
from server.outcome import Rejected, Success, Unknown
from server.people import system_actor

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.clock import Clock
    from server.db import Database
    from server.dispatch import Dispatch
    from server.einvoice.protocol import Platform
    from server.outcome import Outcome

WAITING: Final = Gauge("xinglin_einvoices_waiting", "E-invoices that wait for their platform", registry=metrics.REGISTRY)
FAILED: Final = Gauge("xinglin_einvoices_failed", "E-invoices that their platform refused", registry=metrics.REGISTRY)
#: So many in one round; the next round is seconds away.
_MOST: Final = 50


class Courier:
    """Carries what is due. Several processes may: none takes what another has claimed."""

    def __init__(self, database: Database, dispatch: Dispatch, clock: Clock, platforms: Mapping[str, Platform]) -> None:
        self._database, self._dispatch, self._clock, self._platforms = database, dispatch, clock, platforms

    def send_due(self) -> None:
        """One round. It ends early where the line is down: the rest would only wait for the same time-out."""
        backlog = queue.backlog(self._database, self._clock.now(), tuple(self._platforms))
        WAITING.set(backlog.waiting)
        FAILED.set(backlog.failed)
        for _ in range(_MOST if backlog.due else 0):
            if not self._carry_next():
                return

    def _carry_next(self) -> bool:
        """Carry one; whether there may be another that would get through."""
        actor = msgspec.structs.replace(system_actor(self._database), permissions=frozenset({Permission.SERVICE}))
        body = self._dispatch.perform(ClaimEInvoice(platforms=tuple(self._platforms)), actor).body
        claimed = decode(Claim, body).einvoice
        if claimed is None:
            return False
        outcome = self._ask(claimed)
        self._dispatch.perform(_record(claimed, outcome), actor)
        return isinstance(outcome, Success) or outcome == BEING_ISSUED or (isinstance(outcome, Rejected) and outcome.code != NOT_SENT)

    def _ask(self, claimed: ClaimedEInvoice) -> Outcome[Issued]:
        platform, document = self._platforms[claimed.platform], claimed.document
        if claimed.perhaps_sent:
            outcome = platform.query(document)
            if not (isinstance(outcome, Rejected) and outcome.code == NOT_FOUND):
                return outcome
        return platform.issue(document) if document.original is None else platform.red_flush(document)


def _record(claimed: ClaimedEInvoice, outcome: Outcome[Issued]) -> RecordEInvoice:
    if isinstance(outcome, Success):
        issued = outcome.value
        return RecordEInvoice(einvoice_id=claimed.id, turn=claimed.turn, state="ISSUED", **msgspec.structs.asdict(issued))
    if isinstance(outcome, Unknown):
        return RecordEInvoice(einvoice_id=claimed.id, turn=claimed.turn, state="UNKNOWN", error=outcome.reason[:500])
    if outcome.code == NOT_SENT:
        return RecordEInvoice(einvoice_id=claimed.id, turn=claimed.turn, state="PENDING", error=outcome.message[:500])
    error = f"{outcome.code} {outcome.message}".strip()
    return RecordEInvoice(einvoice_id=claimed.id, turn=claimed.turn, state="FAILED", error=error[:500])
