"""Windows of the pharmacy 发药窗口: what waits at which, who was called, and the clinic's rules for reviewing and reserving."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import ARRAY

from server.tables.base import identity, metadata, moment, refers, words

pharmacy_rules = Table(
    "pharmacy_rules",
    metadata,
    identity(),
    Column("batch_review", Boolean, nullable=False, server_default=text("false")),
    words("reserve_at", default="SIGNING"),
    words("weighing", default="ALWAYS"),
    CheckConstraint("id = 1", name="only_one"),
    CheckConstraint("weighing IN ('ALWAYS', 'TOXIC')", name="weighing"),
    CheckConstraint("reserve_at IN ('SIGNING', 'PAYMENT')", name="reserve_at"),
)

#: ``kinds`` of prescriptions that it takes; empty: all. ``staff_id`` stands there since ``since``, while it is open.
pharmacy_window = Table(
    "pharmacy_window",
    metadata,
    identity(),
    Column("name", Text, nullable=False, unique=True),
    Column("kinds", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default=text("true")),
    Column("open", Boolean, nullable=False, server_default=text("false")),
    refers("staff_id", "staff", null=True),
    moment("since", null=True),
    CheckConstraint("open = (staff_id IS NOT NULL) AND open = (since IS NOT NULL) AND (active OR NOT open)", name="open"),
)

#: The window that a paid prescription was given. It holds while the window is open; otherwise any window hands it out.
window_queue = Table(
    "window_queue",
    metadata,
    Column("prescription_id", BigInteger, ForeignKey("prescription.id"), primary_key=True, autoincrement=False),
    refers("window_id", "pharmacy_window"),
    Column("weight", Integer, nullable=False),
    CheckConstraint("weight > 0", name="weight"),
)

#: A patient was called to a window, or did not come 过号.
pharmacy_call = Table(
    "pharmacy_call",
    metadata,
    identity(),
    refers("prescription_id", "prescription", index=True),
    refers("window_id", "pharmacy_window"),
    words("act"),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("act IN ('CALL', 'PASS')", name="act"),
)

#: The pharmacist asked the doctor about a prescription under review.
doctor_call = Table(
    "doctor_call",
    metadata,
    identity(),
    refers("prescription_id", "prescription", index=True),
    words("outcome"),
    words("note", default=""),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("outcome IN ('confirmed', 'will_change', 'not_reached', 'other')", name="outcome"),
)
