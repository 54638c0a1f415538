"""Rules of the stock machine: what moves without a patient."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from common.messages.recalls import Held, HoldLot, HoldReason, ReleaseLot
from common.messages.stock_take import Choice, ConfirmStockTake, CountLine, FinishCounting, GetCountSheet, OpenStockTake
from common.messages.store_papers import (
    ApprovePaper,
    Arrived,
    AskedFor,
    AskStore,
    CallBackTransfer,
    DraftPaper,
    PaperKind,
    ReceiveTransfer,
    RejectPaper,
    SendTransfer,
    Taken,
    VoidPaper,
)
from tests.simulation.stock.house import SHORT, House, crashes, index, places
from tests.simulation.stock.shelves import (
    KEEPER,
    PHARMACIST,
    PHARMACY,
    QUARANTINE,
    STORE,
    TRANSIT,
    ZERO,
    Crash,
    approval,
    attempt,
)


class Papers(House):
    """Transfers, damage, destruction, lots that are kept out of use, stock-takes."""

    # --- between places --------------------------------------------------------------------------------------------------------------

    @rule(at=index, out_of=places, quantity=st.integers(1, 40), how=st.sampled_from(("all", "less", "damaged", "back")), crash=crashes)
    def bring(self, at: int, out_of: str, quantity: int, how: str, crash: Crash | None) -> None:
        """Sent and taken over."""
        before = len(self.sent)
        self.send(at, out_of, quantity, crash)
        if len(self.sent) > before:
            self.arrive(before, how, crash)

    @rule(at=index, out_of=places, quantity=st.integers(1, 40), destroyed=st.booleans(), crash=crashes)
    def spoil(self, at: int, out_of: str, quantity: int, destroyed: bool, crash: Crash | None) -> None:
        """Damaged, and destroyed; or not damaged after all."""
        before = len(self.drafts)
        self.draft(at, PaperKind.DAMAGE, out_of, quantity, crash)
        if len(self.drafts) > before:
            self.sign(before, True, crash)
        if not destroyed and self.damaged:
            self.not_damaged(len(self.damaged) - 1, crash)
            return
        before = len(self.drafts)
        self.draft(at, PaperKind.DESTROY, out_of, quantity, crash)
        if len(self.drafts) > before:
            self.sign(before, True, crash)

    @rule(drug=index, place=places, off=st.sampled_from((-1, -7, 3)), crash=crashes)
    def count_and_book(self, drug: int, place: str, off: int, crash: Crash | None) -> None:
        """Counted, found otherwise, booked."""
        before = len(self.counts)
        self.count(drug, place, off, crash)
        if len(self.counts) > before:
            self.book_count(before, crash)

    @rule(at=index, out_of=places, quantity=st.integers(1, 80), asked=st.booleans(), crash=crashes)
    def send(self, at: int, out_of: str, quantity: int, crash: Crash | None, asked: bool = False) -> None:
        """From one shelf to the other, as far as on its way; to the pharmacy it may have been asked for."""
        lying = self.lying(out_of, at)
        if lying is None:
            return
        batch, free = lying
        serves = ""
        if asked and out_of == STORE:
            wanted = (AskedFor(drug_id=self.ours()[batch][0], quantity=Decimal(quantity)),)
            serves = self.service.do(PHARMACIST, AskStore(lines=wanted), crash).entry.number
        request = SendTransfer(out_of=out_of, lines=(Taken(batch_id=batch, place=out_of, quantity=Decimal(quantity)),), serves=serves)
        expired = out_of == STORE and self.service.row("SELECT expires FROM stock_batch WHERE id = %s", batch)[0] < self.today
        sender = KEEPER if out_of == STORE else PHARMACIST
        said = attempt(self.service, sender, request, crash, (*SHORT, *["BatchUnfit"] * expired))
        assert isinstance(said, str) or not expired
        assert isinstance(said, str) or quantity <= free, "more was sent than lay there free"
        assert not isinstance(said, str) or out_of == PHARMACY or quantity > free or expired, (
            f"{said}: {quantity} of {free} could have been sent"
        )
        if not isinstance(said, str):
            self.model.carry(batch, Decimal(quantity), out_of, TRANSIT)
            self.sent.append(said)

    @precondition(lambda self: self.sent)
    @rule(at=index, how=st.sampled_from(("all", "all", "less", "damaged", "back")), crash=crashes)
    def arrive(self, at: int, how: str, crash: Crash | None) -> None:
        """All of it, less, damaged, or called back."""
        paper = self.sent.pop(at % len(self.sent))
        out_of, to, line = paper.entry.out_of, paper.entry.goes_to, paper.lines[0]
        out_of, to = (STORE, PHARMACY) if line.place == STORE else (PHARMACY, STORE)
        assert line.batch_id is not None
        receiver = PHARMACIST if to == PHARMACY else KEEPER
        if how == "back":
            self.service.do(KEEPER if out_of == STORE else PHARMACIST, CallBackTransfer(number=paper.entry.number, reason="发错"), crash)
            self.arrived(line.batch_id, line.quantity, out_of)
            return
        received = line.quantity if how == "all" else line.quantity / 2
        damaged = line.quantity - received if how == "damaged" else ZERO
        lines = () if how == "all" else (Arrived(line_no=line.line_no, received=received, damaged=damaged),)
        self.service.do(receiver, ReceiveTransfer(number=paper.entry.number, lines=lines, reason="" if how == "all" else "少了"), crash)
        for quantity, place in ((received, to), (line.quantity - received - damaged, out_of)):
            if quantity:
                self.arrived(line.batch_id, quantity, place)
        if damaged:
            self.model.carry(line.batch_id, damaged, TRANSIT, QUARANTINE)

    # --- what two people sign --------------------------------------------------------------------------------------------------------

    @rule(
        at=index,
        kind=st.sampled_from((PaperKind.DAMAGE, PaperKind.DAMAGE, PaperKind.DESTROY, PaperKind.SUPPLIER_RETURN)),
        out_of=places,
        quantity=st.integers(1, 60),
        crash=crashes,
    )
    def draft(self, at: int, kind: PaperKind, out_of: str, quantity: int, crash: Crash | None) -> None:
        """Nothing moves before it is signed."""
        place = QUARANTINE if kind is PaperKind.DESTROY else out_of
        lying = self.lying(place, at)
        if lying is None:
            return
        supplier = self.service.row("SELECT supplier FROM stock_batch WHERE id = %s", lying[0])[0]
        if kind is PaperKind.SUPPLIER_RETURN and not supplier:
            return
        request = DraftPaper(
            kind=kind,
            supplier=supplier,
            lines=(Taken(batch_id=lying[0], place=place, quantity=Decimal(quantity)),),
            reason="破损",
            site="后院",
            way="焚烧",
            witness="林悦",
        )
        said = attempt(self.service, KEEPER, request, crash, SHORT)
        if not isinstance(said, str):
            self.drafts.append(said)

    @precondition(lambda self: self.drafts)
    @rule(at=index, good=st.sampled_from((True, True, False)), crash=crashes)
    def sign(self, at: int, good: bool, crash: Crash | None) -> None:
        """Signed by somebody else, who may come too late."""
        paper = self.drafts.pop(at % len(self.drafts))
        entry, line = paper.entry, paper.lines[0]
        if not good:
            self.service.do(PHARMACIST, RejectPaper(number=entry.number, version=entry.version, reason="没有坏"), crash)
            return
        said = attempt(self.service, PHARMACIST, ApprovePaper(number=entry.number, version=entry.version), crash, SHORT)
        assert line.batch_id is not None
        if isinstance(said, str):
            return
        if entry.kind is PaperKind.DAMAGE:
            self.model.carry(line.batch_id, line.quantity, line.place, QUARANTINE)
            self.damaged.append(paper)
        else:
            self.model.move(line.place, line.batch_id, -line.quantity)

    @precondition(lambda self: self.damaged)
    @rule(at=index, crash=crashes)
    def not_damaged(self, at: int, crash: Crash | None) -> None:
        """Damage that was none is undone, as long as it has not been destroyed."""
        paper = self.damaged.pop(at % len(self.damaged))
        entry, line = paper.entry, paper.lines[0]
        yes = approval(self.service, KEEPER, "stock_paper", entry.id, detail=f"{entry.number} v{entry.version}")
        request = VoidPaper(number=entry.number, reason="看错了", approval_id=yes)
        said = attempt(self.service, KEEPER, request, crash, (*SHORT, "LotKeptOut", "GoneFromQuarantine"))
        assert line.batch_id is not None
        if not isinstance(said, str):
            self.model.carry(line.batch_id, line.quantity, QUARANTINE, TRANSIT)
            self.arrived(line.batch_id, line.quantity, line.place)

    # --- lots kept out of use --------------------------------------------------------------------------------------------------------

    @rule(at=index, crash=crashes)
    def hold(self, at: int, crash: Crash | None) -> None:
        """All of a lot goes aside, whatever it was meant for."""
        ours = sorted(set(self.ours().values()))
        drug, lot = ours[at % len(ours)]
        said = attempt(self.service, PHARMACIST, HoldLot(drug_id=drug, lot=lot, reason=HoldReason.NOTICE), crash, ("LotKeptOut",))
        assert (said == "LotKeptOut") == any(hold[1:3] == (drug, lot) for hold in self.holds)
        if isinstance(said, str):
            return
        self._pulled(drug, lot, said)

    def _pulled(self, drug: int, lot: str, told: Held) -> None:
        batches = [batch for batch, of in self.ours().items() if of == (drug, lot)]
        back = {row[0] for row in self.service.rows("SELECT id FROM prescription WHERE number = ANY(%s)", list(told.put_back))}
        for rx in self.model.prescriptions:
            touched = any(line.aside[batch] for line in rx.lines for batch in batches)
            assert touched == (rx.id in back), "put back is whoever had some of the lot aside"
            if touched:
                for line in rx.lines:
                    line.aside.clear()
        taken = [
            (place, batch, quantity)
            for (place, batch), quantity in self.model.at.items()
            if place in (PHARMACY, STORE) and batch in batches and quantity
        ]
        for place, batch, quantity in taken:
            self.model.carry(batch, quantity, place, QUARANTINE)
        assert told.quantity == sum((quantity for _, _, quantity in taken), ZERO)
        self.holds.append((told.holds[0].id, drug, lot, taken))

    @precondition(lambda self: self.holds)
    @rule(at=index, crash=crashes)
    def release(self, at: int, crash: Crash | None) -> None:
        """Let go again: what is still there goes back to where it was."""
        if self.holds:
            self._release(self.holds[at % len(self.holds)], crash)

    def _release(self, hold: tuple[int, int, str, list[tuple[str, int, Decimal]]], crash: Crash | None) -> None:
        before = dict(self.service.rows("SELECT batch_id, sum(quantity) FROM stock_move GROUP BY batch_id"))
        yes = approval(self.service, PHARMACIST, "release_lot", hold[0])
        told = self.service.do(PHARMACIST, ReleaseLot(hold_id=hold[0], note="检验合格", approval_id=yes), crash)
        self.holds.remove(hold)
        assert dict(self.service.rows("SELECT batch_id, sum(quantity) FROM stock_move GROUP BY batch_id")) == before, (
            "nothing leaves or enters the house"
        )
        moved = self.service.rows(
            "SELECT p.code, m.batch_id, m.quantity FROM stock_move m JOIN stock_location p ON p.id = m.location_id WHERE m.document = %s"
            " AND m.quantity > 0 AND p.code <> 'QUARANTINE' AND m.id > (SELECT coalesce(max(v.id), 0) FROM stock_move v JOIN stock_location q"
            " ON q.id = v.location_id WHERE v.document = %s AND q.code = 'QUARANTINE' AND v.quantity > 0)",
            told.hold.number,
            told.hold.number,
        )
        most: dict[tuple[str, int], Decimal] = {}
        for place, batch, quantity in hold[3]:
            most[place, batch] = most.get((place, batch), ZERO) + quantity
        for place, batch, quantity in moved:
            assert quantity <= most.get((place, batch), ZERO), "no more goes back than was taken from there"
            self.model.carry(batch, quantity, QUARANTINE, place)
        assert told.quantity == sum((row[2] for row in moved), ZERO)

    # --- counting --------------------------------------------------------------------------------------------------------------------

    @rule(drug=index, place=places, off=st.sampled_from((0, 0, -1, -7, 3)), crash=crashes)
    def count(self, drug: int, place: str, off: int, crash: Crash | None) -> None:
        """A drug is counted at a place, twice where it is not as in the book; booked later."""
        number = list(self.goods)[drug % len(self.goods)]
        request = OpenStockTake(place=place, choice=Choice.DRUGS, drugs=(number,))
        opened = attempt(self.service, KEEPER, request, crash, ("BeingCountedAlready", "FieldWrong"))
        if isinstance(opened, str):
            return
        found: list[tuple[str, int, Decimal]] = []
        sheet = self.service.do(KEEPER, GetCountSheet(take_id=opened.id))
        for place_no, line in enumerate(sheet.lines):
            batch = next(b for b, (lot, _) in self.batches(number).items() if lot == line.lot and self._same(b, line.expires, place))
            lies = self.model.at.get((place, batch), ZERO) - (self.model.picked(batch) if place == PHARMACY else ZERO)
            counted = max(lies + (off if place_no == 0 else 0), ZERO)
            self.service.do(KEEPER, CountLine(line_id=line.line_id, round=1, quantity=counted), crash)
            if counted != lies:
                self.service.do(PHARMACIST, CountLine(line_id=line.line_id, round=2, quantity=counted), crash)
                found.append((place, batch, counted - lies))
        self.service.do(KEEPER, FinishCounting(take_id=opened.id), crash)
        self.counts.append((opened.id, found))

    def _same(self, batch: int, expires: Any, place: str) -> bool:
        row = self.service.row("SELECT expires FROM stock_batch WHERE id = %s", batch)
        return bool(row[0] == expires) and (place, batch) in self.model.at

    @precondition(lambda self: self.counts)
    @rule(at=index, crash=crashes)
    def book_count(self, at: int, crash: Crash | None) -> None:
        """What was missing or too much is booked, unless a patient holds it."""
        take, found = self.counts[at % len(self.counts)]
        told = self.service.row(
            "SELECT coalesce(sum(abs(round(t.difference * b.purchase_price / d.pack_size * 100)))::bigint, 0) FROM"
            " unnest(%s::bigint[], %s::numeric[]) AS t(batch_id, difference) JOIN stock_batch b ON b.id = t.batch_id JOIN drug d ON d.id = b.drug_id",
            [batch for _, batch, _ in found],
            [difference for _, _, difference in found],
        )
        yes = approval(self.service, KEEPER, "stock_take", take, fen=told[0])
        said = attempt(self.service, KEEPER, ConfirmStockTake(take_id=take, approval_id=yes), crash, SHORT)
        if isinstance(said, str):
            return
        self.counts.remove((take, found))
        for place, batch, difference in found:
            self.model.move(place, batch, difference)
