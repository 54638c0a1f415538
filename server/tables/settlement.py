"""Settlements that wait for somebody outside, what was asked of whom, approvals, deposits and credit. All amounts in fen.

A settlement whose money all lies on the counter is booked in one transaction and leaves no row here. One that needs the insurance or a
payment channel has a row in ``settlement`` from its first step to its last, and every call that leaves the house is written down, and
committed, before it is sent (DOMAIN.md §1.6).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, LargeBinary, Table, Text, text

from server.tables.base import document, fen, identity, metadata, moment, refers, words

#: The clinic's rules about money; one row.
money_rules = Table(
    "money_rules",
    metadata,
    identity(),
    words("cash_rounding", default="none"),
    Column("refund_alone_fen", BigInteger, nullable=False, server_default=text("20000")),
    document("waiver_limits"),
    Column("green_days", Integer, nullable=False, server_default=text("30")),
    Column("insure_days", Integer, nullable=False, server_default=text("30")),
    Column("invoice_segments", Boolean, nullable=False, server_default=text("false")),
    Column("close_needs_acceptance", Boolean, nullable=False, server_default=text("false")),
    words("einvoice_kind", default="none"),
    CheckConstraint("id = 1", name="only_one"),
    CheckConstraint("cash_rounding IN ('none', 'down', 'half_up', 'up')", name="rounding"),
    CheckConstraint("insure_days >= 0", name="insure_days"),
    CheckConstraint("einvoice_kind IN ('none', 'medical', 'tax')", name="einvoice"),
)

settlement = Table(
    "settlement",
    metadata,
    identity(),
    words("kind"),
    words("state"),
    refers("patient_id", "patient", null=True, index=True),
    refers("visit_id", "visit", null=True),
    document("plan"),
    fen("expected_fen"),
    refers("cashier_id", "staff"),
    Column("session_id", BigInteger, nullable=True),
    Column("desk_id", BigInteger, nullable=True),
    refers("refunds", "bill", null=True, index=True),
    refers("bill_id", "bill", null=True),
    refers("rest_bill_id", "bill", null=True),
    refers("approval_id", "approval", null=True),
    refers("credit_account_id", "credit_account", null=True),
    document("failure", null=True),
    Column("cancel_wanted", Boolean, nullable=False, server_default=text("false")),
    words("leased_by", default=""),
    moment("next_try_at", null=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("opened_at"),
    moment("ended_at", null=True),
    CheckConstraint("kind IN ('SALE', 'REFUND', 'CONVERT', 'DEPOSIT', 'DEPOSIT_BACK', 'COLLECT')", name="kind"),
    CheckConstraint("(kind IN ('REFUND', 'CONVERT')) = (refunds IS NOT NULL)", name="refunds"),
    CheckConstraint("(kind = 'COLLECT') = (credit_account_id IS NOT NULL) AND (kind = 'COLLECT' OR patient_id IS NOT NULL)", name="holder"),
    CheckConstraint("(ended_at IS NULL) = (state IN ('OPEN', 'QUOTED', 'UNKNOWN'))", name="ended"),
    Index("ix_settlement_live", "state", "next_try_at", postgresql_where=text("state IN ('OPEN', 'QUOTED', 'UNKNOWN')")),
    Index("uq_settlement_refund_live", "refunds", unique=True, postgresql_where=text("state IN ('OPEN', 'QUOTED', 'UNKNOWN')")),
    Index(
        "uq_settlement_pay_out_live",
        "patient_id",
        unique=True,
        postgresql_where=text("kind = 'DEPOSIT_BACK' AND state IN ('OPEN', 'QUOTED', 'UNKNOWN')"),
    ),
    Index(
        "uq_settlement_collect_live",
        "credit_account_id",
        unique=True,
        postgresql_where=text("state IN ('OPEN', 'QUOTED', 'UNKNOWN')"),
    ),
)

#: One call to a payment channel. ``number`` is ours, unique, and is what the channel knows it by.
channel_call = Table(
    "channel_call",
    metadata,
    identity(),
    refers("settlement_id", "settlement", index=True),
    refers("payment_id", "payment", index=True),
    words("channel"),
    words("act"),
    Column("number", Text, nullable=False, unique=True),
    fen("amount_fen"),
    words("state"),
    words("channel_number", default=""),
    words("code", default=""),
    words("message", default=""),
    moment("sent_at"),
    moment("answered_at", null=True),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("act IN ('PAY', 'REFUND') AND amount_fen > 0", name="sane"),
    Index("ix_channel_call_sent", "channel", "sent_at"),
)

#: A difference between a channel's statement and our payments, or the bureau's and our settlements, until somebody has cleared it.
money_difference = Table(
    "money_difference",
    metadata,
    identity(),
    words("party"),
    Column("day", Date, nullable=False),
    words("number"),
    words("finding"),
    fen("ours_fen", null=True),
    fen("theirs_fen", null=True),
    Column("payment_id", BigInteger, ForeignKey("payment.id"), nullable=True),
    refers("insurance_settlement_id", "insurance_settlement", null=True),
    refers("settlement_id", "settlement", null=True),
    words("act", default=""),
    words("order_number", default=""),
    document("detail", null=True),
    moment("found_at"),
    words("way", default=""),
    Column("refund_number", Text, nullable=True, unique=True),
    words("trouble", default=""),
    moment("next_try_at", null=True),
    words("resolution", default=""),
    moment("resolved_at", null=True),
    refers("resolved_by", "staff", null=True),
    CheckConstraint("finding IN ('THEIRS_ONLY', 'OURS_ONLY', 'AMOUNT')", name="finding"),
    CheckConstraint("way IN ('', 'SETTLED', 'REFUND', 'TAKEN_BACK', 'FOUND_LATER', 'AGAIN', 'ACCEPTED')", name="way"),
    CheckConstraint("resolved_at IS NULL OR way <> ''", name="resolved"),
    Index("uq_money_difference", "party", "number", "finding", unique=True),
    Index("ix_money_difference_open", "party", "id", postgresql_where=text("resolved_at IS NULL")),
)

#: A day of a channel's books: when it was wanted, and fetched. ``trouble`` says why it could not be fetched the last time.
channel_statement = Table(
    "channel_statement",
    metadata,
    identity(),
    words("channel"),
    Column("day", Date, nullable=False),
    moment("wanted_at"),
    refers("wanted_by", "staff"),
    moment("fetched_at", null=True),
    moment("next_try_at", null=True),
    words("trouble", default=""),
    Index("uq_channel_statement", "channel", "day", unique=True),
)

#: The movements of those days, as the channel has them.
channel_movement = Table(
    "channel_movement",
    metadata,
    identity(),
    words("channel"),
    words("act"),
    words("number"),
    words("order_number"),
    fen("amount_fen"),
    moment("at"),
    words("channel_number"),
    Column("day", Date, nullable=False),
    CheckConstraint("act IN ('PAY', 'REFUND', 'REVERSE') AND amount_fen > 0", name="sane"),
    Index("uq_channel_movement", "channel", "act", "number", unique=True),
    Index("ix_channel_movement_day", "channel", "day"),
)

#: A second person's yes at the same desk, for one act on one object, used once.
approval = Table(
    "approval",
    metadata,
    identity(),
    words("act"),
    Column("subject_id", BigInteger, nullable=False),
    fen("amount_fen"),
    words("detail", default=""),
    refers("asked_by", "staff"),
    refers("approved_by", "staff"),
    words("means"),
    Column("session_id", BigInteger, nullable=True),
    moment("at"),
    moment("expires_at"),
    moment("used_at", null=True),
    CheckConstraint("asked_by <> approved_by", name="two_people"),
    CheckConstraint("means IN ('password', 'badge')", name="means"),
)

#: A card that a person shows instead of typing a password. The code itself is not kept.
badge = Table(
    "badge",
    metadata,
    identity(),
    refers("staff_id", "staff", index=True),
    Column("code_hash", LargeBinary, nullable=False),
    moment("given_at"),
    refers("given_by", "staff"),
    moment("revoked_at", null=True),
    Index("uq_badge_code", "code_hash", unique=True, postgresql_where=text("revoked_at IS NULL")),
)

deposit = Table(
    "deposit",
    metadata,
    Column("patient_id", BigInteger, ForeignKey("patient.id"), primary_key=True, autoincrement=False),
    fen("balance_fen"),
    CheckConstraint("balance_fen >= 0", name="never_below_zero"),
)

deposit_entry = Table(
    "deposit_entry",
    metadata,
    identity(),
    refers("patient_id", "patient", index=True),
    words("kind"),
    fen("amount_fen"),
    fen("balance_fen"),
    Column("number", Text, nullable=True, unique=True),
    refers("bill_id", "bill", null=True),
    refers("shift_id", "shift", null=True),
    refers("staff_id", "staff"),
    Column("business_date", Date, nullable=False),
    moment("at"),
    document("receipt", null=True),
    CheckConstraint("amount_fen <> 0 AND balance_fen >= 0", name="sane"),
    CheckConstraint("kind IN ('TOP_UP', 'SPEND', 'SPEND_BACK', 'PAY_OUT')", name="kind"),
)

#: Who may owe: a company for its people, or a patient on the green channel (treat first, pay later). Its balance falls below zero when a
#: bill is taken back that was paid for already.
credit_account = Table(
    "credit_account",
    metadata,
    identity(),
    words("kind"),
    words("name"),
    refers("patient_id", "patient", null=True, index=True),
    fen("limit_fen"),
    fen("balance_fen"),
    Column("due_on", Date, nullable=True),
    words("contact", default=""),
    words("note", default=""),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    moment("opened_at"),
    refers("opened_by", "staff"),
    CheckConstraint("kind IN ('COMPANY', 'GREEN') AND (kind = 'GREEN') = (patient_id IS NOT NULL)", name="kind"),
    CheckConstraint("limit_fen >= 0", name="limit"),
    Index("uq_credit_account_name", "name", unique=True, postgresql_where=text("kind = 'COMPANY'")),
    Index("uq_credit_account_green", "patient_id", unique=True, postgresql_where=text("kind = 'GREEN' AND active")),
)

#: Whose bills a company pays.
credit_member = Table(
    "credit_member",
    metadata,
    identity(),
    refers("account_id", "credit_account"),
    refers("patient_id", "patient", index=True),
    moment("since"),
    moment("until", null=True),
    Index("uq_credit_member", "account_id", "patient_id", unique=True, postgresql_where=text("until IS NULL")),
)

credit_entry = Table(
    "credit_entry",
    metadata,
    identity(),
    refers("account_id", "credit_account", index=True),
    words("kind"),
    fen("amount_fen"),
    fen("balance_fen"),
    refers("patient_id", "patient", null=True),
    refers("bill_id", "bill", null=True),
    Column("number", Text, nullable=True, unique=True),
    refers("shift_id", "shift", null=True),
    refers("staff_id", "staff"),
    Column("business_date", Date, nullable=False),
    moment("at"),
    document("receipt", null=True),
    CheckConstraint("amount_fen <> 0", name="sane"),
    CheckConstraint("kind IN ('CHARGE', 'CHARGE_BACK', 'COLLECT', 'PAY_BACK')", name="kind"),
)
