"""What the pharmacist does: review, then scan each pack and hand over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from installer.demo.station import Station


def review(station: Station, prescription_id: int) -> None:
    """F12 approves; the worklist brings the next one by itself."""
    station.front()
    desk = station.desk
    station.until(lambda: any(entry.prescription_id == prescription_id for entry in desk.model.to_review), "in the worklist")
    station.rest(0.3)  # a desk with nothing else to do opens it by itself
    if _open_for_review(desk) != prescription_id:
        station.press("Alt+1")
    station.until(lambda: _open_for_review(desk) == prescription_id or _focus_first(station, desk, prescription_id), "open for review")
    station.press("F12")
    station.until(lambda: all(entry.prescription_id != prescription_id for entry in desk.model.to_review), "approved")


def _open_for_review(desk: Any) -> int | None:
    review = desk.model.review
    return review.facts.id if review is not None else None


def _focus_first(station: Station, desk: Any, prescription_id: int) -> bool:
    """Open the entry, if the desk has not done so by itself."""
    if any(entry.prescription_id == prescription_id for entry in desk.model.to_review) and desk.model.review is None:
        station.press("Return")
    return False


def open_paid(station: Station, prescription_id: int) -> None:
    """Take the paid prescription up; its batches are laid aside."""
    station.front()
    desk = station.desk
    station.until(lambda: any(entry.prescription_id == prescription_id for entry in desk.model.to_dispense), "paid and listed")
    if _open_to_pick(desk) != prescription_id:
        station.press("Alt+2")
        station.rest(0.2)
    if _open_to_pick(desk) != prescription_id:
        station.press("Return")
    station.until(lambda: _open_to_pick(desk) == prescription_id, "open to dispense")


def _open_to_pick(desk: Any) -> int | None:
    picking = desk.model.picking
    return picking.facts.id if picking is not None else None


def scan_packs(station: Station, packs: list[str]) -> None:
    """Each pack once."""
    picking = station.desk.model.picking
    for count, code in enumerate(packs, 1):
        station.scan(code)
        station.until(lambda count=count: picking.totals()[0] >= count, f"pack {count} accepted")  # type: ignore[misc]


def hand_over(station: Station, prescription_id: int) -> None:
    """F12: labels come out, and the drugs are the patient's."""
    desk = station.desk
    station.until(lambda: not desk.model.picking.hindrance(), "complete")
    station.press("F12")
    station.until(lambda: any(handed.prescription_id == prescription_id for handed in desk.model.handed.entries), "handed over")
