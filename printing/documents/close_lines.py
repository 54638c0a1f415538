"""The words and rows that daily close and roll-up say alike on roll and sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.tenders import TITLES
from common.i18n import N_, tr
from common.messages.cashier import TenderKind
from printing.documents.base import bare_yuan
from printing.documents.fees import FeeCategory, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from common.messages.close_sheet import CloseSheet, InOut, InsuranceSum, InvoiceUse
    from common.messages.closing import RollUpFacts

#: So many ranges and single numbers are named on paper; the screen has all.
_NAMED_RANGES: Final = 16
_NAMED_NUMBERS: Final = 24
#: The commonest kinds of insurance (DOMAIN.md §1.8); others are named by their code.
_INSURANCES: Final = {"310": N_("insurance|Employees"), "390": N_("insurance|Residents")}

#: What bureaus commonly call a clearing type; the dictionary of one's own bureau goes before it.
_CLEARINGS: Final = {"11": N_("clearing|Outpatient"), "21": N_("clearing|Inpatient"), "41": N_("clearing|Pharmacy")}

#: Label, in, out, net: already as text.
Sums = tuple[str, str, str, str]


def _row(label: str, total: InOut) -> Sums:
    return label, bare_yuan(total.in_fen), bare_yuan(total.out_fen) if total.out_fen else "", bare_yuan(total.net_fen)


def _all(totals: Sequence[InOut]) -> Sums:
    came, went = sum(total.in_fen for total in totals), sum(total.out_fen for total in totals)
    return tr("paper|Sum"), bare_yuan(came), bare_yuan(went) if went else "", bare_yuan(came + went)


def category_rows(sheet: CloseSheet | RollUpFacts) -> list[Sums]:
    """A row for each fee category in the receipt's order, and the sum."""
    found = {FeeCategory(total.code): total for total in sheet.categories}
    return [*(_row(category.label, found[category]) for category in in_order(found)), _all(sheet.categories)]


def tender_rows(sheet: CloseSheet | RollUpFacts) -> list[Sums]:
    """A row for each means of payment, and the sum."""
    order = list(TenderKind)
    totals = sorted(sheet.tenders, key=lambda total: order.index(TenderKind(total.code)))
    return [*(_row(tr(TITLES[TenderKind(total.code)]), total) for total in totals), _all(sheet.tenders)]


def explained_rows(sheet: CloseSheet | RollUpFacts) -> list[Sums]:
    """Why the means of payment sum to something else than the fees: deposits, debts and rounding, each of its own. The net sums add up."""
    deposits, fees = sheet.deposits, sum(total.net_fen for total in sheet.categories)
    rows = [_row(tr("paper|of which deposits"), deposits)] if deposits.in_fen or deposits.out_fen else []
    for label, fen in (
        (tr("paper|of which debts collected"), sheet.collected_fen),
        (tr("paper|of which cash rounding"), sheet.rounding_fen),
    ):
        if fen:
            rows.append((label, "", "", bare_yuan(fen)))
    return [(tr("paper|of which fees"), "", "", bare_yuan(fees)), *rows] if rows else []


def insurance_name(part: InsuranceSum) -> str:
    """The kind of insurance, and how it is cleared, as the bureau's dictionary calls it."""
    name = tr(_INSURANCES[part.insutype]) if part.insutype in _INSURANCES else part.insutype
    clearing = part.clr_name or (tr(_CLEARINGS[part.clr_type]) if part.clr_type in _CLEARINGS else part.clr_type)
    return tr("paper|{insurance}, {clearing}", insurance=name, clearing=clearing) if clearing else name


def cash_received(sheet: CloseSheet | RollUpFacts) -> int:
    """Cash taken less cash paid back."""
    return sum(total.net_fen for total in sheet.tenders if total.code == TenderKind.CASH)


def floats(facts: RollUpFacts) -> int:
    """What lay in the drawers in the morning: what they should hold, less what was taken in and the expenses paid out of them."""
    return facts.expected_fen - cash_received(facts) + facts.expenses_fen


def difference_label(difference_fen: int) -> str:
    """Short, over, or neither."""
    if difference_fen == 0:
        return tr("paper|Difference")
    return tr("paper|Short") if difference_fen < 0 else tr("paper|Over")


def denomination(fen: int) -> str:
    """``100 yuan``, ``5 jiao``."""
    return tr("paper|{n} yuan", n=fen // 100) if fen >= 100 else tr("paper|{n} jiao", n=fen // 10)


def invoice_lines(use: InvoiceUse, reissued: int = 0) -> Iterator[tuple[str, str]]:
    """Used, red, reversed, voided and reprinted numbers: a label with how many, and which. ``reissued``: how many of the used ones are over the
    rest of a partial refund."""
    ranges = [part.first if part.count == 1 else f"{part.first}–{part.last} ({part.count})" for part in use.used]
    yield tr("paper|Receipts used: {n}", n=use.used_count), _listed(ranges, _NAMED_RANGES)
    if reissued:
        yield tr("paper|of which charged anew after partial refunds: {n}", n=reissued), ""
    for label, numbers in (
        (tr("paper|Red receipts: {n}", n=len(use.red)), use.red),
        (tr("paper|Taken back: {n}", n=len(use.reversed)), use.reversed),
        (tr("paper|Voided: {n}", n=len(use.voided)), use.voided),
        (tr("paper|Printed again: {n}", n=len(use.reprinted)), use.reprinted),
    ):
        if numbers:
            yield label, _listed(list(numbers), _NAMED_NUMBERS)


def _listed(parts: list[str], most: int) -> str:
    shown = " ".join(parts[:most])
    return shown if len(parts) <= most else f"{shown} {tr('paper|and {n} more', n=len(parts) - most)}"
