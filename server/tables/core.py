"""What holds the service up: sessions, desks, requests done, audit trail, change feed, numbers."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text, Uuid, text

from server.tables.base import document, identity, metadata, moment, refers, words, xid

desk = Table(
    "desk",
    metadata,
    identity(),
    words("name"),
    Column("secret_hash", LargeBinary, nullable=False),
    moment("paired_at"),
    moment("revoked_at", null=True),
)

pairing_offer = Table(
    "pairing_offer",
    metadata,
    identity(),
    words("desk_name"),
    Column("key", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    moment("expires_at"),
    moment("used_at", null=True),
)

session = Table(
    "session",
    metadata,
    identity(),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    refers("staff_id", "staff", index=True),
    refers("desk_id", "desk", null=True),
    moment("created_at"),
    moment("last_seen_at"),
    moment("expires_at"),
    moment("locked_at", null=True),
    moment("ended_at", null=True),
)

request_log = Table(
    "request_log",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("payload_hash", LargeBinary, nullable=False),
    words("name"),
    Column("staff_id", BigInteger, nullable=True),
    moment("at"),
    Column("reply", LargeBinary, nullable=False),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    identity(),
    xid(),
    moment("at"),
    Column("staff_id", BigInteger, nullable=True),
    Column("session_id", BigInteger, nullable=True),
    Column("desk_id", BigInteger, nullable=True),
    words("act"),
    Column("patient_id", BigInteger, nullable=True, index=True),
    Column("request_id", Uuid, nullable=True),
    document("subjects"),
    document("detail", null=True),
    Index("ix_audit_entry_xid", "xid", "id"),
)

audit_leaf = Table(
    "audit_leaf",
    metadata,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("entry_id", BigInteger, nullable=False, unique=True),
    Column("hash", LargeBinary, nullable=False),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    moment("at"),
    words("key_id"),
    Column("signature", LargeBinary, nullable=False),
    # The tree's right edge, so that a sealer that starts need not read every leaf. The check recomputes it and trusts nothing here.
    Column("edge", LargeBinary, nullable=True),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", BigInteger, Identity(always=False), primary_key=True),
    moment("at"),
    document("changes"),
)

number_series = Table(
    "number_series",
    metadata,
    Column("kind", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("last", BigInteger, nullable=False),
    PrimaryKeyConstraint("kind", "scope"),
)

number_gap = Table(
    "number_gap",
    metadata,
    identity(),
    words("kind"),
    words("scope"),
    Column("number", BigInteger, nullable=False),
    words("reason"),
    moment("at"),
    refers("staff_id", "staff", null=True),
    Index("uq_number_gap_number", "kind", "scope", "number", unique=True),
)
