"""The clinic, its departments, people and clinic sessions."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, Table, Text, Time, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from server.tables.base import identity, metadata, moment, refers, words

clinic = Table(
    "clinic",
    metadata,
    identity(),
    words("name"),
    words("name_en", default=""),
    Column("triage_desk", Boolean, nullable=False, server_default=text("false")),
    Column("idle_lock_minutes", Integer, nullable=False, server_default=text("15")),
    CheckConstraint("id = 1", name="only_one"),
)

department = Table(
    "department",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    words("name"),
    words("name_en", default=""),
    words("kind"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)

staff = Table(
    "staff",
    metadata,
    identity(),
    Column("login", Text, nullable=False, unique=True),
    words("name"),
    words("title", default=""),
    refers("department_id", "department", null=True),
    Column("roles", ARRAY(Text), nullable=False),
    words("password_hash"),
    Column("must_change_password", Boolean, nullable=False),
    moment("password_changed_at"),
    words("antibacterial_level", default="none"),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("wrong_tries", Integer, nullable=False, server_default=text("0")),
    moment("locked_until", null=True),
    # Where colleagues reach the person inside the house.
    words("phone", default=""),
)

clinic_session = Table(
    "clinic_session",
    metadata,
    identity(),
    Column("date", Date, nullable=False),
    words("period"),
    Column("starts", Time, nullable=False),
    Column("ends", Time, nullable=False),
    refers("department_id", "department"),
    refers("doctor_id", "staff"),
    words("room"),
    words("level"),
    Column("capacity", Integer, nullable=False),
    Column("taken", Integer, nullable=False, server_default=text("0")),
    words("queue_prefix"),
    CheckConstraint("taken BETWEEN 0 AND capacity", name="not_overbooked"),
    CheckConstraint("starts < ends", name="starts_before_end"),
    # A doctor sits in one room at a time.
    ExcludeConstraint(
        (text("doctor_id"), "="),
        (text("tsrange(date + starts, date + ends)"), "&&"),
        name="ex_clinic_session_doctor",
        using="gist",
    ),
    Index("ix_clinic_session_date", "date"),
)

clinic_session_fee = Table(
    "clinic_session_fee",
    metadata,
    refers("session_id", "clinic_session"),
    refers("service_item_id", "service_item"),
    PrimaryKeyConstraint("session_id", "service_item_id"),
)
