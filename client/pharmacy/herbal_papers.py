"""Labels of a herbal prescription: one for each dose, one for each small bag of it that is boiled otherwise; those of a decoction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from client.format import sex
from client.pharmacy.papers import prescription_code
from common.domain.dosage import plain
from common.domain.herbal import Handling
from common.domain.herbal_words import taken
from common.i18n import CHINESE, N_, language, tr
from printing.documents.base import Copy
from printing.documents.herbal_bag import HerbalBag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from common.messages.consult import PrescriptionFacts, PrescriptionLine
    from common.messages.herbal import BagToCheck, DecoctionFacts

#: What a person at home does with the small bag.
_WHAT_TO_DO = {
    Handling.FIRST: N_("bag|Boil this first, then with the rest"),
    Handling.LATER: N_("bag|Add 5 minutes before the rest is done"),
    Handling.WRAPPED: N_("bag|Boil with the rest, in its bag"),
    Handling.APART: N_("bag|Boil by itself, mix before drinking"),
    Handling.MELTED: N_("bag|Melt in the hot decoction"),
    Handling.STIRRED: N_("bag|Stir into the decoction, drink with it"),
}


def dose_bags(
    facts: PrescriptionFacts, *, printed_at: datetime, by: str, copy: int = 1, checked: Sequence[BagToCheck] = ()
) -> list[HerbalBag]:
    """For each dose its bag with the weight that was ``checked``, and the small bags that go with it. In Chinese whatever the screen speaks;
    ``copy`` 2 is the first reprint.
    """
    order = facts.herbal
    assert order is not None
    with language(CHINESE):
        usage = " ".join(filter(None, taken(facts.lines[0], order)))
        apart = _apart(facts.lines)
        weights = {each.bag: each.weight.grams for each in checked if each.weight is not None}
        bags = []
        for dose in range(1, order.doses + 1):
            which = tr("bag|Dose {n} of {count}", n=dose, count=order.doses)
            weighed = f"{which}　{tr('bag|{n} g', n=plain(weights[dose]))}" if dose in weights else which
            bags.append(_bag(facts, which=weighed, usage=usage, special=_besides(apart), printed_at=printed_at, by=by, copy=copy))
            bags += [
                _bag(
                    facts,
                    which=which,
                    usage=tr(_WHAT_TO_DO[kind]),
                    special=kind.words,
                    contents=(_named(lines),),
                    printed_at=printed_at,
                    by=by,
                    copy=copy,
                )
                for kind, lines in apart.items()
            ]
        return bags


def decoction_bags(facts: PrescriptionFacts, *, printed_at: datetime, by: str, copy: int = 1) -> list[HerbalBag]:
    """A label for each bag of a packed decoction: one a portion."""
    order = facts.herbal
    assert order is not None
    count = order.doses * order.portions
    with language(CHINESE):
        a_day = -(-count // facts.lines[0].days)
        usage = " ".join(filter(None, (tr("bag|{n} times a day, 1 bag each", n=a_day), order.usage)))
        whiches = [tr("bag|Decoction, bag {n} of {count}", n=bag, count=count) for bag in range(1, count + 1)]
        return [_bag(facts, which=which, usage=usage, printed_at=printed_at, by=by, copy=copy) for which in whiches]


def order_label(facts: PrescriptionFacts, order: DecoctionFacts, *, printed_at: datetime, by: str, copy: int = 1) -> HerbalBag:
    """What goes with the pot from step to step; its barcode is scanned at each."""
    with language(CHINESE):
        apart = _apart(facts.lines)
        where = (
            tr("bag|deliver: {phone} {address}", phone=order.phone, address=order.address) if order.deliver else tr("bag|to be collected")
        )
        return _bag(
            facts,
            which=tr("bag|Decoction {number}, {n} doses", number=order.number, n=order.doses),
            special=" ".join(kind.words for kind in apart),
            contents=tuple(f"{kind.words}：{_named(lines, order.doses)}" for kind, lines in apart.items()),
            usage=f"{tr('bag|{n} bags', n=order.doses * order.portions)} {where}",
            printed_at=printed_at,
            by=by,
            copy=copy,
        )


def _apart(lines: Sequence[PrescriptionLine]) -> dict[Handling, list[PrescriptionLine]]:
    found: dict[Handling, list[PrescriptionLine]] = {}
    for line in lines:
        if line.handling is not None:
            found.setdefault(line.handling, []).append(line)
    return found


def _besides(apart: dict[Handling, list[PrescriptionLine]]) -> str:
    """On the bag of the dose: that there are small bags besides."""
    return tr("bag|with {kinds} in bags of their own", kinds="、".join(kind.words for kind in apart)) if apart else ""


def _named(lines: Sequence[PrescriptionLine], doses: int = 1) -> str:
    return "、".join(
        f"{line.name} {plain(line.dose * doses)}{line.dose_unit}{f'（{line.advice}）' if line.advice else ''}" for line in lines
    )


def _bag(
    facts: PrescriptionFacts,
    *,
    which: str,
    usage: str,
    printed_at: datetime,
    by: str,
    copy: int,
    special: str = "",
    contents: tuple[str, ...] = (),
) -> HerbalBag:
    at = facts.dispensed_at or printed_at
    return HerbalBag(
        clinic=facts.clinic,
        copy=Copy(number=copy, at=printed_at.replace(tzinfo=None), by=by),
        patient=facts.patient_name,
        sex=sex(facts.sex),
        age=facts.age,
        which=which,
        special=special,
        contents=contents,
        usage=usage,
        prepared_on=at.astimezone(printed_at.tzinfo).date(),
        pharmacist=facts.dispenser or by,
        number=facts.number,
        barcode=prescription_code(facts.number),
    )
