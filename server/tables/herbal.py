"""Herbal prescriptions 中药饮片: how their doses are prepared, what was weighed, and what the clinic boils 代煎."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, text

from server.tables.base import QUANTITY, identity, metadata, moment, refers, words

herbal_order = Table(
    "herbal_order",
    metadata,
    Column("prescription_id", BigInteger, ForeignKey("prescription.id"), nullable=False),
    Column("doses", Integer, nullable=False),
    Column("portions", Integer, nullable=False),
    Column("decoct", Boolean, nullable=False),
    words("usage", default=""),
    PrimaryKeyConstraint("prescription_id"),
    CheckConstraint("doses > 0 AND portions > 0", name="some"),
)

#: One weighing of a slice: of all doses together, or of one ``dose`` by itself; ``counted`` so many packs or pieces that need no scale. It was of
#: what lay aside when ``pick_id`` was its newest pick; the last of that counts. ``agreed_by`` looked a second time at a toxic one.
herbal_weight = Table(
    "herbal_weight",
    metadata,
    identity(),
    refers("prescription_line_id", "prescription_line", index=True),
    Column("target", QUANTITY, nullable=False),
    Column("grams", QUANTITY, nullable=False),
    Column("by_scale", Boolean, nullable=False),
    refers("staff_id", "staff"),
    refers("agreed_by", "staff", null=True),
    moment("at"),
    Column("dose", Integer, nullable=False, server_default=text("0")),
    Column("counted", QUANTITY, nullable=True),
    refers("pick_id", "pick", null=True),
    CheckConstraint("target > 0 AND grams > 0", name="some"),
    CheckConstraint("staff_id <> agreed_by", name="two_persons"),
    CheckConstraint("dose >= 0", name="doses"),
    CheckConstraint("counted IS NULL OR (counted > 0 AND dose = 0 AND NOT by_scale)", name="counted"),
)

#: 复戥: one bag of so many doses laid on the scale; the last of a bag counts. ``reason``: why it goes out though it is too light or too heavy.
herbal_bag = Table(
    "herbal_bag",
    metadata,
    identity(),
    refers("prescription_id", "prescription", index=True),
    Column("bag", Integer, nullable=False),
    Column("target", QUANTITY, nullable=False),
    Column("grams", QUANTITY, nullable=False),
    Column("by_scale", Boolean, nullable=False),
    words("reason", default=""),
    refers("pick_id", "pick"),
    refers("staff_id", "staff"),
    refers("agreed_by", "staff", null=True),
    moment("at"),
    CheckConstraint("bag > 0 AND target > 0 AND grams > 0", name="some"),
    CheckConstraint("staff_id <> agreed_by", name="two_persons"),
)

#: Whether the clinic boils a prescription, as the pharmacy settled it with the patient before it was paid; the last one counts.
decoction_choice = Table(
    "decoction_choice",
    metadata,
    identity(),
    refers("prescription_id", "prescription", index=True),
    Column("decoct", Boolean, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
)

#: ``since`` is the time of its last step.
decoction = Table(
    "decoction",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("prescription_id", "prescription"),
    words("state"),
    moment("since"),
    Column("deliver", Boolean, nullable=False),
    words("receiver", default=""),
    words("phone", default=""),
    words("address", default=""),
    CheckConstraint("NOT deliver OR (phone <> '' AND address <> '')", name="where_to"),
    Index("uq_decoction_prescription_id", "prescription_id", unique=True, postgresql_where=text("state <> 'CANCELLED'")),
    Index("ix_decoction_open", "state", "since", postgresql_where=text("state IN ('TAKEN_IN', 'SOAKED', 'DECOCTED', 'PACKED')")),
)

decoction_step = Table(
    "decoction_step",
    metadata,
    Column("decoction_id", BigInteger, ForeignKey("decoction.id"), nullable=False),
    words("state"),
    refers("staff_id", "staff"),
    moment("at"),
    words("note", default=""),
    PrimaryKeyConstraint("decoction_id", "state"),
)
