"""One module a feature: its requests and their replies."""

from __future__ import annotations

import importlib
from functools import cache
from typing import Final

FEATURES: Final = (
    "accounts",
    "accounts_by_code",
    "admin",
    "alerts",
    "badges",
    "batch_ways",
    "cashier",
    "catalogue",
    "catalogue_attributes",
    "close_sheet",
    "closing",
    "consult",
    "controlled",
    "conversion",
    "dispensing",
    "einvoice",
    "finance",
    "herbal",
    "insurance",
    "insurance_mapping",
    "insurance_statement",
    "insurance_upload",
    "invoices",
    "patients",
    "pharmacy",
    "prices",
    "purchasing",
    "recalls",
    "receipts",
    "reconcile",
    "registration",
    "repricing",
    "returns",
    "reviewing",
    "session",
    "settlement",
    "stock",
    "stock_months",
    "stock_take",
    "store",
    "suppliers",
    "temperature",
    "store_papers",
    "windows",
)


@cache
def load() -> None:
    """Import every feature, so that all request classes exist."""
    for feature in FEATURES:
        importlib.import_module(f"common.messages.{feature}")
