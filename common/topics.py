"""What a change can be about. A desk refreshes what shows one of these when the change feed names it."""

from typing import Final

PATIENT: Final = "patient"
VISIT: Final = "visit"
QUEUE: Final = "queue"
CLINIC_SESSION: Final = "clinic_session"
PRESCRIPTION: Final = "prescription"
CHARGE: Final = "charge"
BILL: Final = "bill"
STOCK: Final = "stock"
CATALOGUE: Final = "catalogue"
STAFF: Final = "staff"
SHIFT: Final = "shift"
SETTLEMENT: Final = "settlement"
INVOICE: Final = "invoice"
INSURANCE: Final = "insurance"
DEPOSIT: Final = "deposit"
CREDIT: Final = "credit"
EXPENSE: Final = "expense"
PURCHASE: Final = "purchase"
DIFFERENCE: Final = "difference"
WINDOW: Final = "window"

TOPICS: Final = (
    PATIENT,
    VISIT,
    QUEUE,
    CLINIC_SESSION,
    PRESCRIPTION,
    CHARGE,
    BILL,
    STOCK,
    CATALOGUE,
    STAFF,
    SHIFT,
    SETTLEMENT,
    INVOICE,
    INSURANCE,
    DEPOSIT,
    CREDIT,
    EXPENSE,
    PURCHASE,
    DIFFERENCE,
    WINDOW,
)
