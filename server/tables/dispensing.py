"""Hand-overs of prescriptions, what the pharmacy still owes 欠药, and opened packs 拆零."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, Table, Text, UniqueConstraint, text

from server.tables.base import QUANTITY, identity, metadata, moment, refers, words

#: One time that drugs of a prescription went over the counter. ``turn`` counts those that were not undone before it, from 1. ``second_id``
#: looked on at what is under special control; ``alone`` says why nobody could.
hand_over = Table(
    "hand_over",
    metadata,
    identity(),
    refers("prescription_id", "prescription", index=True),
    Column("turn", Integer, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    refers("second_id", "staff", null=True),
    words("alone", default=""),
    CheckConstraint("staff_id <> second_id", name="two_persons"),
    CheckConstraint("second_id IS NULL OR alone = ''", name="second_or_alone"),
    Index("ix_hand_over_alone", "at", postgresql_where=text("alone <> ''")),
)

#: So much of a batch that a :data:`hand_over` gave out, by its move. ``open_pack_id``: where what is no whole pack came from.
hand_over_line = Table(
    "hand_over_line",
    metadata,
    identity(),
    refers("hand_over_id", "hand_over", index=True),
    refers("prescription_line_id", "prescription_line", index=True),
    refers("move_id", "stock_move"),
    refers("open_pack_id", "open_pack", null=True),
    UniqueConstraint("move_id"),
)

#: 欠药单: what a hand-over left owing, and till when it was promised. The latest one of a prescription stands.
owed_slip = Table(
    "owed_slip",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("prescription_id", "prescription", index=True),
    refers("hand_over_id", "hand_over"),
    Column("promised", Date, nullable=False),
    words("phone", default=""),
    words("note", default=""),
    Column("business_date", Date, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    UniqueConstraint("hand_over_id"),
)

#: ``quantity`` in base units.
owed_line = Table(
    "owed_line",
    metadata,
    identity(),
    refers("owed_slip_id", "owed_slip", index=True),
    refers("prescription_line_id", "prescription_line"),
    Column("quantity", QUANTITY, nullable=False),
    CheckConstraint("quantity > 0", name="something"),
)

#: What of a line nobody waits for any more: the cashier can pay it back.
owed_given_up = Table(
    "owed_given_up",
    metadata,
    identity(),
    refers("prescription_line_id", "prescription_line", index=True),
    Column("quantity", QUANTITY, nullable=False),
    words("reason"),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("quantity > 0", name="something"),
)

#: A pack that was opened: its 追溯码 (empty if it bears none) goes out with each part of it until nothing is left. ``size`` lay in it when it was
#: opened, ``remaining`` lies in it now, in base units.
open_pack = Table(
    "open_pack",
    metadata,
    identity(),
    words("code"),
    refers("drug_id", "drug"),
    refers("batch_id", "stock_batch"),
    refers("location_id", "stock_location"),
    Column("size", QUANTITY, nullable=False),
    Column("remaining", QUANTITY, nullable=False),
    refers("opened_by", "staff"),
    moment("opened_at"),
    CheckConstraint("remaining BETWEEN 0 AND size", name="within"),
    Index("ix_open_pack_drug_id", "drug_id", postgresql_where=text("remaining > 0")),
    Index("ix_open_pack_batch_id", "batch_id", postgresql_where=text("remaining > 0")),
    Index("uq_open_pack_code", "code", unique=True, postgresql_where=text("remaining > 0 AND code <> ''")),
    Index("ix_open_pack_code", "code"),
)

#: What was taken out of an opened pack (``quantity`` above zero) or came back into it (below): by a line, or by ``document``, which took the rest.
open_pack_use = Table(
    "open_pack_use",
    metadata,
    identity(),
    refers("open_pack_id", "open_pack", index=True),
    refers("prescription_line_id", "prescription_line", null=True, index=True),
    Column("quantity", QUANTITY, nullable=False),
    words("document", default=""),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("quantity <> 0", name="something"),
)
