"""预交金收据, 挂账收款收据: money that was taken into an account or paid out of it, and what stands in it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import N_, tr
from common.messages.accounts import AccountReceipt as Facts
from printing.documents.base import StripDocument, copy_note, labelled, strip_yuan
from printing.documents.fees import tender_label
from printing.documents.money_paper import CENTRED, NOTE, TITLE, tender_blocks, total_blocks
from printing.strip import Barcode, Divider, Line, Pair, Space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from printing.strip import Block

_TITLES: Final = {
    "DEPOSIT": N_("paper|Deposit receipt"),
    "DEPOSIT_BACK": N_("paper|Deposit paid out"),
    "COLLECT": N_("paper|Payment on account"),
    "COLLECT_BACK": N_("paper|Paid back on account"),
}
_LINE: Final = "_" * 16


class AccountReceipt(StripDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``facts`` as the service gave them; their tenders sum to the amount (``ValueError`` otherwise). The barcode is the number: where the paper
    is shown, a scan finds whose account it is.
    """

    facts: Facts

    def __post_init__(self) -> None:
        if sum(tender.amount_fen for tender in self.facts.tenders) != self.facts.amount_fen:
            raise ValueError("the tenders do not sum to the amount")

    @property
    def _back(self) -> bool:
        return self.facts.kind.endswith("_BACK")

    def strip(self, *, table: bool) -> Sequence[Block]:  # noqa: ARG002 - there is no table on it
        """Who, how much, how paid, what stands in the account now."""
        return [*self._head(), *self._sums(), *self._foot()]

    def _head(self) -> Iterator[Block]:
        yield Line(self.clinic, TITLE)
        yield Line(tr(_TITLES[self.facts.kind]), CENTRED)
        if self.copy.number > 1:
            yield Line(copy_note(self.copy), NOTE)
        yield Divider()
        yield Pair(tr("paper|No."), self.facts.number)
        yield Line(labelled(tr("paper|Paid to") if self._back else tr("paper|Received from"), self.facts.payer), hang=2)
        if self.facts.patient_number:
            yield Pair(tr("paper|Patient no."), self.facts.patient_number)
        yield Divider()

    def _sums(self) -> Iterator[Block]:
        facts = self.facts
        yield from total_blocks(tr("paper|Amount paid out") if self._back else tr("paper|Amount received"), facts.amount_fen)
        yield from tender_blocks(facts.tenders, facts.change_fen)
        for tender in facts.tenders:
            if tender.reference:
                yield Pair(labelled(tender_label(tender.kind), tr("paper|slip no.")), tender.reference)
        yield Divider()
        label = tr("paper|Deposit left") if facts.kind.startswith("DEPOSIT") else tr("paper|Still owed")
        yield Pair(label, strip_yuan(facts.balance_fen))
        if facts.reason:
            yield Line(labelled(tr("paper|Reason"), facts.reason), hang=2)

    def _foot(self) -> Iterator[Block]:
        yield Divider()
        yield Pair(labelled(tr("paper|Cashier"), self.facts.cashier), f"{self.facts.issued_at:%Y-%m-%d %H:%M}")
        yield Space()
        yield Barcode(self.facts.number)
        yield Space()
        if self._back:
            yield Line(labelled(tr("paper|Receiver's signature"), _LINE))
        elif self.facts.kind == "DEPOSIT":
            yield Line(tr("paper|Bring this receipt when the deposit is paid out."), CENTRED)
