"""Fields that the entry pages share: a short list of words, an item of the price list, a price."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from client.initials import matches
from client.widgets.code_input import CodeInput
from client.widgets.table import Column
from common.i18n import N_, tr
from common.messages.prices import SearchPriceItems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from client.desk import Desk


def word_list(options: Callable[[], Sequence[tuple[str, str]]]) -> CodeInput:
    """One of a few (code, finished word): opens on focus, found by the word or its initials. ``entry()`` is the pair."""

    def look_up(text: str, show: Callable[[Sequence[Any]], None]) -> None:
        show([option for option in options() if not text or matches(text, option[1])])

    columns = (Column(title="", text=lambda option: option[1]),)
    return CodeInput(columns, look_up=look_up, shown=lambda option: option[1], key=lambda option: option[0], popup_width=260, opens=True)


def item_input(desk: Desk, key: str) -> CodeInput:
    """An item of the price list, found while one types. ``key`` tells this field's questions from those of others."""

    def look_up(text: str, show: Callable[[Sequence[Any]], None]) -> None:
        desk.send(SearchPriceItems(text=text[:60], limit=20), lambda hits: show(hits.items), lambda _error: show(()), key=key)

    columns = (
        Column(title=N_("price|Code"), text=lambda item: item.code, width=72, quiet=True),
        Column(title=N_("price|Item"), text=lambda item: item.name, strong=True),
        Column(title=N_("price|Price"), text=lambda item: price_text(item.price), width=96, align="right"),
        Column(title=N_("price|Unit"), text=lambda item: item.unit, width=56),
    )
    return CodeInput(columns, look_up=look_up, shown=lambda item: item.name, key=lambda item: item.id)


def price_text(price: Decimal) -> str:
    """A price in yuan with at least two places, and no needless zeros after them."""
    places = max(2, -int(price.normalize().as_tuple().exponent))
    return f"{price:,.{places}f}"


def decimal_of(text: str) -> Decimal | None:
    """What was typed as a plain number, or ``None``."""
    try:
        number = Decimal(text.strip().replace(",", "").removeprefix("¥"))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def chosen_code(field: CodeInput) -> str:
    """The code of the word that stands in a field of :func:`word_list`; empty while none was chosen."""
    entry = field.entry()
    return str(entry[0]) if entry is not None else ""


def say_required(words: str) -> str:
    """``Fill in: Payee``."""
    return tr("Fill in: {field}", field=words)
