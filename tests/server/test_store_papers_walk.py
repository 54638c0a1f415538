"""Any sequence of papers: every piece of a batch is in exactly one place or has left by a paper, and the examination finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.errors import XinglinError
from common.messages.settlement import Approve
from common.messages.store_papers import (
    ApprovePaper,
    Arrived,
    CallBackTransfer,
    DraftPaper,
    PaperFacts,
    PaperKind,
    ReceiveTransfer,
    RejectPaper,
    SendTransfer,
    Taken,
    VoidPaper,
)
from common.store_errors import NotEnoughInBatch
from installer.sample import PASSWORD
from server.check.papers import PAPERS
from server.check.stock import STOCK
from tests import visits
from tests.server.office import Office
from tests.server.store_goods import KEEPER, SUPPLIER, Batch, goods, lies

PHARMACIST, MANAGER = visits.PHARMACIST, "yuanzhang"
_SHELVES: Final = ("STORE", "PHARMACY")
_HAND: Final = {"STORE": KEEPER, "PHARMACY": PHARMACIST}


class Walk:
    """One batch and the papers about it."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.batch: Batch = goods(office)
        self.gone = Decimal(0)
        self.papers: dict[str, list[PaperFacts]] = {"SENT": [], "DRAFT": [], "APPROVED": []}

    def some(self, place: str, quantity: int) -> tuple[Taken, ...]:
        return (Taken(batch_id=self.batch.id, place=place, quantity=Decimal(quantity)),)

    def one(self, state: str, choice: int) -> PaperFacts | None:
        found = self.papers[state]
        return found.pop(choice % len(found)) if found else None

    def send(self, choice: int, quantity: int) -> None:
        place = _SHELVES[choice % 2]
        request = SendTransfer(out_of=place, lines=self.some(place, quantity))
        self.papers["SENT"].append(self.office.desk(_HAND[place]).call(request))

    def receive(self, choice: int, quantity: int) -> None:
        paper = self.one("SENT", choice)
        if paper is not None:
            sent = paper.lines[0].quantity
            received = min(sent, Decimal(quantity))
            said = Arrived(line_no=1, received=received, damaged=(sent - received) / 2 if choice % 3 else Decimal(0))
            request = ReceiveTransfer(number=paper.entry.number, lines=(said,), reason="短少")
            self.office.desk(_HAND[paper.entry.goes_to]).call(request)

    def call_back(self, choice: int, _quantity: int) -> None:
        paper = self.one("SENT", choice)
        if paper is not None:
            self.office.desk(_HAND[paper.entry.out_of]).call(CallBackTransfer(number=paper.entry.number, reason="发错"))

    def draft(self, choice: int, quantity: int) -> None:
        kind, place = (
            (PaperKind.DAMAGE, _SHELVES[choice % 2]),
            (PaperKind.DESTROY, "QUARANTINE"),
            (PaperKind.SUPPLIER_RETURN, ("STORE", "PHARMACY", "QUARANTINE")[choice % 3]),
        )[choice % 5 % 3]
        said = {"site": "处置中心", "way": "焚烧", "witness": "许医生"} if kind is PaperKind.DESTROY else {}
        supplier = SUPPLIER if kind is PaperKind.SUPPLIER_RETURN else ""
        made = DraftPaper(kind=kind, lines=self.some(place, quantity), reason="破损", supplier=supplier, **said)  # type: ignore[arg-type]
        self.papers["DRAFT"].append(self.office.desk(KEEPER).call(made))

    def approve(self, choice: int, _quantity: int) -> None:
        paper = self.one("DRAFT", choice)
        if paper is not None:
            self.office.desk(MANAGER).call(ApprovePaper(number=paper.entry.number, version=1))
            self.papers["APPROVED"].append(paper)
            self.gone += paper.lines[0].quantity if paper.entry.kind != PaperKind.DAMAGE else 0

    def reject(self, choice: int, _quantity: int) -> None:
        paper = self.one("DRAFT", choice)
        if paper is not None:
            self.office.desk(MANAGER).call(RejectPaper(number=paper.entry.number, version=1, reason="不符"))

    def void(self, choice: int, _quantity: int) -> None:
        paper = self.one("APPROVED", choice)
        if paper is not None and paper.entry.kind == PaperKind.DAMAGE:
            keeper = self.office.desk(KEEPER)
            detail = f"{paper.entry.number} v1"
            asked = Approve(act="stock_paper", subject_id=paper.entry.id, detail=detail, login=MANAGER, password=PASSWORD)
            keeper.call(VoidPaper(number=paper.entry.number, reason="点错", approval_id=keeper.call(asked).approval_id))


STEPS: Final[tuple[Callable[[Walk, int, int], None], ...]] = (
    Walk.send,
    Walk.send,
    Walk.receive,
    Walk.call_back,
    Walk.draft,
    Walk.approve,
    Walk.reject,
    Walk.void,
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 29), st.integers(1, 90)), min_size=10, max_size=25))
def test_every_piece_is_in_one_place_or_left_by_a_paper(
    office: Office, steps: list[tuple[Callable[[Walk, int, int], None], int, int]]
) -> None:
    walk = Walk(office)
    for step, choice, quantity in steps:
        try:
            step(walk, choice, quantity)
        except NotEnoughInBatch:
            pass  # more than lies there: nothing moved
        except XinglinError as refused:
            raise AssertionError(f"{step.__name__}: {refused}") from refused
        assert sum(lies(office, walk.batch).values()) == walk.batch.quantity - walk.gone
    for rule in (*PAPERS, *STOCK):
        if "%(zone)s" not in rule.breaches:
            assert office.rows(rule.breaches.replace("%", "%%") if "%" in rule.breaches else rule.breaches) == [], rule.name
