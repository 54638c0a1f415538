"""How the doses of a herbal prescription are taken, in words for papers and screens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from common.i18n import tr

if TYPE_CHECKING:
    from common.messages.consult import HerbalFacts, PrescriptionLine


def herbal_usage(line: PrescriptionLine, order: HerbalFacts) -> str:
    """``共7剂 每日1剂 水煎服 分2次 饭后温服`` in Chinese. ``line`` is any of the slices: all have the same days and the same route."""
    words = (tr("herbal|{n} doses", n=order.doses), *taken(line, order))
    return " ".join(filter(None, words))


def taken(line: PrescriptionLine, order: HerbalFacts) -> tuple[str, ...]:
    """The same without how many there are, part by part; empty parts say nothing."""
    return (_pace(line, order), line.route_text, tr("herbal|in {n} portions", n=order.portions), order.usage)


def _pace(line: PrescriptionLine, order: HerbalFacts) -> str:
    if order.doses % line.days == 0:
        return tr("herbal|{n} a day", n=order.doses // line.days)
    if line.days % order.doses == 0:
        return tr("herbal|one every {n} days", n=line.days // order.doses)
    return line.frequency_text
