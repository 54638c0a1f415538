"""What the cashier does: find who pays, take the money, settle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.domain.barcodes import OwnKind, make_code
from installer.demo.station import Stuck

if TYPE_CHECKING:
    from common.messages.cashier import Settled
    from installer.demo.station import Station


def find_payer(station: Station, visit_number: str, patient_number: str) -> None:
    """The barcode on the registration slip brings the patient's unpaid lines."""
    station.front()
    desk = station.desk
    station.scan(make_code(OwnKind.VISIT, int(visit_number)))
    station.until(lambda: desk.model.patient is not None and desk.model.patient.number == patient_number, "the payer found")
    station.until(lambda: desk.model.unpaid is not None and desk.model.lines, "the lines read")


def settle(station: Station, given_yuan: str = "") -> Settled:
    """F12; with ``given_yuan`` typed before it, change is given."""
    desk = station.desk
    before = desk.model.last
    if given_yuan:
        station.type(given_yuan)
    station.until(lambda: not desk.model.why_not(), "ready to settle")
    station.press("F12")
    station.until(lambda: desk.model.last is not before or desk.model.trouble, "settled")
    if desk.model.last is before:
        raise Stuck(f"{station.desk_id}: {desk.model.trouble_words()}")
    settled: Settled = desk.model.last.settled
    return settled
