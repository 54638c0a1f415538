"""Drugs that come back from patients 退药: one document a return, one line for each batch, condition and prescription line."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Table, Text, UniqueConstraint

from server.tables.base import QUANTITY, identity, metadata, moment, refers, words

drug_return = Table(
    "drug_return",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("prescription_id", "prescription", index=True),
    words("reason"),
    words("note", default=""),
    Column("business_date", Date, nullable=False, index=True),
    moment("at"),
    refers("staff_id", "staff"),
    refers("agreed_by", "staff", null=True),
    CheckConstraint("staff_id <> agreed_by", name="two_persons"),
)

#: ``move_id`` is the stock move that put it back; the move says which batch, where to, and which hand-over it reverses.
drug_return_line = Table(
    "drug_return_line",
    metadata,
    identity(),
    refers("drug_return_id", "drug_return", index=True),
    refers("prescription_line_id", "prescription_line", index=True),
    refers("move_id", "stock_move"),
    Column("quantity", QUANTITY, nullable=False),
    words("condition"),
    UniqueConstraint("move_id"),
    CheckConstraint("quantity > 0", name="something"),
    CheckConstraint("condition IN ('saleable', 'quarantined')", name="condition"),
)
