"""Catalogues: drugs, diagnoses, service items and the short lists."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)

from server.tables.base import PRICE, QUANTITY, identity, key, metadata, refers, words


def _flag(name: str, default: str = "false") -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text(default))


drug = Table(
    "drug",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    key("name"),
    words("specification"),
    words("form"),
    words("strength"),
    words("drug_class"),
    words("rx_class"),
    _flag("otc"),
    words("antibacterial"),
    words("skin_test"),
    words("base_unit"),
    words("dose_unit"),
    Column("dose_per_base", QUANTITY, nullable=False),
    words("pack_unit"),
    Column("pack_size", QUANTITY, nullable=False),
    _flag("splittable"),
    _flag("round_each_dose"),
    Column("default_dose", QUANTITY, nullable=False),
    words("default_frequency"),
    words("default_route"),
    Column("default_days", Integer, nullable=False),
    Column("max_daily_dose", QUANTITY, nullable=True),
    words("storage"),
    words("insurance_class"),
    words("pregnancy"),
    Column("min_age_years", Integer, nullable=True),
    Column("allergens", ARRAY(Text), nullable=False),
    Column("price", PRICE, nullable=False),
    words("manufacturer", default=""),
    words("source", default=""),
    words("shelf", default=""),
    _flag("active", "true"),
    Column("min_stock", QUANTITY, nullable=True),
    words("special_control", default=""),
    #: narcotic, psychotropic_1, psychotropic_2, toxic, radioactive or precursor; empty: under no special control.
    Column(
        "controlled",
        Text,
        Computed("CASE WHEN rx_class = 'ordinary' THEN special_control ELSE rx_class END", persisted=True),
        nullable=False,
    ),
    words("trade_name", default=""),
    words("approval_number", default=""),
    words("national_code", default=""),
    words("wubi", default=""),
    words("specification_text", default=""),
    words("concentration", default=""),
    #: ``middle_size`` in base units, ``case_packs`` in packs.
    words("middle_unit", default=""),
    Column("middle_size", QUANTITY, nullable=True),
    words("case_unit", default=""),
    Column("case_packs", QUANTITY, nullable=True),
    _flag("essential"),
    words("essential_edition", default=""),
    Column("price_ceiling", PRICE, nullable=True),
    _flag("vbp"),
    _flag("high_alert"),
    #: Which characters tell it from what it is mixed up with: ``2-4,6-7`` (common/domain/likeness.py).
    words("name_marks", default=""),
    words("specification_marks", default=""),
    CheckConstraint(
        "(middle_unit = '') = (middle_size IS NULL) AND coalesce(middle_size > 0 AND middle_size <= pack_size, true)"
        " AND (case_unit = '') = (case_packs IS NULL) AND coalesce(case_packs > 0, true)",
        name="levels",
    ),
    CheckConstraint("essential OR essential_edition = ''", name="essential"),
    CheckConstraint(
        "special_control IN ('', 'radioactive', 'precursor') AND (special_control = '' OR rx_class = 'ordinary')", name="special_control"
    ),
    CheckConstraint("pack_size > 0 AND dose_per_base > 0 AND price >= 0", name="sane"),
    Index("ix_drug_name", "name"),
)

drug_spelling = Table(
    "drug_spelling",
    metadata,
    key("key"),
    refers("drug_id", "drug"),
    PrimaryKeyConstraint("drug_id", "key"),
    Index("ix_drug_spelling_key", "key"),
)

#: What a pack's codes begin with or are: ``barcode`` (whole) or ``trace_prefix`` (first 7 digits of a 追溯码, learned at receipt).
drug_code = Table(
    "drug_code",
    metadata,
    Column("kind", Text, nullable=False),
    Column("code", Text, nullable=False),
    refers("drug_id", "drug", index=True),
    PrimaryKeyConstraint("kind", "code"),
)

diagnosis = Table(
    "diagnosis",
    metadata,
    Column("code", Text(collation="C"), primary_key=True),
    key("name"),
    words("source", default=""),
    Index("ix_diagnosis_name", "name"),
)

diagnosis_spelling = Table(
    "diagnosis_spelling",
    metadata,
    key("key"),
    Column("code", Text(collation="C"), ForeignKey("diagnosis.code"), nullable=False),
    PrimaryKeyConstraint("code", "key"),
    Index("ix_diagnosis_spelling_key", "key"),
)

service_item = Table(
    "service_item",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    words("name"),
    words("unit"),
    words("category"),
    Column("price", PRICE, nullable=False),
    words("source", default=""),
    _flag("active", "true"),
)

frequency = Table(
    "frequency",
    metadata,
    Column("code", Text, primary_key=True),
    words("latin"),
    words("name_zh"),
    words("name_en"),
    words("times"),
    Column("times_of_day", ARRAY(Text), nullable=False),
    _flag("needs_total"),
    words("wst364", default=""),
    words("source", default=""),
    Column("position", Integer, nullable=False, server_default=text("0")),
)

route = Table(
    "route",
    metadata,
    Column("code", Text, primary_key=True),
    words("name_zh"),
    words("name_en"),
    _flag("needs_nurse"),
    _flag("infusion_label"),
    _flag("is_injection"),
    _flag("is_skin_test"),
    words("wst364", default=""),
    words("source", default=""),
    Column("position", Integer, nullable=False, server_default=text("0")),
)

code_name = Table(
    "code_name",
    metadata,
    Column("list", Text, nullable=False),
    Column("code", Text, nullable=False),
    words("name_zh"),
    words("name_en"),
    PrimaryKeyConstraint("list", "code"),
)

region = Table("region", metadata, Column("code", Text, primary_key=True), words("name"))
