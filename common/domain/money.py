"""Money: integer fen. Unit prices and quantities are decimals, and only :func:`line_amount` rounds (DOMAIN.md §5.2)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

#: Largest amount of one line or tender: 100 million yuan. More is a typing error.
MAX_FEN: Final = 10_000_000_000

_ONE: Final = Decimal(1)


def line_amount(unit_price: Decimal, quantity: Decimal) -> int:
    """``unit_price`` (yuan, ≤ 6 places) × ``quantity`` (≤ 4 places) in fen, half away from zero."""
    return int((unit_price * quantity * 100).quantize(_ONE, ROUND_HALF_UP))


def pack_amount(pack_price: Decimal, pack_size: Decimal, quantity: Decimal) -> int:
    """The price in fen of ``quantity`` base units of a drug sold at ``pack_price`` yuan for ``pack_size`` base units.

    Whole packs cost exactly the pack price; the rest costs the unit price of the split pack, kept at 6 places (DOMAIN.md §5.2).
    """
    packs, rest = divmod(quantity, pack_size)
    return line_amount(pack_price, packs) + line_amount(unit_price(pack_price, pack_size), rest)


def unit_price(pack_price: Decimal, pack_size: Decimal) -> Decimal:
    """The price of one base unit in yuan, at 6 places."""
    return (pack_price / pack_size).quantize(Decimal("0.000001"), ROUND_HALF_UP)


def yuan(fen: int) -> Decimal:
    """Fen as yuan with two places."""
    return Decimal(fen).scaleb(-2)


def format_price(yuan: Decimal) -> str:
    """The price of a pack, without the sign: ``7.50``; two places, and as many more as it has."""
    cents = yuan.quantize(Decimal("0.01"))
    return f"{cents:,}" if cents == yuan else f"{yuan.normalize():,f}"


def format_yuan(fen: int) -> str:
    """``123450`` → ``¥1,234.50``; a minus stands before the sign."""
    sign = "-" if fen < 0 else ""
    return f"{sign}¥{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def parse_yuan(text: str) -> int | None:
    """What a cashier typed (``50``, ``38.6``, ``1,234.50``) in fen; ``None`` if it is no amount of at most two places in range."""
    cleaned = text.strip().replace(",", "").replace("，", "").removeprefix("¥").removeprefix("￥")
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        return None
    fen = amount * 100 if amount.is_finite() else Decimal("NaN")
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen <= MAX_FEN:
        return None
    return int(fen)
