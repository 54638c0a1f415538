"""The stock ledger: append-only moves, and the balances that they make."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.tables.base import PRICE, QUANTITY, identity, metadata, moment, refers, words, xid

stock_location = Table("stock_location", metadata, identity(), Column("code", Text, nullable=False, unique=True), words("name"))

#: ``purchase_price`` is yuan a pack of ``pack_size`` base units, as it came (filled in by a trigger): so the catalogue may pack the drug otherwise
#: later, and nothing is worth more or less by it.
stock_batch = Table(
    "stock_batch",
    metadata,
    identity(),
    refers("drug_id", "drug", index=True),
    words("lot"),
    Column("expires", Date, nullable=False),
    Column("purchase_price", PRICE, nullable=False),
    words("supplier", default=""),
    moment("received_at"),
    Column("pack_size", QUANTITY, nullable=False),
    UniqueConstraint("drug_id", "lot", "expires", "purchase_price", "supplier", "pack_size", name="uq_stock_batch_goods"),
    CheckConstraint("pack_size > 0", name="pack_size"),
    Index("ix_stock_batch_lot", "lot"),
)

#: One batch at one place. ``picked`` is laid aside for prescriptions that are being picked. Both in base units.
stock_balance = Table(
    "stock_balance",
    metadata,
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    refers("batch_id", "stock_batch"),
    Column("expires", Date, nullable=False),
    Column("on_hand", QUANTITY, nullable=False),
    Column("picked", QUANTITY, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("location_id", "batch_id"),
    CheckConstraint("on_hand >= 0", name="never_negative"),
    CheckConstraint("picked BETWEEN 0 AND on_hand", name="picked_within"),
    Index("ix_stock_balance_first_expiry", "location_id", "drug_id", "expires", "batch_id"),
)

#: One drug at one place: what is there and what signed prescriptions hold. Prescribing looks here, so that it locks one row a drug.
stock_level = Table(
    "stock_level",
    metadata,
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    Column("on_hand", QUANTITY, nullable=False),
    Column("reserved", QUANTITY, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("location_id", "drug_id"),
    CheckConstraint("on_hand >= 0", name="never_negative"),
    CheckConstraint("reserved BETWEEN 0 AND on_hand", name="reserved_within"),
)

stock_reservation = Table(
    "stock_reservation",
    metadata,
    Column("prescription_line_id", BigInteger, ForeignKey("prescription_line.id"), primary_key=True, autoincrement=False),
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    Column("quantity", QUANTITY, nullable=False),
    words("state"),
    CheckConstraint("state IN ('HELD', 'USED', 'RELEASED')", name="state"),
    Index("ix_stock_reservation_held", "drug_id", postgresql_where=text("state = 'HELD'")),
)

#: ``reason``: why another batch than the one that expires first was taken, and ``chosen_by`` whom. ``open_pack_id``: what is no whole pack is to
#: come out of this opened one.
pick = Table(
    "pick",
    metadata,
    identity(),
    refers("prescription_line_id", "prescription_line", index=True),
    refers("batch_id", "stock_batch"),
    refers("location_id", "stock_location"),
    Column("quantity", QUANTITY, nullable=False),
    words("state"),
    words("reason", default=""),
    refers("chosen_by", "staff", null=True),
    refers("open_pack_id", "open_pack", null=True),
    CheckConstraint("state IN ('LAID_ASIDE', 'HANDED_OVER', 'PUT_BACK')", name="state"),
    Index("ix_pick_laid_aside", "batch_id", postgresql_where=text("state = 'LAID_ASIDE'")),
)

stock_move = Table(
    "stock_move",
    metadata,
    identity(),
    xid(),
    words("kind"),
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    refers("batch_id", "stock_batch"),
    Column("quantity", QUANTITY, nullable=False),
    refers("prescription_line_id", "prescription_line", null=True, index=True),
    words("document", default=""),
    refers("reverses", "stock_move", null=True),
    refers("staff_id", "staff"),
    moment("at"),
    CheckConstraint("quantity <> 0", name="moves_something"),
    CheckConstraint("kind IN ('RECEIPT', 'DISPENSE', 'RETURN', 'ADJUST', 'TRANSFER', 'DAMAGE', 'DESTROY', 'SUPPLIER_RETURN')", name="kind"),
    Index("ix_stock_move_batch", "batch_id", "location_id"),
    Index("ix_stock_move_at", "at", postgresql_using="brin"),
)

#: The moves of a batch at a place, summed by month (of UTC) by a trigger on :data:`stock_move`, so that a balance of any past moment is the
#: months before it and the moves of its own month. ``last_out`` is when a patient last got some of it.
stock_month = Table(
    "stock_month",
    metadata,
    refers("location_id", "stock_location"),
    refers("batch_id", "stock_batch"),
    Column("month", Date, nullable=False),
    Column("quantity", QUANTITY, nullable=False),
    moment("last_out", null=True),
    PrimaryKeyConstraint("location_id", "batch_id", "month"),
)

#: Goods in, as they were accepted (入库验收). ``temperature`` in degrees Celsius, of goods that are kept cold.
stock_receipt = Table(
    "stock_receipt",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    words("supplier", default=""),
    words("invoice", default=""),
    words("delivery_note", default=""),
    words("inspector", default=""),
    Column("temperature", Numeric(4, 1), nullable=True),
    words("note", default=""),
    refers("staff_id", "staff"),
    moment("at"),
    refers("supplier_id", "supplier", null=True, index=True),
    refers("order_id", "purchase_order", null=True, index=True),
    words("place", default="PHARMACY"),
    words("surplus_reason", default=""),
    words("licence_reason", default=""),
    refers("agreed_by", "staff", null=True),
    CheckConstraint("(licence_reason = '') = (agreed_by IS NULL) AND agreed_by <> staff_id", name="agreed"),
    Index("ix_stock_receipt_at", "at"),
)

#: ``batch_id`` is empty for what was not accepted: it was written down and went back. ``quantity`` is in base units.
stock_receipt_line = Table(
    "stock_receipt_line",
    metadata,
    identity(),
    refers("receipt_id", "stock_receipt", index=True),
    Column("line_no", Integer, nullable=False),
    refers("drug_id", "drug", index=True),
    refers("batch_id", "stock_batch", null=True, index=True),
    words("lot"),
    Column("made", Date, nullable=True),
    Column("expires", Date, nullable=False),
    Column("packs", QUANTITY, nullable=False),
    Column("quantity", QUANTITY, nullable=False),
    Column("purchase_price", PRICE, nullable=False),
    words("approval_number", default=""),
    words("appearance", default=""),
    words("conclusion", default="ACCEPTED"),
    UniqueConstraint("receipt_id", "line_no"),
    CheckConstraint("conclusion IN ('ACCEPTED', 'REJECTED') AND (conclusion = 'ACCEPTED') = (batch_id IS NOT NULL)", name="conclusion"),
    CheckConstraint("packs > 0 AND quantity > 0", name="something"),
)

#: Each time a receipt was printed; ``copy`` 1 is the first.
stock_receipt_print = Table(
    "stock_receipt_print",
    metadata,
    refers("receipt_id", "stock_receipt"),
    Column("copy", Integer, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    PrimaryKeyConstraint("receipt_id", "copy"),
)
