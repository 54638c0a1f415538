"""The register of narcotics and class I psychotropic drugs 专册, and what the catalogue says of a drug over time."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, Table, UniqueConstraint, text

from server.tables.base import QUANTITY, document, identity, metadata, moment, refers, words

#: A change of what the catalogue says of a drug. ``before`` and ``after`` hold the fields that differ, as texts (common/domain/formulary.py).
drug_change = Table(
    "drug_change",
    metadata,
    identity(),
    refers("drug_id", "drug", index=True),
    words("state"),
    document("before"),
    document("after"),
    words("reason", default=""),
    moment("effective_at"),
    moment("proposed_at"),
    refers("proposed_by", "staff"),
    moment("ended_at", null=True),
    refers("ended_by", "staff", null=True),
    words("ended_why", default=""),
    CheckConstraint("(state = 'PROPOSED') = (ended_at IS NULL) AND (ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
    Index("ix_drug_change_due", "effective_at", postgresql_where=text("state = 'PROPOSED'")),
)

#: What was said before and after, whoever changed it: a change that took effect, or an imported list (then without a ``change_id``).
drug_history = Table(
    "drug_history",
    metadata,
    identity(),
    refers("drug_id", "drug", index=True),
    words("field"),
    words("before"),
    words("after"),
    refers("change_id", "drug_change", null=True),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("before <> after", name="differs"),
)

#: Drugs that are mixed up 看似听似: ``kept``, or found not alike, so that they are not proposed again.
drug_alike = Table(
    "drug_alike",
    metadata,
    identity(),
    refers("drug_id", "drug"),
    refers("other_id", "drug", index=True),
    words("kind"),
    Column("kept", Boolean, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    UniqueConstraint("drug_id", "other_id"),
    CheckConstraint("drug_id < other_id", name="ordered"),
    CheckConstraint("kind IN ('LOOK', 'SOUND', 'STRENGTH')", name="kind"),
)

#: One row for each stock move of such a drug, with the patient as they were. Written by a trigger on stock_move; balances are those of the
#: move's place, after it.
controlled_entry = Table(
    "controlled_entry",
    metadata,
    identity(),
    refers("move_id", "stock_move"),
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    refers("batch_id", "stock_batch"),
    Column("quantity", QUANTITY, nullable=False),
    Column("batch_balance", QUANTITY, nullable=False),
    Column("drug_balance", QUANTITY, nullable=False),
    moment("at"),
    words("drug"),
    words("specification"),
    words("unit"),
    refers("prescription_line_id", "prescription_line", null=True),
    words("patient_name", default=""),
    words("sex", default=""),
    words("age", default=""),
    words("id_number", default=""),
    words("record_number", default=""),
    words("disease", default=""),
    words("prescription_number", default=""),
    words("doctor", default=""),
    UniqueConstraint("move_id"),
    Index("ix_controlled_entry_at", "at"),
    Index("ix_controlled_entry_drug_id", "drug_id", "location_id", "id"),
    Index("ix_controlled_entry_prescription_line_id", "prescription_line_id", postgresql_where=text("prescription_line_id IS NOT NULL")),
)

#: Empty ampoules and used patches that came back. A wrong count is put right by a row below zero, with a note.
controlled_empty = Table(
    "controlled_empty",
    metadata,
    identity(),
    refers("entry_id", "controlled_entry", index=True),
    Column("quantity", Integer, nullable=False),
    words("from_whom"),
    words("note", default=""),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("quantity > 0 OR quantity < 0 AND note <> ''", name="something"),
)

#: What was left and destroyed before two people, in the drug's dose unit.
controlled_residue = Table(
    "controlled_residue",
    metadata,
    identity(),
    refers("entry_id", "controlled_entry", index=True),
    Column("amount", QUANTITY, nullable=False),
    words("unit"),
    words("way"),
    refers("staff_id", "staff"),
    refers("witness_id", "staff"),
    moment("at"),
    CheckConstraint("amount > 0", name="something"),
    CheckConstraint("staff_id <> witness_id", name="two_persons"),
)

#: Counted at a change of shifts. ``upto`` is the register's last row at that moment.
controlled_count = Table(
    "controlled_count",
    metadata,
    identity(),
    refers("location_id", "stock_location"),
    Column("upto", BigInteger, nullable=False),
    words("note", default=""),
    refers("staff_id", "staff"),
    refers("taken_by", "staff"),
    moment("at"),
    CheckConstraint("staff_id <> taken_by", name="two_persons"),
)

controlled_count_line = Table(
    "controlled_count_line",
    metadata,
    refers("count_id", "controlled_count"),
    refers("drug_id", "drug"),
    refers("batch_id", "stock_batch"),
    Column("booked", QUANTITY, nullable=False),
    Column("counted", QUANTITY, nullable=False),
    PrimaryKeyConstraint("count_id", "batch_id"),
    CheckConstraint("counted >= 0", name="counted"),
)
