"""Patient files, their earlier versions, and the keys by which they are found."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, text

from server.tables.base import document, identity, key, metadata, moment, refers, words

patient = Table(
    "patient",
    metadata,
    identity(),
    key("number", unique=True),
    key("name"),
    words("sex"),
    Column("birth_date", Date, nullable=False),
    words("document_kind"),
    key("document_number", default=""),
    key("phone", default=""),
    words("address", default=""),
    words("ethnic_group", default=""),
    words("payer", default="self"),
    words("guardian_name", default=""),
    words("guardian_phone", default=""),
    words("allergy_state"),
    document("allergies"),
    Column("version", Integer, nullable=False),
    moment("created_at"),
    refers("created_by", "staff"),
    Column("last_visit", Date, nullable=True),
    Index("uq_patient_document", "document_kind", "document_number", unique=True, postgresql_where=text("document_number <> ''")),
    Index("ix_patient_name", "name", "id"),
    Index("ix_patient_phone", "phone", postgresql_where=text("phone <> ''")),
    Index("ix_patient_phone_tail", text('"right"(phone, 4)'), postgresql_where=text("phone <> ''")),
    Index("ix_patient_document_number", "document_number", postgresql_where=text("document_number <> ''")),
)

patient_version = Table(
    "patient_version",
    metadata,
    refers("patient_id", "patient"),
    Column("version", Integer, nullable=False),
    document("file"),
    moment("at"),
    refers("staff_id", "staff"),
    PrimaryKeyConstraint("patient_id", "version"),
)

#: Pinyin and initials of a name, several readings: ASCII, because Chinese trigrams cannot be leant on (DEPENDENCIES.md).
patient_spelling = Table(
    "patient_spelling",
    metadata,
    key("key"),
    Column("patient_id", BigInteger, ForeignKey("patient.id"), nullable=False),
    PrimaryKeyConstraint("patient_id", "key"),
    Index("ix_patient_spelling_key", "key", "patient_id"),
)
