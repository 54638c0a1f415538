"""Files that travel by 9101 and 9102: a ZIP with one text of rows separated by tabs, an empty value written ``null`` (DOMAIN.md §1.7)."""

from __future__ import annotations

import io
import zipfile
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.domain.money import yuan
from server.insurance.reading import Unreadable, fen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NOTHING: Final = "null"
#: No list is longer when unpacked; a ZIP that claims more is not unpacked.
_LARGEST: Final = 1024 * 1024 * 1024


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """One settlement, or one cancellation with its negative amounts (``refund``), of the file for 3202."""

    setl_id: str
    mdtrt_id: str
    psn_no: str
    total_fen: int
    fund_fen: int
    account_fen: int
    refund: bool = False


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One row of what 3202 found. ``msgid`` is ours, for settlements that we never learnt of; ``code`` as of 3201, in words in ``memo``."""

    psn_no: str
    mdtrt_id: str
    setl_id: str
    msgid: str
    code: str
    refund: bool
    memo: str
    total_fen: int
    fund_fen: int
    account_fen: int


class CatalogueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a bureau's list (13xx): what the clinic searches by, and the whole ``row`` as it came.

    ``chrgitm_lv``: 01 甲, 02 乙, empty where the list does not say.
    """

    list_type: str
    code: str
    name: str
    version: str
    valid: bool
    row: tuple[str, ...]
    specification: str = ""
    manufacturer: str = ""
    approval_number: str = ""
    chrgitm_lv: str = ""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """Where a list has what, counted from 0; ``None``: it has none. ``least``: a row with fewer columns is none of this list."""

    list_type: str
    least: int
    name: int
    valid: int
    version: int
    specification: int | None = None
    manufacturer: int | None = None
    approval_number: int | None = None
    level: int | None = None


class _Lists(msgspec.Struct, frozen=True):
    levels: dict[str, str]
    lists: dict[str, Columns]


_LISTS: Final = msgspec.toml.decode((resources.files("server.insurance") / "columns.toml").read_bytes(), type=_Lists)
#: Columns by transaction.
COLUMNS: Final = _LISTS.lists


def pack(filename: str, rows: Iterable[Sequence[str]]) -> bytes:
    """A ZIP with ``filename`` of these rows."""
    text = "".join("\t".join(value or _NOTHING for value in map(_flat, row)) + "\n" for row in rows)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(filename, text.encode())
    return packed.getvalue()


def unpack(content: bytes) -> list[tuple[str, ...]]:
    """The rows of all texts in a ZIP. Raises :class:`~server.insurance.reading.Unreadable`."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > _LARGEST:
                raise Unreadable("size")
            texts = [_decoded(archive.read(name)) for name in archive.namelist()]
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError) as fault:
        raise Unreadable("zip") from fault
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    return [tuple("" if value == _NOTHING else value for value in line.rstrip("\r").split("\t")) for line in lines]


def statement_file(rows: Iterable[StatementRow]) -> bytes:
    """What 9101 uploads for 3202."""
    return pack("statement.txt", (_statement(row) for row in rows))


def statement_rows(content: bytes) -> list[StatementRow]:
    """The same back."""
    return [
        StatementRow(
            setl_id=row["setl_id"],
            mdtrt_id=row["mdtrt_id"],
            psn_no=row["psn_no"],
            total_fen=fen(row, "medfee_sumamt"),
            fund_fen=fen(row, "fund_pay_sumamt"),
            account_fen=fen(row, "acct_pay"),
            refund=row["refd_setl_flag"] == "1",
        )
        for row in _named(content, _STATEMENT)
    ]


def difference_rows(content: bytes) -> list[Difference]:
    """What 9102 brings for 3202. Raises :class:`~server.insurance.reading.Unreadable`."""
    return [
        Difference(
            psn_no=row["psn_no"],
            mdtrt_id=row["mdtrt_id"],
            setl_id=row["setl_id"],
            msgid=row["msgid"],
            code=row["stmt_rslt"],
            refund=row["refd_setl_flag"] == "1",
            memo=row["memo"],
            total_fen=fen(row, "medfee_sumamt"),
            fund_fen=fen(row, "fund_pay_sumamt"),
            account_fen=fen(row, "acct_pay"),
        )
        for row in _named(content, DIFFERENCE)
    ]


def catalogue_rows(infno: str, content: bytes) -> list[CatalogueRow]:
    """What 9102 brings for 1301, 1302, 1303, 1305 and 1306. Raises :class:`~server.insurance.reading.Unreadable`."""
    columns = COLUMNS[infno]
    rows = unpack(content)
    if any(len(row) < columns.least or not row[0] for row in rows):
        raise Unreadable("columns")
    return [_catalogue_row(columns, row) for row in rows]


def _catalogue_row(columns: Columns, row: tuple[str, ...]) -> CatalogueRow:
    def at(column: int | None) -> str:
        return row[column].strip() if column is not None and column < len(row) else ""

    return CatalogueRow(
        list_type=columns.list_type,
        code=row[0].strip(),
        name=at(columns.name),
        version=at(columns.version),
        valid=at(columns.valid) != "0",
        row=row,
        specification=at(columns.specification),
        manufacturer=at(columns.manufacturer),
        approval_number=at(columns.approval_number),
        chrgitm_lv=_LISTS.levels.get(at(columns.level), ""),
    )


_STATEMENT: Final = ("setl_id", "mdtrt_id", "psn_no", "medfee_sumamt", "fund_pay_sumamt", "acct_pay", "refd_setl_flag")
DIFFERENCE: Final = (
    "psn_no",
    "mdtrt_id",
    "setl_id",
    "msgid",
    "stmt_rslt",
    "refd_setl_flag",
    "memo",
    "medfee_sumamt",
    "fund_pay_sumamt",
    "acct_pay",
)


def _statement(row: StatementRow) -> tuple[str, ...]:
    amounts = (str(yuan(row.total_fen)), str(yuan(row.fund_fen)), str(yuan(row.account_fen)))
    return (row.setl_id, row.mdtrt_id, row.psn_no, *amounts, "1" if row.refund else "0")


def _named(content: bytes, names: Sequence[str]) -> list[dict[str, Any]]:
    rows = unpack(content)
    if any(len(row) < len(names) for row in rows):
        raise Unreadable("columns")
    return [dict(zip(names, row, strict=False)) for row in rows]


def _flat(value: str) -> str:
    return value.replace("\t", " ").replace("\r", " ").replace("\n", " ")


def _decoded(raw: bytes) -> str:
    """UTF-8, as the platform writes; some bureaus' own files are GB 18030."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")
