"""How a bill is paid: cash for what the other means leave, the change, and what is wrong with it so far. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from common.domain.money import format_yuan
from common.i18n import tr
from common.messages.cashier import Tender, TenderKind

#: Means of payment that are entered with a reference only, in the order of the screen.
BY_REFERENCE: Final = (TenderKind.WECHAT, TenderKind.ALIPAY, TenderKind.CARD)


@dataclass
class Part:
    """What one means other than cash covers. ``amount_fen`` None: not used; ``unreadable``: something is typed that is no amount."""

    amount_fen: int | None = None
    reference: str = ""
    unreadable: bool = False


@dataclass
class Tendering:
    """The tenders of one bill. Cash not typed in means exactly what the others leave; only cash gives change."""

    due_fen: int = 0
    given_fen: int | None = None
    given_unreadable: bool = False
    parts: dict[TenderKind, Part] = field(default_factory=lambda: {kind: Part() for kind in BY_REFERENCE})

    @property
    def others_fen(self) -> int:
        """What the means other than cash cover."""
        return sum(part.amount_fen or 0 for part in self.parts.values())

    @property
    def cash_due_fen(self) -> int:
        """What is left for cash; negative if the others are more than the bill."""
        return self.due_fen - self.others_fen

    @property
    def change_fen(self) -> int | None:
        """The change; ``None`` while no cash was typed in, negative while it is too little."""
        return None if self.given_fen is None else self.given_fen - self.cash_due_fen

    def exact(self) -> None:
        """The cash given is exactly what is left."""
        self.given_fen, self.given_unreadable = max(0, self.cash_due_fen), False

    def use(self, kind: TenderKind) -> Part:
        """Let ``kind`` cover what nothing else covers yet; cash counts as soon as it was typed in."""
        part = self.parts[kind]
        if part.amount_fen is None:
            left = self.cash_due_fen - (self.given_fen or 0)
            part.amount_fen = left if left > 0 else None
        return part

    def why_not(self) -> str:
        """What is wrong, as a sentence; empty if the tenders pay the bill."""
        if self.given_unreadable or any(part.unreadable for part in self.parts.values()):
            return tr("One of the amounts is no amount.")
        if self.cash_due_fen < 0:
            return tr("{over} more than what is due. Only cash gives change.", over=format_yuan(-self.cash_due_fen))
        change = self.change_fen
        if change is not None and change < 0:
            return tr("till|{missing} are missing.", missing=format_yuan(-change))
        if self.cash_due_fen == 0 and self.given_fen:
            return tr("The other means cover everything; no cash is needed.")
        return ""

    def tenders(self) -> tuple[Tender, ...]:
        """What is sent. Call it only while :meth:`why_not` is empty."""
        found = [
            Tender(kind=kind, amount_fen=part.amount_fen, reference=part.reference.strip())
            for kind, part in self.parts.items()
            if part.amount_fen
        ]
        if self.cash_due_fen > 0:
            given = self.cash_due_fen if self.given_fen is None else self.given_fen
            found.insert(0, Tender(kind=TenderKind.CASH, amount_fen=self.cash_due_fen, given_fen=given))
        return tuple(found)
