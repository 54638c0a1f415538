"""Random bills in pure arithmetic: line amounts, sharing, cash rounding, parts that go back, and what goes on paying for the rest.

What must hold is said here again in fractions, without looking at how the domain does it.
"""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from fractions import Fraction

from common.domain.money import line_amount
from common.domain.refunds import KEPT_FIRST, Kept, Paid, Part, Standing, keep, part_of
from common.domain.rounding import MODES, round_cash
from common.domain.sharing import share
from common.domain.tenders import check_tenders
from common.messages.cashier import Tender, TenderKind

_OTHERS = [kind for kind in KEPT_FIRST if kind is not TenderKind.CASH]


class Bills:
    """Bills of one source of chance. ``seen`` counts what came up."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.seen: Counter[str] = Counter()

    def one(self) -> None:
        """A bill from its lines to its last refund. Raises ``AssertionError`` where anything does not hold."""
        lines = [self.line() for _ in range(self.chance.randint(1, 12))]
        mode = self.chance.choice(MODES)
        total = sum(line.amount_fen for line in lines)
        lines = self.waive(lines, total)
        due = total - sum(line.waived_fen for line in lines)
        paid, rounding = self.pay(due, mode)
        for turn in range(self.chance.randint(0, 3)):
            lines, paid, rounding = self.take_back(lines, paid, rounding, self.chance.choice((mode, mode, self.chance.choice(MODES))))
            self.seen[f"refunds {turn + 1}"] += 1
            if not lines:
                self.seen["taken back whole"] += 1
                return

    def line(self) -> Standing:
        """A line: unit price of up to six places, quantity of up to four."""
        price = Decimal(self.chance.choice((0, 1, 7, 99, 1234, 99_999_999))) / Decimal(10) ** self.chance.randint(0, 6)
        price += Decimal(self.chance.randint(0, 999_999)) / 1_000_000 * self.chance.randint(0, 1)
        quantity = Decimal(self.chance.randint(1, 40_000)) / Decimal(10) ** self.chance.choice((0, 1, 2, 4))
        price, quantity = min(price, Decimal(5000)), min(quantity, Decimal(999))
        amount = line_amount(price, quantity)
        exact = Fraction(price) * Fraction(quantity) * 100
        assert abs(amount - exact) <= Fraction(1, 2)
        assert amount != exact - Fraction(1, 2), "a half goes up"
        return Standing(quantity, amount, 0)

    def waive(self, lines: list[Standing], total: int) -> list[Standing]:
        """A waiver over the lines, at times."""
        if not total or self.chance.random() < 0.6:
            return lines
        waived = self.chance.randint(0, total)
        amounts = [line.amount_fen for line in lines]
        parts = share(waived, amounts)
        assert sum(parts) == waived
        for part, amount in zip(parts, amounts, strict=True):
            assert 0 <= part <= amount
            assert abs(part - Fraction(waived * amount, total)) < 1
        self.seen["waived"] += 1
        return [line._replace(waived_fen=part) for line, part in zip(lines, parts, strict=True)]

    def pay(self, due: int, mode: str) -> tuple[list[Paid], int]:
        """By up to four means; the last of them may be cash, which is rounded."""
        paid: list[Paid] = []
        left = due
        for kind in self.chance.sample(_OTHERS, self.chance.randint(0, 3)):
            fen = self.chance.randint(0, left)
            if fen:
                paid.append(Paid(len(paid) + 1, kind, fen))
                left -= fen
        if not left or self.chance.random() < 0.3:
            return self.last(paid, left, TenderKind.BANK, 0)
        cash = round_cash(left, mode)
        assert abs(cash - left) < 10
        assert mode == "none" or cash % 10 == 0
        assert {"none": cash == left, "down": cash <= left, "up": cash >= left, "half_up": -5 < cash - left <= 5}[mode]
        if not cash and paid:
            return self.last(paid, left, TenderKind.BANK, 0)
        return self.last(paid, cash, TenderKind.CASH, cash - left)

    def last(self, paid: list[Paid], fen: int, kind: TenderKind, rounding: int) -> tuple[list[Paid], int]:
        """The tenders cover what is due, and nothing else does."""
        known = {one.kind for one in paid}
        if fen:
            paid = [*paid, Paid(len(paid) + 1, kind if kind not in known else TenderKind.CASH, fen)]
        tenders = [Tender(kind=one.kind, amount_fen=one.amount_fen) for one in paid]
        assert check_tenders(sum(one.amount_fen for one in paid), tenders) == 0
        return paid, rounding

    def take_back(self, lines: list[Standing], paid: list[Paid], rounding: int, mode: str) -> tuple[list[Standing], list[Paid], int]:
        """Some lines, or parts of them; what is left, and what pays for it."""
        rest: list[Standing] = []
        for line in lines:
            if self.chance.random() < 0.5:
                rest.append(line)
                continue
            back = self.part(line)
            if back.quantity < line.quantity:
                rest.append(Standing(line.quantity - back.quantity, line.amount_fen - back.amount_fen, line.waived_fen - back.waived_fen))
        due = sum(line.amount_fen - line.waived_fen for line in rest)
        less = self.chance.randint(1, 5000)
        # An insurance that pays so much less for the rest: the patient adds it in cash, if it does not round to nothing.
        more = keep(paid, rounding, due + less, mode)
        self.check(paid, due + less, more, adds=True)
        kept = keep(paid, rounding, due, mode)
        assert kept.more_fen == 0, "the patient's own money paid for all of it before"
        self.check(paid, due, kept)
        return rest, [one._replace(amount_fen=kept.by_payment[one.id]) for one in paid if kept.by_payment[one.id]], kept.rounding_fen

    def part(self, line: Standing) -> Part:
        """What goes back of a line: in proportion to half a fen, never more than there is."""
        quantity = None
        if self.chance.random() < 0.5:
            quantity = (line.quantity * self.chance.randint(1, 99) / 100).quantize(Decimal("0.0001")) or line.quantity
        back = part_of(line, quantity)
        assert 0 < back.quantity <= line.quantity
        assert 0 <= back.waived_fen <= back.amount_fen <= line.amount_fen
        assert 0 <= line.waived_fen - back.waived_fen <= line.amount_fen - back.amount_fen
        exact = Fraction(back.quantity) / Fraction(line.quantity) * line.amount_fen
        assert abs(back.amount_fen - exact) <= Fraction(1, 2)
        assert abs(back.waived_fen - Fraction(back.quantity) / Fraction(line.quantity) * line.waived_fen) <= 1
        return back

    def check(self, paid: list[Paid], due: int, kept: Kept, *, adds: bool = False) -> None:
        """The rest is paid exactly; nobody gets back more than was paid; cash rounding stays within ten fen and with cash."""
        assert kept.more_fen >= 0
        assert sum(kept.by_payment.values()) + kept.more_fen == due + kept.rounding_fen
        assert all(0 <= kept.by_payment[one.id] <= one.amount_fen for one in paid)
        assert abs(kept.rounding_fen) < 10
        cash = [one for one in paid if one.kind is TenderKind.CASH]
        assert cash or adds or not kept.rounding_fen or not paid
        order = sorted(paid, key=lambda one: KEPT_FIRST.index(one.kind))
        touched = [one for one in order if 0 < kept.by_payment[one.id] < one.amount_fen and one.kind is not TenderKind.CASH]
        assert len(touched) <= 1, "all but one payment are kept or go back whole"
        if due == 0:
            assert not any(kept.by_payment.values())
            self.seen["nothing kept"] += 1
