"""A paper of the store that is being made: what stands in its fields, and its lines. No Qt. It is kept as a draft while it is typed."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.dosage import plain
from common.i18n import tr
from common.messages.store_papers import (
    AskedFor,
    AskStore,
    DraftPaper,
    PaperFacts,
    PaperGoods,
    PaperKind,
    SendTransfer,
    Taken,
)

if TYPE_CHECKING:
    from common.wire import Command

#: The fields of each kind, in their order.
FIELDS: Final = {
    PaperKind.REQUEST: ("note",),
    PaperKind.TRANSFER: ("note",),
    PaperKind.DAMAGE: ("reason", "note"),
    PaperKind.DESTROY: ("reason", "site", "way", "witness", "note"),
    PaperKind.SUPPLIER_RETURN: ("supplier", "reason", "note"),
}
#: Nothing is made without these.
NEEDED: Final = frozenset({"reason", "site", "way", "witness", "supplier"})

_AMOUNT: Final = re.compile(r"^\s*(\d{1,9}(?:\.\d{1,4})?)?\s*(?:[+＋]\s*(\d{1,9}(?:\.\d{1,4})?))?\s*$")


def parse_amount(typed: str, pack_size: Decimal) -> Decimal | None:
    """``3`` packs, ``3+5`` packs and pieces, ``+5`` pieces: in base units. ``None`` if it is none of these."""
    match = _AMOUNT.match(typed)
    if match is None or not (match[1] or match[2]):
        return None
    return Decimal(match[1] or 0) * pack_size + Decimal(match[2] or 0)


def amount(quantity: Decimal, pack_size: Decimal) -> str:
    """The same the other way round, as it stands in a field."""
    whole, rest = divmod(quantity, pack_size)
    if not rest:
        return plain(whole)
    return f"{plain(whole) if whole else ''}+{plain(rest)}"


class DraftLine(msgspec.Struct, kw_only=True):
    """A line: a batch at its place, or a drug that is asked for. ``quantity`` in base units."""

    goods: PaperGoods
    quantity: Decimal

    @property
    def value_fen(self) -> int:
        """At purchase price."""
        value = self.quantity * self.goods.purchase_price / self.goods.pack_size * 100
        return int(value.to_integral_value("ROUND_HALF_UP"))


class PaperDraft(msgspec.Struct, kw_only=True):
    """What was typed so far. ``number`` and ``version`` are of a draft at the service that is being changed, ``serves`` the request answered."""

    kind: PaperKind = PaperKind.TRANSFER
    number: str = ""
    version: int = 0
    out_of: str = "STORE"
    serves: str = ""
    supplier: str = ""
    reason: str = ""
    note: str = ""
    site: str = ""
    way: str = ""
    witness: str = ""
    lines: list[DraftLine] = []

    def begun(self) -> bool:
        """Whether there is anything that would be lost."""
        return bool(self.lines or self.number or any(getattr(self, name).strip() for name in FIELDS[self.kind]))

    def value_fen(self) -> int:
        """Of all lines."""
        return sum(line.value_fen for line in self.lines)

    def add(self, goods: PaperGoods, quantity: Decimal) -> str:
        """Put a line on it; why not, if it cannot be."""
        if quantity <= 0 or quantity * 10**4 % 1:
            return tr("paper|Type how much: 3 packs, 3+5 packs and pieces, +5 pieces.")
        if goods.batch_id is not None and goods.free and quantity > goods.free:
            return tr("paper|There are {free} free.", free=f"{plain(goods.free)} {goods.base_unit}")
        if any(same(line.goods, goods) for line in self.lines):
            return tr("paper|It stands on the paper already; Enter on its line changes it.")
        self.lines.append(DraftLine(goods=goods, quantity=quantity))
        return ""

    def why_not(self) -> tuple[str, str]:
        """The first field that is missing, and a sentence; empty if nothing is."""
        for name in FIELDS[self.kind]:
            if name in NEEDED and not getattr(self, name).strip():
                return name, _MISSING[name]()
        if not self.lines:
            return "goods", tr("paper|There is no line yet.")
        return "", ""

    def request(self) -> Command[PaperFacts]:
        """The command. Call it only while :meth:`why_not` is empty."""
        taken = tuple(
            Taken(batch_id=line.goods.batch_id, place=line.goods.place, quantity=line.quantity)
            for line in self.lines
            if line.goods.batch_id is not None
        )
        if self.kind is PaperKind.REQUEST:
            asked = tuple(AskedFor(drug_id=line.goods.drug_id, quantity=line.quantity) for line in self.lines)
            return AskStore(lines=asked, note=self.note.strip())
        if self.kind is PaperKind.TRANSFER:
            return SendTransfer(out_of=self.out_of, lines=taken, serves=self.serves, note=self.note.strip())
        said = {name: getattr(self, name).strip() for name in FIELDS[self.kind]}
        return DraftPaper(kind=self.kind, lines=taken, number=self.number, version=self.version, **said)


_MISSING: Final = {
    "reason": lambda: tr("paper|Type why."),
    "site": lambda: tr("paper|Type where it is destroyed."),
    "way": lambda: tr("paper|Type how it is destroyed."),
    "witness": lambda: tr("paper|Type who witnesses it."),
    "supplier": lambda: tr("paper|Type the supplier."),
}


def same(one: PaperGoods, other: PaperGoods) -> bool:
    """Whether both are the same batch at the same place, or the same drug."""
    return (one.drug_id, one.batch_id, one.place) == (other.drug_id, other.batch_id, other.place)


def to_change(facts: PaperFacts) -> PaperDraft:
    """A draft of the service, to be changed."""
    entry = facts.entry
    lines = [
        DraftLine(
            goods=PaperGoods(
                **{name: getattr(line, name) for name in _SHARED}, code="", free=Decimal(0), there=Decimal(0), suggested=Decimal(0)
            ),
            quantity=line.quantity,
        )
        for line in facts.lines
    ]
    return PaperDraft(
        kind=entry.kind,
        number=entry.number,
        version=entry.version,
        supplier=entry.supplier,
        reason=entry.reason,
        note=facts.note,
        site=facts.site,
        way=facts.way,
        witness=facts.witness,
        lines=lines,
    )


_SHARED: Final = (
    "drug_id",
    "drug",
    "specification",
    "manufacturer",
    "base_unit",
    "pack_unit",
    "pack_size",
    "batch_id",
    "lot",
    "expires",
    "place",
    "supplier",
    "purchase_price",
)
