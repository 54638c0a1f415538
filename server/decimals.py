"""Decimals as they come off the wire: JSON gives them as text, and ``NaN``, ``Infinity`` or ``1E+999999`` are decimals too."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common.errors import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from common.wire import Request

#: Above every quantity and price that the tables can hold; more places than any rule allows.
_BELOW: Final = Decimal(10) ** 12
_PLACES: Final = 12


def refuse_wild_decimals(request: Request[Any]) -> None:
    """Raise ``Malformed`` for a decimal that is no number, or that nothing here could be counted in."""
    if not _has_decimals(type(request)):
        return
    for value in _decimals(request):
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or exponent < -_PLACES or abs(value) >= _BELOW:
            raise Malformed(detail=f"no amount: {str(value)[:40]}")


@cache
def _has_decimals(kind: type[Any]) -> bool:
    return "decimal" in str(msgspec.json.schema_components([kind])).lower()


def _decimals(value: Any) -> Iterator[Decimal]:
    if isinstance(value, Decimal):
        yield value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _decimals(getattr(value, field))
    elif isinstance(value, tuple):
        for item in value:
            yield from _decimals(item)
