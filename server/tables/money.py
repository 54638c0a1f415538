"""Charges, bills, payments, invoices, shifts, and the ledger under them. All amounts in fen."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, Uuid, text

from server.tables.base import PRICE, QUANTITY, document, fen, identity, metadata, moment, refers, words, xid

charge_line = Table(
    "charge_line",
    metadata,
    identity(),
    refers("patient_id", "patient"),
    refers("visit_id", "visit"),
    words("source"),
    refers("prescription_id", "prescription", null=True, index=True),
    refers("prescription_line_id", "prescription_line", null=True),
    words("source_number", default=""),
    words("category"),
    words("name"),
    words("specification", default=""),
    Column("quantity", QUANTITY, nullable=False),
    words("unit"),
    Column("unit_price", PRICE, nullable=False),
    fen("amount_fen"),
    fen("refunded_fen"),
    refers("department_id", "department"),
    refers("doctor_id", "staff"),
    words("state"),
    moment("created_at"),
    refers("bill_id", "bill", null=True, index=True),
    moment("settled_at", null=True),
    CheckConstraint("amount_fen >= 0 AND refunded_fen BETWEEN 0 AND amount_fen", name="refund_within"),
    CheckConstraint("(state IN ('PENDING', 'VOIDED')) = (bill_id IS NULL)", name="billed"),
    Index("ix_charge_line_pending", "patient_id", postgresql_where=text("state = 'PENDING'")),
    Index("ix_charge_line_visit", "visit_id"),
)

shift = Table(
    "shift",
    metadata,
    identity(),
    refers("cashier_id", "staff"),
    moment("opened_at"),
    fen("float_fen"),
    words("state"),
    moment("closed_at", null=True),
    Index("uq_shift_open", "cashier_id", unique=True, postgresql_where=text("state = 'OPENED'")),
)

bill = Table(
    "bill",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    words("kind"),
    refers("patient_id", "patient", index=True),
    refers("visit_id", "visit", null=True),
    fen("total_fen"),
    refers("cashier_id", "staff"),
    refers("shift_id", "shift", index=True),
    Column("business_date", Date, nullable=False),
    moment("at"),
    Column("reverses", BigInteger, ForeignKey("bill.id"), nullable=True),
    document("receipt"),
    CheckConstraint("kind IN ('SALE', 'REFUND') AND (kind = 'REFUND') = (reverses IS NOT NULL)", name="kind"),
    CheckConstraint("(kind = 'SALE' AND total_fen >= 0) OR (kind = 'REFUND' AND total_fen <= 0)", name="sign"),
    Index("ix_bill_business_date", "business_date"),
)

payment = Table(
    "payment",
    metadata,
    identity(),
    refers("bill_id", "bill", index=True),
    words("tender"),
    fen("amount_fen"),
    fen("given_fen"),
    fen("change_fen"),
    words("reference", default=""),
    words("state"),
    Column("reverses", BigInteger, ForeignKey("payment.id"), nullable=True),
    moment("at"),
    CheckConstraint("amount_fen <> 0 AND given_fen >= 0 AND change_fen >= 0", name="sane"),
    CheckConstraint("given_fen = 0 OR given_fen - change_fen = amount_fen", name="change"),
)

invoice = Table(
    "invoice",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("bill_id", "bill", index=True),
    words("state"),
    fen("amount_fen"),
    moment("issued_at"),
    refers("issued_by", "staff"),
    Column("prints", Integer, nullable=False, server_default=text("1")),
    Column("reverses", BigInteger, ForeignKey("invoice.id"), nullable=True),
)

ledger_account = Table("ledger_account", metadata, Column("code", Text, primary_key=True), words("kind"))

ledger_operation = Table(
    "ledger_operation",
    metadata,
    identity(),
    xid(),
    words("kind"),
    moment("at"),
    Column("business_date", Date, nullable=False),
    refers("staff_id", "staff"),
    refers("bill_id", "bill", null=True, index=True),
    refers("shift_id", "shift", null=True),
    Column("request_id", Uuid, nullable=True),
    Column("reverses", BigInteger, ForeignKey("ledger_operation.id"), nullable=True, unique=True),
    Index("ix_ledger_operation_business_date", "business_date"),
)

ledger_posting = Table(
    "ledger_posting",
    metadata,
    identity(),
    refers("operation_id", "ledger_operation", index=True),
    Column("account", Text, ForeignKey("ledger_account.code"), nullable=False),
    fen("amount_fen"),
    refers("charge_line_id", "charge_line", null=True),
    refers("payment_id", "payment", null=True),
    CheckConstraint("amount_fen <> 0", name="moves_something"),
)
