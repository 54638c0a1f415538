"""Reports 报表: sums over the ledger's postings, one function a report, each set against the other side of the same bookings."""

from server.reports.drill import drill_down
from server.reports.requests import get_report

__all__ = ["drill_down", "get_report"]
