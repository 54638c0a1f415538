"""The packs of one hand-over by their codes (DOMAIN.md §6.4): which are whole, which are opened, and which may not go out."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from common.dispensing_errors import CodeAlreadySold, HandOverWrong, OpenPackFirst, PackIsOpen, PacksMissing, WrongPack
from common.domain.barcodes import Pack, TraceCode, read_pack
from common.domain.picked import packs_of
from common.errors import NotFound
from common.i18n import N_
from common.pharmacy_errors import CodeQuarantined
from server.db import Read, Write
from server.stock_book.open_packs import Taking

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.messages.pharmacy import Scan
    from server.db import ReadTx, Tx
    from server.stock_book.picking import Going

#: Why more scans than packs are refused.
TOO_MANY: Final = N_("hand over|more packs are scanned than go out")

_OWNERS: Final = Read(
    "SELECT kind, code, drug_id FROM drug_code WHERE (kind = 'barcode' AND code = ANY(%(barcodes)s))"
    " OR (kind = 'trace_prefix' AND code = ANY(%(prefixes)s))"
)
#: Whole packs that are out, or came back and may not go out again; and opened ones of which nothing is left.
_GONE: Final = Read(
    "SELECT code, quarantined FROM dispensed_code WHERE code = ANY(%(codes)s) AND NOT split_pack AND (returned_at IS NULL OR quarantined)"
    " UNION ALL SELECT o.code, false FROM open_pack o WHERE o.code = ANY(%(codes)s) GROUP BY o.code HAVING max(o.remaining) = 0"
)
_POOL: Final = Read(
    "SELECT o.id, o.code, o.drug_id, o.batch_id, o.remaining, o.remaining - coalesce((SELECT sum(k.quantity) FROM pick k"
    " WHERE k.open_pack_id = o.id AND k.state = 'LAID_ASIDE'), 0) FROM open_pack o"
    " WHERE o.remaining > 0 AND (o.code = ANY(%(codes)s) OR o.id = ANY(%(ids)s))"
)
_SELL: Final = Write(
    "INSERT INTO dispensed_code (code, drug_id, prescription_line_id, split_pack, hand_over_id, at)"
    " SELECT code, drug_id, line_id, split, %(hand_over_id)s, %(now)s FROM unnest(%(codes)s::text[], %(drugs)s::bigint[], %(lines)s::bigint[],"
    " %(splits)s::bool[]) AS u(code, drug_id, line_id, split) ON CONFLICT DO NOTHING RETURNING code"
)


class LineOut(NamedTuple):
    """A line that goes out, as scanning sees it."""

    id: int
    drug_id: int
    name: str
    unit: str
    pack_size: Decimal
    pooled: bool


class _Opened(NamedTuple):
    """An opened pack; ``free`` of what is ``left`` is laid aside for nobody."""

    id: int
    code: str
    drug_id: int
    batch_id: int
    left: Decimal
    free: Decimal


class Out(NamedTuple):
    """A pack's own code, and whether it was opened for the line."""

    code: str
    line: LineOut
    split: bool


class Packs(NamedTuple):
    """What goes out: the codes, and for each pick that is no whole pack where it is taken from (by its place among the picks)."""

    codes: list[Out]
    takings: dict[int, Taking]


def check_owner(owners: Mapping[tuple[str, str], int], pack: Pack, line: LineOut, code: str) -> None:
    """Raise ``WrongPack`` unless the pack is of the line's drug."""
    owner = owners.get(("trace_prefix", TraceCode(pack.trace).product) if pack.trace else ("barcode", pack.article))
    if owner != line.drug_id:
        raise WrongPack(code=code, drug=line.name)


def owners_of(tx: ReadTx, packs: Sequence[Pack]) -> dict[tuple[str, str], int]:
    """Whose drug's codes these are, by kind and code."""
    prefixes = [TraceCode(pack.trace).product for pack in packs]
    rows = tx.rows(_OWNERS, barcodes=[pack.article for pack in packs], prefixes=prefixes)
    return {(kind, code): drug_id for kind, code, drug_id in rows}


def gone_of(tx: ReadTx, packs: Sequence[Pack]) -> dict[str, bool]:
    """Codes that may not go out again, and whether that is because they came back."""
    codes = [pack.trace for pack in packs if pack.trace]
    return dict(tx.rows(_GONE, codes=codes)) if codes else {}


def refused(code: str, drug: str, *, quarantined: bool) -> CodeQuarantined | CodeAlreadySold:
    """Why a code may not go out."""
    return CodeQuarantined(code=code, drug=drug) if quarantined else CodeAlreadySold(code=code, drug=drug)


def read(tx: Tx, lines: Mapping[int, LineOut], going: Sequence[Going], scans: Sequence[Scan], reasons: Mapping[int, str]) -> Packs:
    """Sort what was scanned to the picks that go out.

    Raises ``NotFound``, ``WrongPack``, ``CodeAlreadySold``, ``CodeQuarantined``, ``PacksMissing``, ``OpenPackFirst``, ``PackIsOpen``,
    ``HandOverWrong``.
    """
    packs = [read_pack(scan.code) for scan in scans]
    owners, gone = owners_of(tx, packs), gone_of(tx, packs)
    scanned: dict[int, list[Pack]] = {}
    seen: set[str] = set()
    for scan, pack in zip(scans, packs, strict=True):
        line = lines.get(scan.line_id)
        if line is None:
            raise NotFound(kind=N_("Prescription line"), key=str(scan.line_id))
        check_owner(owners, pack, line, scan.code)
        if pack.trace and (pack.trace in seen or pack.trace in gone):
            raise refused(pack.trace, line.name, quarantined=gone.get(pack.trace, False))
        seen.add(pack.trace)
        scanned.setdefault(line.id, []).append(pack)
    pool = _pool(tx, seen, going)
    found = Packs([], {})
    for line in lines.values():
        _read_line(line, going, scanned.get(line.id, []), pool, found, explained=line.id in reasons)
    return found


def _pool(tx: Tx, codes: set[str], going: Sequence[Going]) -> dict[int, _Opened]:
    ids = [each.aside.open_pack_id for each in going if each.aside.open_pack_id is not None]
    traces = sorted(codes - {""})
    return {row[0]: _Opened(*row) for row in tx.rows(_POOL, codes=traces, ids=ids)} if ids or traces else {}


def _read_line(
    line: LineOut, going: Sequence[Going], scanned: list[Pack], pool: Mapping[int, _Opened], found: Packs, *, explained: bool
) -> None:
    mine = {place: each for place, each in enumerate(going) if each.aside.line_id == line.id}
    wanted = packs_of((each.quantity for each in mine.values()), line.pack_size, pooled=line.pooled)
    if len(scanned) < wanted and not explained:
        raise PacksMissing(drug=line.name, wanted=wanted, scanned=len(scanned))
    if len(scanned) > wanted:
        raise HandOverWrong(drug=line.name, reason=TOO_MANY)
    broken = {place: each for place, each in mine.items() if line.pooled and each.quantity % line.pack_size}
    by_code = {pack.code: pack for pack in pool.values() if pack.code and pack.drug_id == line.drug_id}
    opened = [by_code[pack.trace] for pack in scanned if pack.trace in by_code]
    sealed = [pack for pack in scanned if pack.trace not in by_code]
    taken = {place: _expected(each, line, pool) for place, each in broken.items()}
    for pack in opened:
        taken[_fitting(pack, broken, taken, line, {each.id for each in opened})] = pack
    whole = wanted - len(broken)
    found.codes.extend(Out(pack.trace, line, False) for pack in sealed[:whole] if pack.trace)
    fresh = _break_open(line, sealed[whole:], broken, taken, opened)
    for place, each in broken.items():
        out_of = taken[place]
        code = (out_of.code if out_of is not None else "") or fresh.get(place, "")
        found.takings[place] = _taking(line, each, out_of, code)
        if code:
            found.codes.append(Out(code, line, True))


def _expected(each: Going, line: LineOut, pool: Mapping[int, _Opened]) -> _Opened | None:
    """The opened pack that a pick was to come out of, unless its rest is gone meanwhile."""
    pack = pool.get(each.aside.open_pack_id or 0)
    return pack if pack is not None and pack.left >= each.quantity % line.pack_size else None


def _fitting(pack: _Opened, broken: Mapping[int, Going], taken: Mapping[int, _Opened | None], line: LineOut, scanned: set[int]) -> int:
    """The pick that a scanned open pack is for: the one that waits for it, else one of its batch that it holds enough for."""
    for place in broken:
        expected = taken[place]
        if expected is not None and expected.id == pack.id:
            return place
    for place, each in broken.items():
        expected = taken[place]
        waits = expected is None or expected.id not in scanned
        if waits and each.aside.batch_id == pack.batch_id and pack.free >= each.quantity % line.pack_size:
            return place
    raise PackIsOpen(drug=line.name, code=pack.code, left=pack.left, unit=line.unit)


def _break_open(
    line: LineOut, sealed: Sequence[Pack], broken: Mapping[int, Going], taken: Mapping[int, _Opened | None], opened: Sequence[_Opened]
) -> dict[int, str]:
    """Sealed packs beyond the whole ones are opened, each for a pick that has none. A retail code may be that of the pack that is open; and one
    that was opened by its retail code gets its own code when that is scanned."""
    scanned = {pack.id for pack in opened}
    waiting = [place for place in broken if taken[place] is None]
    expected = [(place, pack) for place, pack in taken.items() if pack is not None and pack.id not in scanned]
    fresh: dict[int, str] = {}
    for pack in sealed:
        if waiting and (pack.trace or not expected):
            fresh[waiting.pop(0)] = pack.trace
            continue
        place, first = expected.pop(0)  # there are as many scans as picks at most
        if pack.trace and first.code:
            raise OpenPackFirst(drug=line.name, code=first.code, left=first.left, unit=line.unit)
        fresh[place] = pack.trace
    return fresh


def _taking(line: LineOut, each: Going, pack: _Opened | None, code: str) -> Taking:
    return Taking(
        line_id=line.id,
        drug_id=line.drug_id,
        drug=line.name,
        unit=line.unit,
        batch_id=each.aside.batch_id,
        location_id=each.aside.location_id,
        quantity=each.quantity % line.pack_size,
        pack_size=line.pack_size,
        pack_id=pack.id if pack is not None else None,
        code=code,
    )


def enter(tx: Tx, codes: Sequence[Out], hand_over_id: int) -> None:
    """Enter the codes; one that another desk sold in this very moment is caught by the unique key."""
    if not codes:
        return
    entered = tx.write(
        _SELL,
        now=tx.now,
        hand_over_id=hand_over_id,
        codes=[out.code for out in codes],
        drugs=[out.line.drug_id for out in codes],
        lines=[out.line.id for out in codes],
        splits=[out.split for out in codes],
    )
    missing = {out.code: out.line.name for out in codes}
    for row in entered:
        missing.pop(row[0], None)
    if missing:
        code = min(missing)
        raise CodeAlreadySold(code=code, drug=missing[code])
