"""Invoices' number segments, prints and the e-invoice queue; daily close and roll-up; expenses. All amounts in fen."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY, ExcludeConstraint

from server.tables.base import document, fen, identity, metadata, moment, refers, words

#: A run of preprinted invoice numbers that somebody who takes money was handed. A number is ``prefix`` (letters alone) and ``width`` digits.
#: All below ``next`` are used or spoiled; ``spoiled`` holds the unused ones that nobody may print on any more. What was handed back begins
#: with ``returned_from``.
invoice_segment = Table(
    "invoice_segment",
    metadata,
    identity(),
    refers("cashier_id", "staff", index=True),
    words("prefix", default=""),
    Column("width", Integer, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("next", BigInteger, nullable=False),
    Column("spoiled", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),
    words("state"),
    moment("given_at"),
    refers("given_by", "staff"),
    Column("returned_from", BigInteger, nullable=True),
    moment("returned_at", null=True),
    words("note", default=""),
    CheckConstraint("first >= 0 AND first <= last AND next BETWEEN first AND last + 1 AND width BETWEEN 1 AND 18", name="sane"),
    CheckConstraint("prefix !~ '[0-9]$'", name="prefix"),
    CheckConstraint("(state = 'RETURNED') = (returned_from IS NOT NULL) AND returned_from BETWEEN next AND last", name="returned"),
    CheckConstraint("state IN ('ACTIVE', 'WAITING', 'USED_UP', 'RETURNED')", name="state"),
    Index("uq_invoice_segment_active", "cashier_id", unique=True, postgresql_where=text("state = 'ACTIVE'")),
    # No number is in two hands. What was handed back unused may be given to somebody else.
    ExcludeConstraint(
        (text("prefix"), "="),
        (text("width"), "="),
        (text("int8range(first, coalesce(returned_from, last + 1))"), "&&"),
        name="ex_invoice_segment_numbers",
        using="gist",
    ),
)

#: Every paper that was made of an invoice besides its original, which is copy 1: copy 2 is 补打 1, and so on.
invoice_print = Table(
    "invoice_print",
    metadata,
    identity(),
    refers("invoice_id", "invoice"),
    Column("copy", Integer, nullable=False),
    moment("at"),
    refers("staff_id", "staff"),
    Column("desk_id", BigInteger, nullable=True),
    words("reason", default=""),
    Index("uq_invoice_print", "invoice_id", "copy", unique=True),
)

#: What the e-invoice platform was or is to be asked, in order; retried until it answers.
einvoice = Table(
    "einvoice",
    metadata,
    identity(),
    refers("invoice_id", "invoice"),
    words("kind"),
    words("platform"),
    Column("serial", Text, nullable=False, unique=True),
    words("state"),
    refers("reverses", "einvoice", null=True),
    document("payload"),
    words("code", default=""),
    words("number", default=""),
    words("check_code", default=""),
    words("url", default=""),
    moment("issued_at", null=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("next_try_at"),
    words("error", default=""),
    moment("entered_at"),
    CheckConstraint("kind IN ('BLUE', 'RED') AND platform IN ('medical', 'tax')", name="kind"),
    CheckConstraint("(state = 'ISSUED') = (issued_at IS NOT NULL)", name="issued"),
    Index("uq_einvoice_invoice", "invoice_id", unique=True),
    Index("ix_einvoice_due", "next_try_at", postgresql_where=text("state IN ('PENDING', 'UNKNOWN')")),
)

#: One closed shift, with everything that its paper says.
day_close = Table(
    "day_close",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("shift_id", "shift", index=True),
    Column("business_date", Date, nullable=False),
    document("facts"),
    moment("closed_at"),
    refers("closed_by", "staff"),
    moment("reopened_at", null=True),
    refers("reopened_by", "staff", null=True),
    words("reopen_reason", default=""),
    Column("roll_up_id", BigInteger, ForeignKey("roll_up.id"), nullable=True),
    Index("uq_day_close_shift", "shift_id", unique=True, postgresql_where=text("reopened_at IS NULL")),
)

#: All closes of one business day, added up and signed for by the finance.
roll_up = Table(
    "roll_up",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    Column("business_date", Date, nullable=False),
    document("facts"),
    moment("at"),
    refers("staff_id", "staff"),
    Index("uq_roll_up_business_date", "business_date", unique=True),
)

expense = Table(
    "expense",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    words("category"),
    fen("amount_fen"),
    words("paid_from"),
    words("payee"),
    words("note", default=""),
    Column("business_date", Date, nullable=False),
    refers("department_id", "department", null=True),
    refers("entered_by", "staff"),
    refers("shift_id", "shift", null=True),
    moment("at"),
    Column("reverses", BigInteger, ForeignKey("expense.id"), nullable=True, unique=True),
    Column("operation_id", BigInteger, ForeignKey("ledger_operation.id"), nullable=False, unique=True),
    CheckConstraint("amount_fen <> 0 AND (amount_fen < 0) = (reverses IS NOT NULL)", name="sign"),
    CheckConstraint("paid_from IN ('cash', 'bank')", name="paid_from"),
    Index("ix_expense_business_date", "business_date"),
)
