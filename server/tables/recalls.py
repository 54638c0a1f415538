"""Lots that are kept out of use 隔离, recalls 召回, and who of their patients was called."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from server.tables.base import identity, metadata, moment, refers, words

recall = Table(
    "recall",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("drug_id", "drug"),
    Column("level", Integer, nullable=False),
    words("issuer"),
    words("document"),
    words("note", default=""),
    words("state"),
    refers("staff_id", "staff"),
    moment("at"),
    moment("closed_at", null=True),
    refers("closed_by", "staff", null=True),
    words("report", default=""),
    Column("withdrawn", Boolean, nullable=False, server_default=text("false")),
    CheckConstraint("level BETWEEN 1 AND 3", name="level"),
    CheckConstraint("issuer IN ('authority', 'manufacturer', 'supplier', 'clinic')", name="issuer"),
    CheckConstraint(
        "(state = 'CLOSED') = (closed_at IS NOT NULL) AND (state = 'CLOSED') = (closed_by IS NOT NULL)"
        " AND (state = 'CLOSED') = (report <> '') AND (state = 'CLOSED' OR NOT withdrawn)",
        name="closed",
    ),
)

#: One paper for a lot of a drug. Its moves carry its number; those of a recall have ``recall_id``.
quarantine = Table(
    "quarantine",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("drug_id", "drug"),
    words("lot"),
    words("reason"),
    words("note", default=""),
    refers("recall_id", "recall", null=True, index=True),
    words("state"),
    refers("staff_id", "staff"),
    moment("at"),
    moment("released_at", null=True),
    refers("released_by", "staff", null=True),
    refers("agreed_by", "staff", null=True),
    words("release_note", default=""),
    CheckConstraint("lot <> ''", name="lot"),
    CheckConstraint("reason IN ('appearance', 'temperature', 'complaint', 'reaction', 'notice', 'other')", name="reason"),
    CheckConstraint(
        "(state = 'RELEASED') = (released_at IS NOT NULL) AND (state = 'RELEASED') = (released_by IS NOT NULL)"
        " AND (state = 'RELEASED') = (agreed_by IS NOT NULL) AND (state = 'RELEASED') = (release_note <> '')",
        name="released",
    ),
    CheckConstraint("released_by <> agreed_by", name="two_persons"),
    Index("uq_quarantine_held", "drug_id", "lot", unique=True, postgresql_where=text("state = 'HELD'")),
)

#: What a patient who got a recalled lot said, each time anew.
recall_call = Table(
    "recall_call",
    metadata,
    identity(),
    refers("recall_id", "recall"),
    refers("patient_id", "patient"),
    words("outcome"),
    words("note", default=""),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("outcome IN ('informed', 'not_reached', 'brings_back', 'used_up')", name="outcome"),
    Index("ix_recall_call_recall_id_patient_id", "recall_id", "patient_id"),
)

#: Each time a recall's list was printed; ``copy`` 1 is the first.
recall_print = Table(
    "recall_print",
    metadata,
    refers("recall_id", "recall"),
    Column("copy", Integer, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    PrimaryKeyConstraint("recall_id", "copy"),
)
