"""Purchasing: suppliers with their licences, orders, and the temperature of what keeps drugs cold."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.tables.base import PRICE, QUANTITY, document, identity, metadata, moment, refers, words

supplier = Table(
    "supplier",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False, unique=True),
    words("contact", default=""),
    words("phone", default=""),
    Column("lead_days", Integer, nullable=False, server_default=text("3")),
    words("note", default=""),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("lead_days BETWEEN 0 AND 180", name="lead_days"),
)

#: Never changed: the newest row of a kind counts. Without ``expires`` it holds until it is withdrawn.
supplier_licence = Table(
    "supplier_licence",
    metadata,
    identity(),
    refers("supplier_id", "supplier", index=True),
    words("kind"),
    words("number"),
    Column("expires", Date, nullable=True),
    Column("withdrawn", Boolean, nullable=False, server_default=text("false")),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("kind IN ('DRUG', 'BUSINESS', 'AUTHORISATION', 'GSP', 'QUALITY')", name="kind"),
)

#: Whom a drug is bought from, and in cases of how many packs. Without a row: its last supplier, single packs.
drug_purchase = Table(
    "drug_purchase",
    metadata,
    refers("drug_id", "drug"),
    refers("supplier_id", "supplier", null=True),
    Column("case_packs", Integer, nullable=False, server_default=text("1")),
    PrimaryKeyConstraint("drug_id"),
    CheckConstraint("case_packs BETWEEN 1 AND 10000", name="case_packs"),
)

purchase_order = Table(
    "purchase_order",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("supplier_id", "supplier", index=True),
    words("state"),
    words("note", default=""),
    Column("business_date", Date, nullable=False, index=True),
    moment("made_at"),
    refers("made_by", "staff"),
    moment("approved_at", null=True),
    refers("approved_by", "staff", null=True),
    moment("sent_at", null=True),
    refers("sent_by", "staff", null=True),
    moment("ended_at", null=True),
    refers("ended_by", "staff", null=True),
    words("end_reason", default=""),
    CheckConstraint("made_by <> approved_by", name="two_persons"),
)

#: Quantities in packs, ``price`` in yuan a pack (empty: it is not known yet). ``why`` is the suggestion that it was made from.
purchase_order_line = Table(
    "purchase_order_line",
    metadata,
    identity(),
    refers("order_id", "purchase_order"),
    Column("line_no", Integer, nullable=False),
    refers("drug_id", "drug", index=True),
    Column("packs", QUANTITY, nullable=False),
    Column("price", PRICE, nullable=True),
    Column("received", QUANTITY, nullable=False, server_default=text("0")),
    document("why", null=True),
    UniqueConstraint("order_id", "drug_id"),
    CheckConstraint("packs > 0 AND price >= 0 AND received >= 0", name="something"),
)

#: Each time an order was printed; ``copy`` 1 is the first.
purchase_order_print = Table(
    "purchase_order_print",
    metadata,
    refers("order_id", "purchase_order"),
    Column("copy", Integer, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    PrimaryKeyConstraint("order_id", "copy"),
)

#: A fridge or a room. Degrees Celsius; relative humidity in per cent, empty where it is not watched.
cold_place = Table(
    "cold_place",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("coldest", Numeric(4, 1), nullable=False),
    Column("warmest", Numeric(4, 1), nullable=False),
    Column("driest", Numeric(4, 1), nullable=True),
    Column("dampest", Numeric(4, 1), nullable=True),
    Column("since", Date, nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    CheckConstraint("coldest < warmest AND (driest IS NULL) = (dampest IS NULL) AND driest < dampest", name="limits"),
)

#: ``within`` as the limits were at that time.
temperature_reading = Table(
    "temperature_reading",
    metadata,
    identity(),
    refers("place_id", "cold_place"),
    Column("day", Date, nullable=False),
    words("half"),
    Column("celsius", Numeric(4, 1), nullable=False),
    Column("humidity", Numeric(4, 1), nullable=True),
    Column("within", Boolean, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("half IN ('MORNING', 'AFTERNOON')", name="half"),
    Index("ix_temperature_reading_place_id_day", "place_id", "day"),
)

#: What was done about a half day: a reading out of limits, or none.
temperature_remedy = Table(
    "temperature_remedy",
    metadata,
    identity(),
    refers("place_id", "cold_place"),
    Column("day", Date, nullable=False),
    words("half"),
    words("words"),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("half IN ('MORNING', 'AFTERNOON')", name="half"),
    Index("ix_temperature_remedy_place_id_day", "place_id", "day"),
)
