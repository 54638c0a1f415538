"""Papers of the store: requests 申领, transfers 调拨, damage 报损, destruction 销毁, returns to a supplier 退货."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint, text

from server.tables.base import QUANTITY, identity, metadata, moment, refers, words

_STATES: Final = (
    "CASE kind WHEN 'REQUEST' THEN state IN ('OPEN', 'SERVED', 'CLOSED') WHEN 'TRANSFER' THEN state IN ('SENT', 'RECEIVED', 'CALLED_BACK')"
    " WHEN 'DAMAGE' THEN state IN ('DRAFT', 'APPROVED', 'REJECTED', 'VOIDED') ELSE state IN ('DRAFT', 'APPROVED', 'REJECTED') END"
)

#: ``out_of`` and ``goes_to`` are a transfer's places, ``serves`` the request that it answers; ``reverses`` the paper that this one undoes.
#: ``version`` is that of its lines. ``decided_by`` took the step into the state that it is in, where a person's decision ended it.
stock_paper = Table(
    "stock_paper",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    words("kind"),
    words("state"),
    Column("version", Integer, nullable=False, server_default=text("1")),
    refers("out_of", "stock_location", null=True),
    refers("goes_to", "stock_location", null=True),
    words("supplier", default=""),
    words("reason", default=""),
    words("note", default=""),
    words("witness", default=""),
    words("site", default=""),
    words("way", default=""),
    refers("serves", "stock_paper", null=True, index=True),
    refers("reverses", "stock_paper", null=True),
    Column("business_date", Date, nullable=False, index=True),
    refers("staff_id", "staff"),
    moment("at"),
    refers("decided_by", "staff", null=True),
    moment("decided_at", null=True),
    UniqueConstraint("reverses"),
    CheckConstraint("kind IN ('REQUEST', 'TRANSFER', 'DAMAGE', 'DESTROY', 'SUPPLIER_RETURN')", name="kind"),
    CheckConstraint(_STATES, name="state"),
    CheckConstraint(
        "(decided_by IS NULL) = (decided_at IS NULL) AND (decided_by IS NULL) = (state IN ('DRAFT', 'OPEN', 'SERVED', 'SENT'))",
        name="decided",
    ),
    CheckConstraint("state NOT IN ('APPROVED', 'VOIDED') OR decided_by <> staff_id", name="two_persons"),
    CheckConstraint(
        "CASE kind WHEN 'TRANSFER' THEN out_of IS NOT NULL AND goes_to IS NOT NULL AND out_of <> goes_to"
        " ELSE out_of IS NULL AND goes_to IS NULL END",
        name="places",
    ),
    CheckConstraint("kind <> 'DESTROY' OR (witness <> '' AND site <> '' AND way <> '')", name="destruction"),
    CheckConstraint("(kind = 'SUPPLIER_RETURN') = (supplier <> '')", name="supplier"),
    CheckConstraint("(serves IS NULL OR kind = 'TRANSFER') AND (reverses IS NULL OR kind = 'DAMAGE')", name="cause"),
    Index("ix_stock_paper_open", "kind", postgresql_where=text("state IN ('DRAFT', 'OPEN', 'SENT')")),
)

#: ``location_id`` is where the batch lies that the paper takes from; a request names drugs only. ``quantity`` in base units.
stock_paper_line = Table(
    "stock_paper_line",
    metadata,
    identity(),
    refers("paper_id", "stock_paper"),
    Column("version", Integer, nullable=False),
    Column("line_no", Integer, nullable=False),
    refers("drug_id", "drug", index=True),
    refers("batch_id", "stock_batch", null=True, index=True),
    refers("location_id", "stock_location", null=True),
    Column("quantity", QUANTITY, nullable=False),
    UniqueConstraint("paper_id", "version", "line_no"),
    CheckConstraint("quantity > 0", name="something"),
    CheckConstraint("(batch_id IS NULL) = (location_id IS NULL)", name="batch"),
)

#: What became of a line that was sent: arrived, carried back, found damaged. The three are what was sent.
stock_paper_arrival = Table(
    "stock_paper_arrival",
    metadata,
    Column("line_id", ForeignKey("stock_paper_line.id"), primary_key=True, autoincrement=False),
    Column("received", QUANTITY, nullable=False),
    Column("back", QUANTITY, nullable=False),
    Column("damaged", QUANTITY, nullable=False),
    CheckConstraint("received >= 0 AND back >= 0 AND damaged >= 0 AND received + back + damaged > 0", name="something"),
)

#: Who did what with it when; ``state`` is the one that it was in afterwards.
stock_paper_step = Table(
    "stock_paper_step",
    metadata,
    identity(),
    refers("paper_id", "stock_paper", index=True),
    words("state"),
    Column("version", Integer, nullable=False),
    words("note", default=""),
    refers("staff_id", "staff"),
    moment("at"),
)

#: Each time a paper was printed; ``copy`` 1 is the first.
stock_paper_print = Table(
    "stock_paper_print",
    metadata,
    refers("paper_id", "stock_paper"),
    Column("copy", Integer, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    PrimaryKeyConstraint("paper_id", "copy"),
)
