"""Visits, records and prescriptions."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from server.tables.base import PRICE, QUANTITY, document, fen, identity, metadata, moment, refers, words

visit = Table(
    "visit",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("patient_id", "patient", index=True),
    refers("session_id", "clinic_session"),
    refers("department_id", "department"),
    refers("doctor_id", "staff"),
    Column("date", Date, nullable=False),
    words("queue_number"),
    Column("queue_order", Integer, nullable=False),
    words("state"),
    moment("registered_at"),
    refers("registered_by", "staff"),
    moment("waiting_since", null=True),
    moment("called_at", null=True),
    moment("started_at", null=True),
    moment("finished_at", null=True),
    words("cancel_reason", default=""),
    document("slip"),
    Index("ix_visit_queue", "doctor_id", "date", "state", "queue_order"),
    Index("uq_visit_patient_session", "patient_id", "session_id", unique=True, postgresql_where=text("state <> 'CANCELLED'")),
    Index("uq_visit_queue_number", "session_id", "queue_order", unique=True, postgresql_where=text("state <> 'CANCELLED'")),
)

#: The record as it stands. Its earlier versions are in ``record_version``.
record = Table(
    "record",
    metadata,
    Column("visit_id", ForeignKey("visit.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    document("text"),
    document("diagnoses"),
    moment("saved_at"),
    refers("saved_by", "staff"),
    moment("signed_at", null=True),
    refers("signed_by", "staff", null=True),
)

record_version = Table(
    "record_version",
    metadata,
    refers("visit_id", "visit"),
    Column("version", Integer, nullable=False),
    document("text"),
    document("diagnoses"),
    moment("saved_at"),
    refers("saved_by", "staff"),
    moment("signed_at", null=True),
    refers("signed_by", "staff", null=True),
    PrimaryKeyConstraint("visit_id", "version"),
)

prescription = Table(
    "prescription",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("visit_id", "visit", index=True),
    refers("patient_id", "patient"),
    refers("doctor_id", "staff"),
    refers("department_id", "department"),
    words("kind"),
    words("state"),
    moment("signed_at"),
    moment("valid_until"),
    fen("amount_fen"),
    # Clinic, names, age, diagnoses and allergies as they were at signing: what the paper shows for ever.
    document("issued"),
    refers("replaces", "prescription", null=True),
    refers("reviewer_id", "staff", null=True),
    moment("reviewed_at", null=True),
    document("rejection", null=True),
    moment("paid_at", null=True),
    refers("picker_id", "staff", null=True),
    moment("picked_at", null=True),
    refers("dispenser_id", "staff", null=True),
    moment("dispensed_at", null=True),
    words("void_reason", default=""),
    # When its stock is held: the clinic's rule at signing.
    words("reserve_at", default="SIGNING"),
    CheckConstraint("reserve_at IN ('SIGNING', 'PAYMENT')", name="reserve_at"),
    CheckConstraint("state IN ('DRAFT', 'SUBMITTED', 'REJECTED', 'VOIDED', 'EXPIRED') OR reviewer_id IS NOT NULL", name="reviewed"),
    Index("ix_prescription_worklist", "state", "signed_at", postgresql_where=text("state IN ('SUBMITTED', 'APPROVED', 'PAID', 'PICKED')")),
    Index("ix_prescription_owing", "id", postgresql_where=text("state = 'PART_DISPENSED'")),
)

prescription_line = Table(
    "prescription_line",
    metadata,
    identity(),
    refers("prescription_id", "prescription", index=True),
    Column("line_no", Integer, nullable=False),
    refers("drug_id", "drug"),
    words("name"),
    words("specification"),
    words("form"),
    Column("dose", QUANTITY, nullable=False),
    words("dose_unit"),
    words("frequency"),
    words("frequency_text"),
    words("route"),
    words("route_text"),
    Column("days", Integer, nullable=False),
    Column("quantity", QUANTITY, nullable=False),
    words("unit"),
    words("quantity_text"),
    Column("packs", Integer, nullable=False),
    Column("group_no", Integer, nullable=False),
    words("advice", default=""),
    words("skin_test"),
    words("category"),
    Column("unit_price", PRICE, nullable=False),
    fen("amount_fen"),
    Column("dispensed", QUANTITY, nullable=False, server_default=text("0")),
    words("reason", default=""),
    words("no_code_reason", default=""),
    Column("returned", QUANTITY, nullable=False, server_default=text("0")),
    # Of what was owed; nobody waits for it any more.
    Column("given_up", QUANTITY, nullable=False, server_default=text("0")),
    CheckConstraint("quantity > 0 AND dispensed BETWEEN 0 AND quantity", name="dispensed_within"),
    words("handling", null=True),
    CheckConstraint("returned BETWEEN 0 AND dispensed", name="returned_within"),
    CheckConstraint("handling IN ('first', 'later', 'wrapped', 'apart', 'melted', 'stirred')", name="handling"),
    CheckConstraint("given_up >= 0 AND dispensed + given_up <= quantity", name="given_up_within"),
)

#: Codes of packs that went out. A whole pack's code goes out once, unless it came back and is not ``quarantined``. ``returned_at`` without a
#: ``return_line_id``: the hand-over was undone.
dispensed_code = Table(
    "dispensed_code",
    metadata,
    identity(),
    Column("code", Text, nullable=False),
    refers("drug_id", "drug"),
    refers("prescription_line_id", "prescription_line", index=True),
    Column("split_pack", Boolean, nullable=False),
    moment("at"),
    moment("returned_at", null=True),
    refers("return_line_id", "drug_return_line", null=True),
    Column("quarantined", Boolean, nullable=False, server_default=text("false")),
    refers("hand_over_id", "hand_over", null=True, index=True),
    CheckConstraint(
        "(return_line_id IS NULL OR returned_at IS NOT NULL) AND (NOT quarantined OR return_line_id IS NOT NULL)", name="returned"
    ),
    Index(
        "uq_dispensed_code_sold_once", "code", unique=True, postgresql_where=text("NOT split_pack AND (returned_at IS NULL OR quarantined)")
    ),
    Index("ix_dispensed_code_return_line_id", "return_line_id", postgresql_where=text("return_line_id IS NOT NULL")),
    Index("ix_dispensed_code_code", "code"),
)
