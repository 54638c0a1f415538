"""What money should be: patients, their lines and bills, drawers, accounts. It is written from DOMAIN.md §5 and knows nothing of the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

#: Rounding of cash to ten fen, by the clinic's rule.
ROUNDING = {"down": ROUND_DOWN, "half_up": ROUND_HALF_UP, "up": ROUND_UP}
#: What goes on paying for the rest of a bill, first to last; what stands last goes back first.
KEPT = ("cash", "card", "bank", "ecny", "unionpay", "alipay", "wechat", "deposit", "green", "credit")
SHARES = ("fund", "account", "mutual_aid", "hospital")


def rounded(fen: int, mode: str) -> int:
    """What is taken in cash for so much."""
    return fen if mode == "none" else int((Decimal(fen) / 10).to_integral_value(ROUNDING[mode])) * 10


@dataclass
class Line:
    """What is left of a line."""

    id: int
    quantity: Decimal
    fen: int
    waived: int = 0

    def part(self, quantity: Decimal) -> Line:
        """So much of it, at its share of amount and waiver."""
        if quantity == self.quantity:
            return Line(self.id, self.quantity, self.fen, self.waived)
        fen = _share(self.fen, quantity, self.quantity)
        waived = min(_share(self.waived, quantity, self.quantity), fen)
        return Line(self.id, quantity, fen, max(waived, self.waived - (self.fen - fen)))

    def without(self, part: Line) -> Line:
        """What is left when ``part`` goes back."""
        return Line(self.id, self.quantity - part.quantity, self.fen - part.fen, self.waived - part.waived)


def _share(fen: int, part: Decimal, whole: Decimal) -> int:
    return int((fen * part / whole).to_integral_value(ROUND_HALF_UP))


@dataclass
class Patient:
    """A patient: what is owed, by line; and the fee's bill."""

    id: int
    name: str
    visit: int
    owes: dict[int, Line] = field(default_factory=dict)
    deposit: int = 0
    cancelled: bool = False
    #: Who held the lines: a settlement that nobody has finished.
    held: set[int] = field(default_factory=set)

    def free(self) -> list[Line]:
        """Lines that can be paid now."""
        return [line for line in self.owes.values() if line.id not in self.held]


@dataclass
class Bill:
    """A bill that stands. ``login``: who took the money; the fee's bill goes back with its visit alone. ``earlier``: of an earlier day.
    ``insured``: the bureau settled it, though it may have paid nothing of it."""

    id: int
    patient: Patient
    lines: list[Line]
    paid: dict[str, int]
    rounding: int
    login: str
    fee: bool = False
    held: bool = False
    earlier: bool = False
    insured: bool = False

    def keeps(self, rest_fen: int, mode: str) -> tuple[dict[str, int], int]:
        """What goes on paying for so much of it, and the cash rounding of that. What the patient would have to add is no matter here."""
        kept: dict[str, int] = {}
        rounding = 0
        for kind in (kind for kind in KEPT if kind in self.paid):
            worth = self.paid[kind] - (self.rounding if kind == "cash" else 0)
            part = min(worth, rest_fen)
            rest_fen -= part
            kept[kind] = part
            if kind == "cash":
                kept[kind] = self.paid[kind] if part == worth else min(rounded(part, mode), self.paid[kind])
                rounding = kept[kind] - part
        assert rest_fen <= 0 or self.insured, "only the insurance may pay less than before"
        return {kind: fen for kind, fen in kept.items() if fen}, rounding


@dataclass
class Close:
    """A daily close: what was in the drawer, and what was counted."""

    id: int
    drawer: int
    counted: int


@dataclass
class Drawer:
    """A cashier's open shift."""

    fen: int = 0
    float_fen: int = 0
    closes: list[Close] = field(default_factory=list)


class Model:
    """All of it. ``accounts`` are the ledger's sums by account, all incomes as one."""

    def __init__(self) -> None:
        self.patients: list[Patient] = []
        self.bills: list[Bill] = []
        self.accounts: Counter[str] = Counter()
        self.drawers: dict[str, Drawer] = {}
        self.booked = 0
        self.spoiled = 0
        self.mode = "none"
        self.owed = 0
        self.limit = 0
        self.members: set[int] = set()

    def drawer(self, login: str) -> Drawer:
        """A cashier's open drawer."""
        return self.drawers.setdefault(login, Drawer())

    def move(self, login: str, postings: Mapping[str, int]) -> None:
        """An operation; it has to balance."""
        assert sum(postings.values()) == 0, postings
        self.accounts.update(postings)
        self.drawer(login).fen += postings.get("tender:cash", 0)

    def sold(self, login: str, bill: Bill) -> None:
        """A bill over lines that were owed, or over the rest of another."""
        due = sum(line.fen for line in bill.lines) + bill.rounding
        assert sum(bill.paid.values()) == due, f"paid {bill.paid}, due {due}"
        assert all(fen > 0 for fen in bill.paid.values()), bill.paid
        self._book(login, bill, 1)
        self.bills.append(bill)
        for line in bill.lines:
            bill.patient.owes.pop(line.id, None)

    def taken_back(self, login: str, bill: Bill) -> None:
        """The mirror of a bill."""
        self._book(login, bill, -1)
        self.bills.remove(bill)

    def _book(self, login: str, bill: Bill, sign: int) -> None:
        self.booked += 1
        postings = {f"tender:{kind}": sign * fen for kind, fen in bill.paid.items()}
        postings["income"] = -sign * sum(line.fen for line in bill.lines)
        postings["rounding"] = -sign * bill.rounding
        self.move(login, postings)
        bill.patient.deposit -= sign * bill.paid.get("deposit", 0)
        self.owed += sign * bill.paid.get("credit", 0)

    def spread(self, lines: Iterable[Line], waived: int) -> list[Line]:
        """A waiver over its lines by the largest remainder, the earlier line first."""
        lines = list(lines)
        total = sum(line.fen for line in lines)
        if not waived:
            return lines
        whole = [waived * line.fen // total for line in lines]
        order = sorted(range(len(lines)), key=lambda i: (-(waived * lines[i].fen % total), i))
        for i in order[: waived - sum(whole)]:
            whole[i] += 1
        return [Line(line.id, line.quantity, line.fen, part) for line, part in zip(lines, whole, strict=True)]
