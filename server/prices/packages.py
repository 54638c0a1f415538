"""Packages 组套: items that are charged together; and finding them beside the items."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.money import line_amount
from common.errors import FieldWrong, NotFound
from common.i18n import N_
from common.messages.prices import (
    ListPackages,
    PackageFacts,
    PackageLine,
    PackageList,
    PriceHits,
    PutPackage,
    SearchPriceItems,
)
from server.db import Read, Write
from server.features import handles
from server.prices.items import check_quantity, facts, found_items, matching

if TYPE_CHECKING:
    from collections.abc import Sequence

    from server.db import ReadTx, Tx

_PACKAGES: Final = Read("SELECT id, code, name, active FROM service_package ORDER BY code")
_LINES: Final = Read(
    "SELECT l.package_id, i.id, i.code, i.name, i.unit, l.quantity, coalesce(p.price, 0), i.active AND p.id IS NOT NULL"
    " FROM service_package_line l JOIN service_item i ON i.id = l.service_item_id LEFT JOIN service_price p ON p.service_item_id = i.id"
    " AND p.valid_from <= %(today)s AND (p.valid_to IS NULL OR p.valid_to >= %(today)s) WHERE l.package_id = ANY(%(ids)s) ORDER BY i.code"
)
_PUT: Final = Write(
    "INSERT INTO service_package (code, name, active) VALUES (%(code)s, %(name)s, %(active)s)"
    " ON CONFLICT (code) DO UPDATE SET name = excluded.name, active = excluded.active RETURNING id"
)
_EMPTY: Final = Write("DELETE FROM service_package_line WHERE package_id = %(id)s")
_FILL: Final = Write(
    "INSERT INTO service_package_line (package_id, service_item_id, quantity) SELECT %(id)s, i.id, u.quantity"
    " FROM unnest(%(items)s::bigint[], %(quantities)s::numeric[]) AS u(item_id, quantity) JOIN service_item i ON i.id = u.item_id"
)


def packages(tx: ReadTx, wanted: Sequence[int] | None = None) -> tuple[PackageFacts, ...]:
    """All packages by code, or those ``wanted`` in that order, with today's prices."""
    heads = {row[0]: row for row in tx.rows(_PACKAGES)}
    ids = [id for id in (heads if wanted is None else wanted) if id in heads]
    lines: defaultdict[int, list[PackageLine]] = defaultdict(list)
    for package_id, item_id, code, name, unit, quantity, price, active in tx.rows(_LINES, ids=ids, today=tx.today):
        line = PackageLine(
            item_id=item_id,
            code=code,
            name=name,
            unit=unit,
            quantity=quantity,
            price=price,
            amount_fen=line_amount(price, quantity),
            active=active,
        )
        lines[package_id].append(line)
    return tuple(_facts(heads[id][:4], lines[id]) for id in ids)


def _facts(head: Sequence[object], lines: Sequence[PackageLine]) -> PackageFacts:
    id, code, name, active = head
    return PackageFacts(
        id=int(str(id)),
        code=str(code),
        name=str(name),
        active=bool(active),
        lines=tuple(lines),
        total_fen=sum(line.amount_fen for line in lines),
    )


def one_package(tx: ReadTx, package_id: int) -> PackageFacts:
    """A package with today's prices. Raises ``NotFound``."""
    found = packages(tx, (package_id,))
    if not found:
        raise NotFound(kind=N_("Package"), key=str(package_id))
    return found[0]


@handles(ListPackages)
def list_packages(tx: ReadTx, request: ListPackages) -> PackageList:
    """All packages."""
    return PackageList(packages=packages(tx))


@handles(SearchPriceItems)
def search_price_items(tx: ReadTx, request: SearchPriceItems) -> PriceHits:
    """What can be charged now and fits the text."""
    if not request.text.strip():
        return PriceHits(packages=(), items=())
    offered = [(id, code, name) for id, code, name, active in tx.rows(_PACKAGES) if active]
    found = packages(tx, matching(request.text, offered)[: request.limit])
    items = facts(tx, found_items(tx, request.text)[: request.limit], tx.today)
    return PriceHits(
        packages=tuple(package for package in found if all(line.active for line in package.lines)),
        items=tuple(item for item in items if item.priced),
    )


@handles(PutPackage)
def put_package(tx: Tx, request: PutPackage) -> PackageFacts:
    """A package as it is from now on."""
    items = [line.item_id for line in request.lines]
    if len(set(items)) != len(items):
        raise FieldWrong(field=N_("Package"), reason=N_("an item stands in it twice"))
    for line in request.lines:
        check_quantity(line.quantity)
    row = tx.write_one(_PUT, code=request.code.strip(), name=request.name.strip(), active=request.active)
    assert row is not None
    tx.write(_EMPTY, id=row[0])
    if tx.count(_FILL, id=row[0], items=items, quantities=[line.quantity for line in request.lines]) != len(items):
        raise NotFound(kind=N_("Service item"), key="")
    tx.detail = {"package": row[0], "items": len(items)}
    tx.changed(topics.CATALOGUE)
    return one_package(tx, row[0])
