"""Stock-takes 盘点, price changes 调价 with what they revalue, and months that are closed 月结."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from server.tables.base import PRICE, QUANTITY, fen, identity, metadata, moment, refers, words


def _prints() -> Column[int]:
    """How often the paper was printed."""
    return Column("prints", Integer, nullable=False, server_default=text("0"))


#: ``choice`` is ALL, SHELF (``chosen`` is how its name begins), CLASS (a drug class, or ``controlled``) or DRUGS.
stock_take = Table(
    "stock_take",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    refers("location_id", "stock_location"),
    words("choice"),
    words("chosen", default=""),
    words("note", default=""),
    words("state"),
    moment("opened_at"),
    refers("opened_by", "staff"),
    moment("counted_at", null=True),
    refers("counted_by", "staff", null=True),
    moment("confirmed_at", null=True),
    refers("confirmed_by", "staff", null=True),
    refers("approved_by", "staff", null=True),
    moment("voided_at", null=True),
    refers("voided_by", "staff", null=True),
    words("void_reason", default=""),
    _prints(),
    CheckConstraint("choice IN ('ALL', 'SHELF', 'CLASS', 'DRUGS')", name="choice"),
    CheckConstraint("confirmed_by <> approved_by", name="two_persons"),
    Index("ix_stock_take_opened_at", "opened_at"),
)

#: ``book`` is what the book said at that place when the take was opened: the sum of the batch's moves up to ``through_move``. ``found``: the book
#: had nothing of the batch there, a person did.
stock_take_line = Table(
    "stock_take_line",
    metadata,
    identity(),
    refers("stock_take_id", "stock_take"),
    refers("drug_id", "drug"),
    refers("batch_id", "stock_batch", index=True),
    Column("book", QUANTITY, nullable=False),
    Column("through_move", BigInteger, nullable=False, server_default=text("0")),
    Column("found", Boolean, nullable=False, server_default=text("false")),
    moment("at"),
    refers("staff_id", "staff"),
    UniqueConstraint("stock_take_id", "batch_id"),
    CheckConstraint("book >= 0", name="book"),
)

#: One counting of a line: ``quantity`` lay on the shelf, ``aside`` was laid aside for prescriptions, and the book said ``book`` at that moment.
stock_take_count = Table(
    "stock_take_count",
    metadata,
    identity(),
    refers("line_id", "stock_take_line"),
    Column("round", Integer, nullable=False),
    Column("quantity", QUANTITY, nullable=False),
    Column("aside", QUANTITY, nullable=False),
    Column("book", QUANTITY, nullable=False),
    Column("through_move", BigInteger, nullable=False),
    refers("staff_id", "staff"),
    moment("at"),
    UniqueConstraint("line_id", "round"),
    CheckConstraint("round >= 1", name="round"),
    CheckConstraint("quantity >= 0 AND aside >= 0 AND book >= aside", name="quantity"),
)

#: Why a line was counted once more when the counting was done, and who saw it. Such counts have rounds beyond the third.
stock_take_recount = Table(
    "stock_take_recount",
    metadata,
    Column("count_id", ForeignKey("stock_take_count.id"), primary_key=True, autoincrement=False),
    words("reason"),
    refers("staff_id", "staff"),
    refers("agreed_by", "staff"),
    CheckConstraint("staff_id <> agreed_by", name="two_persons"),
)

#: What a pack of a drug cost since when, in yuan. The newest row is ``drug.price``.
drug_price = Table(
    "drug_price",
    metadata,
    identity(),
    refers("drug_id", "drug", index=True),
    Column("price", PRICE, nullable=False),
    moment("valid_from"),
    words("document", default=""),
    refers("staff_id", "staff"),
    CheckConstraint("price >= 0", name="price"),
)

price_change = Table(
    "price_change",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    words("state"),
    words("reason"),
    words("authority", default=""),
    moment("effective_at"),
    moment("proposed_at"),
    refers("proposed_by", "staff"),
    moment("approved_at", null=True),
    refers("approved_by", "staff", null=True),
    moment("applied_at", null=True),
    moment("voided_at", null=True),
    refers("voided_by", "staff", null=True),
    words("void_reason", default=""),
    _prints(),
    CheckConstraint("proposed_by <> approved_by", name="two_persons"),
    Index("ix_price_change_proposed_at", "proposed_at"),
    Index("ix_price_change_due", "effective_at", postgresql_where=text("state = 'APPROVED'")),
)

#: Prices in yuan a pack; ``old_price`` is the one at which the change was proposed.
price_change_line = Table(
    "price_change_line",
    metadata,
    identity(),
    refers("price_change_id", "price_change"),
    Column("line_no", Integer, nullable=False),
    refers("drug_id", "drug", index=True),
    Column("old_price", PRICE, nullable=False),
    Column("new_price", PRICE, nullable=False),
    UniqueConstraint("price_change_id", "drug_id"),
    CheckConstraint("new_price >= 0 AND new_price <> old_price", name="changes"),
)

#: What a change is worth at a place: the quantity on hand times new less old price, when it was applied.
price_change_value = Table(
    "price_change_value",
    metadata,
    identity(),
    refers("line_id", "price_change_line"),
    refers("location_id", "stock_location"),
    Column("quantity", QUANTITY, nullable=False),
    Column("old_price", PRICE, nullable=False),
    Column("new_price", PRICE, nullable=False),
    fen("value_fen"),
    Column("pack_size", QUANTITY, nullable=False),
    UniqueConstraint("line_id", "location_id"),
    CheckConstraint("quantity > 0", name="something"),
    CheckConstraint("pack_size > 0", name="pack_size"),
)

#: Signed prescriptions that nobody had paid, and what they came to before and after. ``kept``: being paid at that moment, so the old price holds.
price_change_unpaid = Table(
    "price_change_unpaid",
    metadata,
    identity(),
    refers("price_change_id", "price_change"),
    refers("prescription_id", "prescription", index=True),
    fen("was_fen"),
    fen("now_fen"),
    Column("kept", Boolean, nullable=False, server_default=text("false")),
    UniqueConstraint("price_change_id", "prescription_id"),
)

#: A calendar month of the clinic: ``begins`` is its first moment, ``ends`` the first one behind it.
stock_close = Table(
    "stock_close",
    metadata,
    identity(),
    Column("number", Text, nullable=False, unique=True),
    Column("month", Date, nullable=False),
    moment("begins"),
    moment("ends"),
    moment("closed_at"),
    refers("closed_by", "staff"),
    moment("reopened_at", null=True),
    refers("reopened_by", "staff", null=True),
    refers("approved_by", "staff", null=True),
    words("reopen_reason", default=""),
    _prints(),
    CheckConstraint("begins < ends", name="order"),
    CheckConstraint("reopened_by <> approved_by", name="two_persons"),
    CheckConstraint("(reopened_at IS NULL) = (reopened_by IS NULL)", name="reopened"),
    Index("uq_stock_close_month", "month", unique=True, postgresql_where=text("reopened_at IS NULL")),
)

#: At purchase value. A move is worth what it changes of its batch's value in whole fen, so that no sum differs by a rounding.
stock_close_drug = Table(
    "stock_close_drug",
    metadata,
    refers("close_id", "stock_close"),
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    Column("opening", QUANTITY, nullable=False),
    fen("opening_fen"),
    Column("closing", QUANTITY, nullable=False),
    fen("closing_fen"),
    PrimaryKeyConstraint("close_id", "location_id", "drug_id"),
)

stock_close_move = Table(
    "stock_close_move",
    metadata,
    refers("close_id", "stock_close"),
    refers("location_id", "stock_location"),
    refers("drug_id", "drug"),
    words("kind"),
    Column("came", QUANTITY, nullable=False),
    fen("came_fen"),
    Column("went", QUANTITY, nullable=False),
    fen("went_fen"),
    PrimaryKeyConstraint("close_id", "location_id", "drug_id", "kind"),
)
