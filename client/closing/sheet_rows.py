"""A close or a roll-up as rows of one table: sums by category and tender, insurance, cash, receipts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from common.domain.money import yuan
from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from printing.documents.close_lines import insurance_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from common.messages.close_sheet import CloseSheet, InOut, InsuranceSum, InvoiceUse
    from common.messages.closing import CloseHit, RollUpFacts

_CATEGORIES = {
    "consultation": N_("fee|Consultation"),
    "exam": N_("fee|Examinations"),
    "lab": N_("fee|Laboratory"),
    "treatment": N_("fee|Treatment"),
    "surgery": N_("fee|Surgery"),
    "material": N_("fee|Materials"),
    "western_drug": N_("fee|Western drugs"),
    "herbal": N_("fee|Herbal slices"),
    "patent": N_("fee|Patent Chinese drugs"),
    "general": N_("fee|General treatment"),
    "registration": N_("fee|Registration"),
    "other": N_("fee|Other outpatient fees"),
}
#: Numbers named in one row; the paper and the list of bills have the rest.
_NAMED = 4


class Line(NamedTuple):
    """A row: a heading when ``head`` is set, else a label and up to three figures. ``close_id``: Enter opens that close."""

    head: str = ""
    label: str = ""
    came: str = ""
    went: str = ""
    net: str = ""
    close_id: int = 0
    place: int = 0


def bare(fen: int) -> str:
    """``1,234.50``."""
    return f"{yuan(fen):,}"


def of_close(sheet: CloseSheet) -> list[Line]:
    """A close's rows."""
    return _placed([*_bills(sheet), *_sums(sheet), *_cash(sheet), *_invoices(sheet.invoices)])


def of_roll_up(facts: RollUpFacts) -> list[Line]:
    """A roll-up's rows; those of its closes lead there."""
    closes = [close_line(hit) for hit in facts.closes]
    head = Line(head=tr("closing|Closes: net receipts, difference, handed in"))
    return _placed([*_bills(facts), head, *closes, *_sums(facts), *_cash(facts)])


def close_line(hit: CloseHit) -> Line:
    """A close in one row: net receipts, difference, handed in."""
    return Line(
        label=f"{hit.number}  {hit.cashier}",
        came=bare(hit.net_fen),
        went=bare(hit.difference_fen),
        net=bare(hit.handed_in_fen),
        close_id=hit.id,
    )


def _placed(lines: list[Line]) -> list[Line]:
    return [line._replace(place=place) for place, line in enumerate(lines)]


def _bills(sums: CloseSheet | RollUpFacts) -> Iterator[Line]:
    yield Line(head=tr("closing|Bills"))
    yield Line(label=tr("closing|Bills: {n}, refunds: {refunds}", n=sums.bills, refunds=sums.refunds), came=bare(sums.bills_fen),
               went=bare(sums.refunds_fen), net=bare(sums.bills_fen + sums.refunds_fen))  # fmt: skip


def _sums(sums: CloseSheet | RollUpFacts) -> Iterator[Line]:
    yield Line(head=tr("closing|By category"))
    yield from (_in_out(tr(_CATEGORIES.get(total.code, total.code)), total) for total in sums.categories)
    yield Line(head=tr("closing|By means of payment"))
    yield from (_in_out(tender(total.code), total) for total in _in_order(sums.tenders))
    yield from _beside(sums)
    if sums.insurance:
        yield Line(head=tr("closing|Insurance: fund, personal account, paid in cash"))
        yield from (_insured(part) for part in sums.insurance)


def tender(code: str) -> str:
    """A means of payment, as a person calls it."""
    return tr(TITLES[TenderKind(code)])


def _in_order(tenders: Sequence[InOut]) -> list[InOut]:
    order = list(TenderKind)
    return sorted(tenders, key=lambda total: order.index(TenderKind(total.code)))


def _in_out(label: str, total: InOut) -> Line:
    return Line(label=label, came=bare(total.in_fen), went=bare(total.out_fen) if total.out_fen else "", net=bare(total.net_fen))


def _beside(sums: CloseSheet | RollUpFacts) -> Iterator[Line]:
    if sums.deposits.in_fen or sums.deposits.out_fen:
        yield _in_out(tr("closing|Deposits, taken in and paid out"), sums.deposits)
    for label, fen in (
        (tr("closing|Debts collected"), sums.collected_fen),
        (tr("closing|Cash rounding"), sums.rounding_fen),
        (tr("closing|Expenses in cash"), -sums.expenses_fen),
    ):
        if fen:
            yield Line(label=label, net=bare(fen))


def _insured(part: InsuranceSum) -> Line:
    label = tr(
        "closing|{name}: settled {settled}, cancelled {cancelled}",
        name=insurance_name(part),
        settled=part.settled,
        cancelled=part.cancelled,
    )
    return Line(label=label, came=bare(part.fund_fen), went=bare(part.account_fen), net=bare(part.cash_fen))


def _cash(sums: CloseSheet | RollUpFacts) -> Iterator[Line]:
    yield Line(head=tr("closing|Cash"))
    for label, fen in (
        (tr("closing|Expected"), sums.expected_fen),
        (tr("closing|Cash counted"), sums.counted_fen),
        (tr("closing|Difference"), sums.difference_fen),
        (tr("closing|Handed in"), sums.handed_in_fen),
        (tr("closing|Kept as the next float"), sums.kept_fen),
    ):
        yield Line(label=label, net=bare(fen))


def _invoices(use: InvoiceUse) -> Iterator[Line]:
    yield Line(head=tr("closing|Receipts used: {n}", n=use.used_count))
    for part in use.used[:_NAMED]:
        yield Line(label=part.first if part.count == 1 else f"{part.first} – {part.last}", net=str(part.count))
    left = use.used[_NAMED:]
    if left:
        yield Line(label=tr("closing|{n} more rows of numbers", n=len(left)), net=str(sum(part.count for part in left)))
    for label, numbers in (
        (tr("closing|Red"), use.red),
        (tr("closing|Taken back"), use.reversed),
        (tr("closing|Voided"), use.voided),
        (tr("closing|Printed again"), use.reprinted),
    ):
        if numbers:
            more = " …" if len(numbers) > _NAMED else ""
            yield Line(label=f"{label}  {' '.join(numbers[:_NAMED])}{more}", net=str(len(numbers)))
