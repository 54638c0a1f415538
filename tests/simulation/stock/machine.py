"""Everything that can happen to a drug in the house, in any order, with replies that are lost and connections that break.

The model is told what was asked and what was answered, and moves its own quantities by that. After each step both sides have to be the same;
a refusal has to be one of those that fit, and leaves everything as it was.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from common.messages.consult import PrescriptionKind
from common.messages.stock_take import VoidStockTake
from server.check.examine import SECTIONS, Examination
from server.check.trail import Log
from tests.simulation.stock.handing_out import HandingOut
from tests.simulation.stock.papers import Papers
from tests.simulation.stock.shelves import (
    KEEPER,
    PHARMACY,
    STORE,
    attempt,
    differences,
)
from tests.simulation.stock.trade import Trade

_SECTIONS = tuple(section for section in SECTIONS if section != "audit")


class Stock(HandingOut, Papers, Trade):
    """All of it, in one house."""

    def teardown(self) -> None:
        """What is under way is ended, and the whole examination follows."""
        try:
            self._end()
            report = Examination(self.service.database.of_thread(), keys=Path(), log=Log()).examine(_SECTIONS)
        finally:
            self.service.close()
        assert report.findings == [], report.findings

    def _end(self) -> None:
        """Nothing waits any more, and everything still agrees."""
        for take, _ in self.counts:
            attempt(self.service, KEEPER, VoidStockTake(take_id=take, reason="收工"), None)
        for rx in self.model.prescriptions:
            if any(any(line.aside.values()) for line in rx.lines):
                self._put_back(rx, None)
        for hold in list(self.holds):
            self._release(hold, None)
        assert list(differences(self.service, self.model)) == []

    @initialize(packs=st.integers(3, 9))
    def fill(self, packs: int) -> None:
        """Two lots of a drug in the pharmacy, one in the store."""
        self.days_pass(1)  # the sample clinic was furnished later today than its clinic sessions begin
        for drug in range(3):
            self.receive(drug, packs, 0, PHARMACY, None)
            self.receive(drug, 2, 1, PHARMACY, None)
            self.receive(drug, packs, 2, STORE, None)
        for good in range(3, len(self.goods)):
            self.receive(good, packs, 0, PHARMACY, None)
        self.walk([21, 7], ["0.5", None], "new", "return", PrescriptionKind.ORDINARY, None)
        self.count_and_book(1, PHARMACY, -1, None)
