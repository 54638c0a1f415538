"""One paid prescription on its way to the patient: the batches laid aside, the packs scanned, and the lines that go without a code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from client.pharmacy.owing import Owing
from common.dispensing_errors import OpenPackFirst
from common.domain.barcodes import read_pack
from common.domain.picked import going, packs_of
from common.i18n import tr
from common.messages.pharmacy import Dispense, NoCode, Scan
from common.wire import new_request_id

if TYPE_CHECKING:
    from common.domain.barcodes import Pack
    from common.messages.consult import PrescriptionFacts, PrescriptionLine
    from common.messages.pharmacy import Pick, PickList


class ScanDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of an opened prescription. ``unplaced`` codes could not be asked about when they were scanned.

    The rest is what was typed of a hand-over in part, and why nobody else is on duty.
    """

    scans: tuple[Scan, ...]
    without: dict[int, str] = {}
    unplaced: tuple[str, ...] = ()
    only: dict[int, Decimal] = {}
    day: date | None = None
    phone: str = ""
    note: str = ""
    alone: str = ""


@dataclass(frozen=True)
class PickRow:
    """One row of the pick list; ``leads`` is true for the first row of a line, which shows the drug and its count."""

    pick: Pick
    line: PrescriptionLine
    leads: bool


def along_shelves(picked: PickList) -> list[int]:
    """The lines of which something lies aside by shelf, A-2 before A-10, then by name; last what has no shelf."""
    shelves = {pick.line_id: pick.shelf for pick in picked.picks}
    names = {line.id: line.name for line in picked.prescription.lines}
    return sorted(shelves, key=lambda line_id: (not shelves[line_id], _counted(shelves[line_id]), names[line_id], line_id))


def _counted(shelf: str) -> list[str | int]:
    """Words and figures in turn."""
    return [int(part) if place % 2 else part for place, part in enumerate(re.split(r"(\d+)", shelf))]


class Picking:
    """Begun when the batches are laid aside; one request id until it is handed over."""

    def __init__(self, picked: PickList) -> None:
        self.picked = picked
        self.scans: list[Scan] = []
        self.without: dict[int, str] = {}
        self.unplaced: list[str] = []
        self.checking = 0
        self.go_when_checked = False
        self.handing = False
        self.request_id = new_request_id()
        self.owing = Owing()
        #: What a second person agreed to, or why nobody else is on duty; only drugs under special control need one of them.
        self.approval_id: int | None = None
        self.alone = ""
        self._line_of: dict[tuple[str, str], int] = {}
        self._order: list[int] = []

    @property
    def facts(self) -> PrescriptionFacts:
        """The prescription."""
        return self.picked.prescription

    @property
    def draft_key(self) -> str:
        """Where the journal keeps the scans."""
        return f"pharmacy:scans:{self.facts.id}"

    def line(self, line_id: int) -> PrescriptionLine:
        """One of its lines. Raises ``KeyError``."""
        return {line.id: line for line in self.facts.lines}[line_id]

    def rows(self) -> list[PickRow]:
        """The way along the shelves, as on the pick list; the batches of a line stand together."""
        order = along_shelves(self.picked)
        picks = sorted(self.picked.picks, key=lambda pick: order.index(pick.line_id))
        seen: set[int] = set()
        rows = []
        for pick in picks:
            rows.append(PickRow(pick, self.line(pick.line_id), pick.line_id not in seen))
            seen.add(pick.line_id)
        return rows

    # --- counting ------------------------------------------------------------------------------------------------------------------

    def wanted(self, line_id: int) -> int:
        """Packs to scan for a line, as much of it as goes out now."""
        only = self.owing.only.get(line_id)
        if only is None:
            return self.picked.packs.get(line_id, 0)
        size = self.picked.pack_sizes.get(line_id)
        if size is None:  # weighed out, not counted
            return self.picked.packs.get(line_id, 0) if only else 0
        parts = [(pick.quantity, pick.opened is not None) for pick in self.picked.picks if pick.line_id == line_id]
        return packs_of(going(parts, only), size, pooled=True)

    def aside(self, line_id: int) -> Decimal:
        """So much of a line lies aside, in base units."""
        return sum((pick.quantity for pick in self.picked.picks if pick.line_id == line_id), Decimal(0))

    def owed(self) -> dict[int, Decimal]:
        """What stays owed when it is handed over now, by line, in base units."""
        rest = {}
        for line in self.facts.lines:
            only = self.owing.only.get(line.id)
            left = self.picked.short.get(line.id, Decimal(0)) + (self.aside(line.id) - only if only is not None else Decimal(0))
            if left > 0:
                rest[line.id] = left
        return rest

    def renew(self, picked: PickList) -> None:
        """Other batches lie aside: what was scanned stays, as far as it still fits."""
        self.picked = picked
        scans, self.scans, self._order = self.scans, [], []
        for scan in scans:
            if not self.full(scan.line_id):
                self.take(scan.line_id, read_pack(scan.code))

    def scanned(self, line_id: int) -> int:
        """Packs scanned for it."""
        return sum(scan.line_id == line_id for scan in self.scans)

    def settled(self, line_id: int) -> bool:
        """Whether every pack of the line is scanned or explained."""
        return line_id in self.without or self.scanned(line_id) >= self.wanted(line_id)

    def totals(self) -> tuple[int, int]:
        """Packs scanned and packs wanted; a line without codes counts neither way."""
        lines = [line.id for line in self.facts.lines if line.id not in self.without]
        return sum(self.scanned(each) for each in lines), sum(self.wanted(each) for each in lines)

    def next_line(self) -> int | None:
        """The first line along the shelves that is not settled."""
        return next((row.line.id for row in self.rows() if not self.settled(row.line.id)), None)

    def hindrance(self) -> str:
        """Why it cannot be handed over yet; empty when it can."""
        if self.unplaced:
            if len(self.unplaced) == 1:
                return tr("1 scanned pack is not checked yet, since the service cannot be reached.")
            return tr("{n} scanned packs are not checked yet, since the service cannot be reached.", n=len(self.unplaced))
        line_id = self.next_line()
        if line_id is None:
            return self.owing.hindrance() if self.owed() else ""
        if self.facts.herbal is not None:
            return tr("These are slices: F4 leads to the scale. F6 says why one is not weighed.")
        return tr(
            "{drug}: {scanned} of {wanted} packs are scanned. Scan the rest, or give a reason (F6).",
            drug=self.line(line_id).name,
            scanned=self.scanned(line_id),
            wanted=self.wanted(line_id),
        )

    # --- scanning ------------------------------------------------------------------------------------------------------------------

    def refusal(self, code: Pack) -> str:
        """Why a code cannot be taken, as far as the desk knows by itself."""
        if code.single and any(read_pack(scan.code) == code for scan in self.scans):
            return tr("This very pack is scanned already: {code}.", code=code.text)
        known = self._line_of.get(code.product)
        return self.full(known) if known is not None else ""

    def full(self, line_id: int) -> str:
        """Why no further pack of a line can be taken; empty when one can."""
        if self.scanned(line_id) < self.wanted(line_id):
            return ""
        if self.wanted(line_id) == 0:
            return tr("{drug}: nothing of it goes out now. Put this pack back.", drug=self.line(line_id).name)
        if self.wanted(line_id) == 1:
            return tr("{drug}: its only pack is scanned. Put this one back.", drug=self.line(line_id).name)
        return tr("{drug}: all {n} packs are scanned. Put this one back.", drug=self.line(line_id).name, n=self.wanted(line_id))

    def leaves_opened(self, line_id: int, code: Pack) -> str:
        """Why a pack may not be taken that leaves an opened one standing; empty when it may. Only 追溯码 tell one pack from another."""
        opened = {
            pick.opened.code: pick.opened for pick in self.picked.picks if pick.line_id == line_id and pick.opened and pick.opened.code
        }
        if not code.single or not opened or code.trace in opened or line_id in self.owing.only:
            return ""
        whole = sum(scan.line_id == line_id and read_pack(scan.code).trace not in opened for scan in self.scans)
        if whole < self.wanted(line_id) - len(opened):
            return ""
        line, pack = self.line(line_id), next(iter(opened.values()))
        return str(OpenPackFirst(drug=line.name, code=pack.code, left=pack.left, unit=line.unit))

    def candidates(self, code: Pack) -> list[int]:
        """The lines that a code may belong to: the one that its product was found in, else all, the unsettled ones first."""
        if code.product in self._line_of:
            return [self._line_of[code.product]]
        return sorted((line.id for line in self.facts.lines), key=self.settled)

    def known(self, code: Pack) -> int | None:
        """The line of a retail code that was found before: nothing is left to ask about it."""
        return None if code.single else self._line_of.get(code.product)

    def take(self, line_id: int, code: Pack) -> None:
        """A pack of this line is in the hand."""
        self._line_of[code.product] = line_id
        self.scans.append(Scan(line_id=line_id, code=code.text))
        self._order.append(line_id)

    def explain(self, line_id: int, reason: str) -> None:
        """The line goes without (further) codes; an empty reason takes that back."""
        if reason:
            self.without[line_id] = reason
            self._order.append(-line_id)
        else:
            self.without.pop(line_id, None)

    def undo(self) -> int | None:
        """Take back the last scan or reason; the line it was for, or ``None``."""
        while self._order:
            last = self._order.pop()
            if last < 0 and self.without.pop(-last, None) is not None:
                return -last
            if last > 0 and self.drop_last(last):
                return last
        return None

    def drop(self, code: str) -> None:
        """A pack that the service refused at last is out again."""
        self.scans = [scan for scan in self.scans if code not in (scan.code, read_pack(scan.code).trace)]

    def drop_unopened(self, drug: str) -> None:
        """The service wants a drug out of an opened pack: what was scanned last of it is out again."""
        for line_id in (line.id for line in self.facts.lines if line.name == drug):
            if self.drop_last(line_id):
                return

    def drop_last(self, line_id: int) -> bool:
        """The last pack of a line is out again; whether there was one."""
        for place in range(len(self.scans) - 1, -1, -1):
            if self.scans[place].line_id == line_id:
                del self.scans[place]
                return True
        return False

    # --- keeping and sending -------------------------------------------------------------------------------------------------------

    def touched(self) -> bool:
        """Whether a pack was scanned or a reason given."""
        return bool(self.scans or self.without or self.unplaced)

    def draft(self) -> ScanDraft | None:
        """What the journal keeps; ``None`` if nothing was scanned nor typed."""
        owing = self.owing
        if not (self.touched() or owing.only or owing.note or self.alone):
            return None
        return ScanDraft(
            scans=tuple(self.scans),
            without=dict(self.without),
            unplaced=tuple(self.unplaced),
            only=dict(owing.only),
            day=owing.day,
            phone=owing.phone,
            note=owing.note,
            alone=self.alone,
        )

    def restore(self, draft: ScanDraft) -> None:
        """Go on where somebody stopped. Lines that are not of this prescription any more are left out."""
        lines = {line.id for line in self.facts.lines}
        self._restore_rest(draft)
        for scan in draft.scans:
            if scan.line_id in lines and not self.full(scan.line_id):
                self.take(scan.line_id, read_pack(scan.code))
        for line_id, reason in draft.without.items():
            if line_id in lines:
                self.explain(line_id, reason)
        self.unplaced = list(draft.unplaced)

    def _restore_rest(self, draft: ScanDraft) -> None:
        """What was typed besides the scans; a quantity that does not lie aside any more is left out."""
        owing = self.owing
        owing.only = {line_id: only for line_id, only in draft.only.items() if only < self.aside(line_id)}
        if owing.only or draft.note:
            owing.shown, owing.day, owing.phone, owing.note = True, draft.day, draft.phone, draft.note
        self.alone = draft.alone

    def request(self) -> Dispense:
        """Hand it over."""
        reasons = tuple(NoCode(line_id=line_id, reason=reason) for line_id, reason in sorted(self.without.items()) if self.wanted(line_id))
        return Dispense(
            prescription_id=self.facts.id,
            scans=tuple(self.scans),
            without_code=reasons,
            only=self.owing.hand_outs(),
            promise=self.owing.promise() if self.owed() else None,
            approval_id=self.approval_id if self.picked.controlled else None,
            alone=self.alone.strip() if self.picked.controlled and self.approval_id is None else "",
        )

    def needs_second(self) -> bool:
        """Whether drugs under special control still wait for a second person, or for why there is none."""
        return self.picked.controlled and self.approval_id is None and not self.alone.strip()
