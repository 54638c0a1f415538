"""What all tables share: the metadata, and short names for the column kinds in use."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Column, DateTime, ForeignKey, Identity, MetaData, Numeric, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: Quantities of drugs in their base unit: exact, at most 4 places.
QUANTITY: Final = Numeric(16, 4)
#: Unit prices in yuan: at most 6 places.
PRICE: Final = Numeric(16, 6)


class Xid8(UserDefinedType[int]):
    """A transaction id that does not wrap around."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL."""
        return "xid8"


def identity() -> Column[int]:
    """A primary key that the database counts up."""
    return Column("id", BigInteger, Identity(always=False), primary_key=True)


def words(name: str, *, null: bool = False, default: str | None = None) -> Column[str]:
    """A text column."""
    return Column(name, Text, nullable=null, server_default=None if default is None else text(f"'{default}'"))


def key(name: str, *, default: str | None = None, unique: bool = False) -> Column[str]:
    """A text column that is looked up by its beginning. Collation C orders it by bytes, so that a prefix is a range of a plain index."""
    return Column(
        name, Text(collation="C"), nullable=False, unique=unique, server_default=None if default is None else text(f"'{default}'")
    )


def moment(name: str, *, null: bool = False) -> Column[Any]:
    """A point in time, with its zone. The service gives it; the database never invents one."""
    return Column(name, DateTime(timezone=True), nullable=null)


def fen(name: str, *, null: bool = False) -> Column[int]:
    """An amount of money in fen."""
    return Column(name, BigInteger, nullable=null)


def refers(name: str, target: str, *, null: bool = False, index: bool = False) -> Column[int]:
    """A foreign key to ``target``'s id."""
    return Column(name, BigInteger, ForeignKey(f"{target}.id"), nullable=null, index=index)


def document(name: str, *, null: bool = False) -> Column[Any]:
    """A JSON document: facts as they were, never searched on a hot path."""
    return Column(name, JSONB, nullable=null)


def xid() -> Column[Any]:
    """The transaction that wrote the row."""
    return Column("xid", Xid8, nullable=False, server_default=text("pg_current_xact_id()"))
