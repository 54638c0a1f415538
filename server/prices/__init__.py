"""The price list 价目: items, prices by time, packages, surcharges by route, and what is charged by hand from it.

A price is what ``service_price`` says for a day (:func:`price_on`). ``service_item.price`` is today's copy for those who read the items as a
plain list (a session's fees): the act that sets a price writes it, an import is entered as a price, and a task of the service lets prices
that begin later come into it.
"""

from server.prices.charging import charge_manually, void_manual_charge
from server.prices.items import list_price_items
from server.prices.packages import list_packages, put_package, search_price_items
from server.prices.surcharges import charge_surcharges, surcharges_due
from server.prices.validity import enter_imported, price_on, prices_to_begin, set_price

__all__ = [
    "charge_manually",
    "charge_surcharges",
    "enter_imported",
    "list_packages",
    "list_price_items",
    "price_on",
    "prices_to_begin",
    "put_package",
    "search_price_items",
    "set_price",
    "surcharges_due",
    "void_manual_charge",
]
