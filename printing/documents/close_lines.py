"""The words and rows that a daily close says alike on roll and sheet."""

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

#: So many ranges and single numbers are named on paper; the screen has all.
_NAMED_RANGES: Final = 16
_NAMED_NUMBERS: Final = 24
#: The commonest kinds of insurance (DOMAIN.md §1.8); others are named by their code.
_INSURANCES: Final = {"310": N_("insurance|Employees"), "390": N_("insurance|Residents")}

#: Label, in, out, net: already as text.
Sums = tuple[str, str, str, str]


def _row(label: str, total: InOut) -> Sums:
    return label, bare_yuan(total.in_fen), bare_yuan(total.out_fen) if total.out_fen else "", bare_yuan(total.net_fen)


def _all(totals: Sequence[InOut]) -> Sums:
    came, went = sum(total.in_fen for total in totals), sum(total.out_fen for total in totals)
    return tr("paper|Sum"), bare_yuan(came), bare_yuan(went) if went else "", bare_yuan(came + went)


def category_rows(sheet: CloseSheet) -> list[Sums]:
    """A row for each fee category in the receipt's order, and the sum."""
    found = {FeeCategory(total.code): total for total in sheet.categories}
    return [*(_row(category.label, found[category]) for category in in_order(found)), _all(sheet.categories)]


def tender_rows(sheet: CloseSheet) -> list[Sums]:
    """A row for each means of payment, and the sum."""
    order = list(TenderKind)
    totals = sorted(sheet.tenders, key=lambda total: order.index(TenderKind(total.code)))
    return [*(_row(tr(TITLES[TenderKind(total.code)]), total) for total in totals), _all(sheet.tenders)]


def insurance_name(part: InsuranceSum) -> str:
    """The kind of insurance, and how it is cleared."""
    name = tr(_INSURANCES[part.insutype]) if part.insutype in _INSURANCES else part.insutype
    return f"{name} / {part.clr_type}" if part.clr_type else name


def other_sums(sheet: CloseSheet) -> Iterator[tuple[str, str]]:
    """What stands beside the bills, where there was any."""
    if sheet.deposits.in_fen or sheet.deposits.out_fen:
        yield tr("paper|Deposits taken in"), bare_yuan(sheet.deposits.in_fen)
        yield tr("paper|Deposits paid out"), bare_yuan(sheet.deposits.out_fen)
    for label, fen in (
        (tr("paper|Debts collected"), sheet.collected_fen),
        (tr("paper|Waived"), sheet.waived_fen),
        (tr("paper|Cash rounding"), sheet.rounding_fen),
        (tr("paper|Expenses in cash"), -sheet.expenses_fen),
    ):
        if fen:
            yield label, bare_yuan(fen)


def cash_received(sheet: CloseSheet) -> int:
    """Cash taken less cash paid back."""
    return sum(total.net_fen for total in sheet.tenders if total.code == TenderKind.CASH)


def difference_label(difference_fen: int) -> str:
    """Short, over, or neither."""
    if difference_fen == 0:
        return tr("paper|Difference")
    return tr("paper|Short") if difference_fen < 0 else tr("paper|Over")


def denomination(fen: int) -> str:
    """``100 yuan``, ``5 jiao``."""
    return tr("paper|{n} yuan", n=fen // 100) if fen >= 100 else tr("paper|{n} jiao", n=fen // 10)


def invoice_lines(use: InvoiceUse) -> Iterator[tuple[str, str]]:
    """Used, red, reversed, voided and reprinted numbers: a label with how many, and which."""
    ranges = [part.first if part.count == 1 else f"{part.first}–{part.last} ({part.count})" for part in use.used]
    yield tr("paper|Receipts used: {n}", n=use.used_count), _listed(ranges, _NAMED_RANGES)
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
