"""What a route costs besides the drug, and charging it with the prescription."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common import topics
from common.domain.herbal import DECOCTED_HERE
from common.domain.surcharge import GivenLine, Per, surcharge_count
from common.errors import NotFound
from common.i18n import N_
from common.messages.prices import DropRouteSurcharge, ListRouteSurcharges, PutRouteSurcharge, RouteSurcharge, SurchargeList
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.herbal import DECOCTS
from server.money_book.service_charges import ServiceCharge, charge_services
from server.prices.items import facts, one_item

if TYPE_CHECKING:
    from common.messages.prices import PriceItem
    from server.db import ReadTx, Tx
    from server.money_book import ChargeContext

_ALL: Final = Read(
    "SELECT r.route_code, coalesce(n.name_zh, r.route_code) AS route_name, r.per, i.id AS item_id, i.code AS item_code, i.name AS item_name,"
    " i.unit, coalesce(p.price, 0) AS price FROM route_surcharge r JOIN service_item i ON i.id = r.service_item_id"
    " LEFT JOIN route n ON n.code = r.route_code LEFT JOIN service_price p ON p.service_item_id = i.id AND p.valid_from <= %(today)s"
    " AND (p.valid_to IS NULL OR p.valid_to >= %(today)s) ORDER BY n.position, r.route_code, i.code"
)
_ROUTE: Final = Read("SELECT 1 FROM route WHERE code = %(code)s")
_PUT: Final = Write(
    "INSERT INTO route_surcharge (route_code, service_item_id, per) VALUES (%(code)s, %(item_id)s, %(per)s)"
    " ON CONFLICT (route_code, service_item_id) DO UPDATE SET per = excluded.per"
)
_DROP: Final = Write("DELETE FROM route_surcharge WHERE route_code = %(code)s AND service_item_id = %(item_id)s")
#: The route of what is boiled at home.
_AT_HOME: Final = "decoct"
#: All slices of a herbal prescription are one pot: what each giving costs is due once a dose. Who boils it may have been settled otherwise since
#: it was signed; ``pot``: as if it were boiled so.
_OF_PRESCRIPTION: Final = Read(
    "SELECT r.service_item_id, r.per, CASE p.kind WHEN 'herbal' THEN 1 ELSE l.group_no END, l.frequency, coalesce(f.times, '0'), l.days,"
    " l.dose, d.dose_per_base, l.quantity"
    " FROM prescription_line l JOIN prescription p ON p.id = l.prescription_id LEFT JOIN herbal_order h ON h.prescription_id = p.id"
    " JOIN route_surcharge r ON r.route_code = coalesce(%(pot)s, CASE WHEN h.prescription_id IS NULL THEN l.route"
    f" WHEN {DECOCTS} THEN '{DECOCTED_HERE}' WHEN l.route = '{DECOCTED_HERE}' THEN '{_AT_HOME}' ELSE l.route END)"
    " JOIN drug d ON d.id = l.drug_id"
    " LEFT JOIN frequency f ON f.code = l.frequency WHERE l.prescription_id = %(id)s ORDER BY r.service_item_id, l.line_no"
)


@handles(ListRouteSurcharges)
def list_route_surcharges(tx: ReadTx, request: ListRouteSurcharges) -> SurchargeList:
    """All surcharges, in the order of the routes."""
    return SurchargeList(surcharges=tx.structs(RouteSurcharge, _ALL, today=tx.today))


@handles(PutRouteSurcharge)
def put_route_surcharge(tx: Tx, request: PutRouteSurcharge) -> Done:
    """A route costs an item."""
    tx.one(_ROUTE, NotFound(kind=N_("Route"), key=request.route_code), code=request.route_code)
    one_item(tx, request.item_id)
    tx.write(_PUT, code=request.route_code, item_id=request.item_id, per=request.per)
    tx.detail = {"route": request.route_code, "item": request.item_id, "per": request.per}
    tx.changed(topics.CATALOGUE)
    return Done()


@handles(DropRouteSurcharge)
def drop_route_surcharge(tx: Tx, request: DropRouteSurcharge) -> Done:
    """A route costs an item no more."""
    if not tx.count(_DROP, code=request.route_code, item_id=request.item_id):
        raise NotFound(kind=N_("Surcharge"), key=request.route_code)
    tx.detail = {"route": request.route_code, "item": request.item_id}
    tx.changed(topics.CATALOGUE)
    return Done()


def charge_surcharges(tx: Tx, context: ChargeContext, prescription_id: int, number: str) -> None:
    """Charge what the routes of a prescription cost, as part of it: paid, voided and refunded with it.

    An item that two routes cost alike is one line. One that is no longer offered, or has no price today, is not charged.
    """
    charges = [ServiceCharge.of(item, Decimal(count)) for item, _, count in surcharges_due(tx, prescription_id)]
    charge_services(tx, context, charges, source="surcharge", source_number=number, prescription_id=prescription_id)


def surcharges_due(tx: ReadTx, prescription_id: int, pot: str | None = None) -> list[tuple[PriceItem, Per, int]]:
    """What the routes of a prescription cost: items, what each is counted by, and how often. ``pot``: as if all of it went by that route."""
    by_route: defaultdict[tuple[int, str], list[GivenLine]] = defaultdict(list)
    for item_id, per, group, frequency, times, days, dose, dose_per_base, quantity in tx.rows(
        _OF_PRESCRIPTION, id=prescription_id, pot=pot
    ):
        line = GivenLine(
            group=group, frequency=frequency, times=times, days=days, dose=dose, dose_per_base=dose_per_base, quantity=quantity
        )
        by_route[item_id, per].append(line)
    counts: defaultdict[int, int] = defaultdict(int)
    pers: dict[int, Per] = {}
    for (item_id, per), lines in by_route.items():
        counts[item_id] += surcharge_count(Per(per), lines)
        pers[item_id] = Per(per)
    items = facts(tx, sorted(counts), tx.today) if counts else ()
    return [(item, pers[item.id], counts[item.id]) for item in items if item.active and item.priced and counts[item.id]]
