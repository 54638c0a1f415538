"""Prices by time, packages of service items, and surcharges by route."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Date, PrimaryKeyConstraint, Table, Text, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from server.tables.base import PRICE, QUANTITY, identity, metadata, moment, refers, words

#: The clinic's own prices, by time (DOMAIN.md §5.1). ``service_item.price`` is the one that is valid today.
service_price = Table(
    "service_price",
    metadata,
    identity(),
    refers("service_item_id", "service_item", index=True),
    Column("price", PRICE, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=True),
    words("document", default=""),
    moment("entered_at"),
    refers("entered_by", "staff"),
    CheckConstraint("price >= 0 AND (valid_to IS NULL OR valid_to >= valid_from)", name="sane"),
    # At any time an item has one price.
    ExcludeConstraint(
        (text("service_item_id"), "="),
        (text("daterange(valid_from, valid_to, '[]')"), "&&"),
        name="ex_service_price_time",
        using="gist",
    ),
)

service_package = Table(
    "service_package",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    words("name"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)

service_package_line = Table(
    "service_package_line",
    metadata,
    refers("package_id", "service_package"),
    refers("service_item_id", "service_item"),
    Column("quantity", QUANTITY, nullable=False),
    PrimaryKeyConstraint("package_id", "service_item_id"),
)

#: What a route of a prescription costs besides the drug: by prescription, by line, or by each giving.
route_surcharge = Table(
    "route_surcharge",
    metadata,
    Column("route_code", Text, nullable=False),
    refers("service_item_id", "service_item"),
    words("per"),
    PrimaryKeyConstraint("route_code", "service_item_id"),
    CheckConstraint("per IN ('prescription', 'line', 'giving')", name="per"),
)
