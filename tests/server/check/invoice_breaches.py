"""What ``xinglin check`` has to find about segments, papers and electronic invoices; and the clinic that it is planted in."""

from __future__ import annotations

from typing import Final

import msgspec

from common.messages.einvoice import Claim, ClaimEInvoice, RecordEInvoice
from common.messages.invoices import GiveSegment, ListInvoices, ReprintInvoice, ReturnSegment, VoidInvoice, VoidNumber
from common.messages.registration import CancelVisit
from common.permissions import Permission
from common.wire import decode
from server.people import system_actor
from tests import visits
from tests.harness import Clinic
from tests.server.check.planted import plant

_SEGMENT: Final = "(SELECT min(id) FROM invoice_segment WHERE state = 'ACTIVE' AND next > first + 1)"
_IN_SEGMENT: Final = "(SELECT max(id) FROM invoice WHERE segment_id IS NOT NULL AND state = 'USED' AND amount_fen > 0)"
_ISSUED: Final = "(SELECT max(e.id) FROM einvoice e WHERE kind = 'BLUE' AND state = 'ISSUED')"
_RED: Final = "(SELECT max(id) FROM einvoice WHERE kind = 'RED')"

INVOICES: Final = (
    plant(
        "segment_number",
        f"UPDATE invoice SET segment_id = (SELECT id FROM invoice_segment WHERE state = 'RETURNED') WHERE id = {_IN_SEGMENT}",
        "segment_holder",
    ),
    plant(
        "segment_gaps",
        f"UPDATE invoice_segment SET next = next + 1 WHERE id = {_SEGMENT}",
    ),
    plant(
        "segment_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT 'invoice_segment', g.id::text, g.first, 'torn', now()"
        f" FROM invoice_segment g WHERE g.id = {_SEGMENT}",
        "segment_spoiled",
    ),
    plant("segment_spoiled", f"UPDATE invoice_segment SET spoiled = spoiled || last WHERE id = {_SEGMENT}"),
    plant("segment_holder", f"UPDATE invoice SET issued_by = (SELECT max(id) FROM staff) WHERE id = {_IN_SEGMENT}"),
    plant(
        "segment_hands",
        "ALTER TABLE invoice_segment DROP CONSTRAINT ex_invoice_segment_numbers;"
        "INSERT INTO invoice_segment (cashier_id, prefix, width, first, last, next, state, given_at, given_by)"
        f" SELECT cashier_id, prefix, width, last, last + 5, last, 'WAITING', given_at, given_by FROM invoice_segment WHERE id = {_SEGMENT}",
    ),
    plant("segment_state", f"UPDATE invoice_segment SET state = 'USED_UP' WHERE id = {_SEGMENT}"),
    plant("invoice_prints", f"UPDATE invoice SET prints = 3 WHERE id = {_IN_SEGMENT}"),
    plant("invoice_voided", "UPDATE invoice SET void_reason = '' WHERE state = 'VOIDED'"),
    plant("einvoice_invoice", f"UPDATE einvoice SET platform = 'tax' WHERE id = {_RED}"),
    plant("einvoice_serial", f"UPDATE einvoice SET serial = 'x' WHERE id = {_ISSUED}"),
    plant("einvoice_reversed", f"DELETE FROM einvoice WHERE id = {_RED}"),
    plant(
        "einvoice_order",
        f"UPDATE einvoice SET state = 'FAILED', issued_at = NULL, number = '' WHERE id = (SELECT reverses FROM einvoice WHERE id = {_RED})",
    ),
    plant("einvoice_numbered", f"UPDATE einvoice SET number = '' WHERE id = {_ISSUED}"),
)
INVOICE_STATES: Final = (plant("einvoice_state", "UPDATE einvoice SET state = 'LOST' WHERE state = 'PENDING' AND tries = 0"),)


def live_with_invoices(clinic: Clinic) -> None:
    """Segments and e-invoices for a while: a spoiled paper of each kind, a segment handed back, a copy, a refund, one issued and one waiting."""
    clinic.database.run("UPDATE money_rules SET invoice_segments = true, einvoice_kind = 'medical'")
    manager, cashier = clinic.desk("yuanzhang"), clinic.desk(visits.CASHIER)
    for login, first, last in ((visits.CLERK, "0001", "0020"), (visits.CASHIER, "0101", "0120")):
        holder = clinic.database.value("SELECT id FROM staff WHERE login = %s", login)
        given = manager.call(GiveSegment(cashier_id=holder, prefix="A", first=first, last=last))
    cashier.call(VoidNumber(number="A0101", reason="卡纸"))
    taken = [visits.register(clinic, visits.new_patient(clinic, name).id) for name in ("郑一", "郑二", "郑三", "郑四")]
    today = clinic.service.clock.today(clinic.service.clock.now())
    listed = {found.patient_name: found for found in cashier.call(ListInvoices(first_day=today, last_day=today)).invoices}
    cashier.call(ReprintInvoice(bill_id=listed["郑一"].bill_id))
    cashier.call(VoidInvoice(invoice_id=listed["郑二"].id, reason="打印偏移"))
    for _ in range(3):
        _issue_next(clinic)
    clinic.desk(visits.CLERK).call(CancelVisit(visit_id=taken[2].visit_id, reason="不看了"))
    _issue_next(clinic)  # the fourth blue one
    _issue_next(clinic)  # the red one
    visits.register(clinic, visits.new_patient(clinic, "郑五").id)
    manager.call(ReturnSegment(segment_id=given.id, reason="月底收回"))
    clinic.database.run("UPDATE money_rules SET invoice_segments = false, einvoice_kind = 'none'")


def _issue_next(clinic: Clinic) -> None:
    """As the courier and a platform do together."""
    dispatch = clinic.service.dispatch
    actor = msgspec.structs.replace(system_actor(clinic.service.database), permissions=frozenset({Permission.SERVICE}))
    claimed = decode(Claim, dispatch.perform(ClaimEInvoice(platforms=("medical",)), actor).body).einvoice
    assert claimed is not None
    done = RecordEInvoice(
        einvoice_id=claimed.id,
        turn=claimed.turn,
        state="ISSUED",
        code="31060126",
        number=f"{claimed.id:010d}",
        issued_at=claimed.document.at,
    )
    dispatch.perform(done, actor)
