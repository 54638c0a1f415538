"""One prescription of which something comes back: what is taken, by which codes, why, and what becomes of it. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain import returning
from common.domain.barcodes import read_pack
from common.domain.returning import Condition, ReturnReason
from common.i18n import N_, tr
from common.messages.returns import ReturnDrugs, ReturnLine, UndoDispense, UndoReason
from common.wire import new_request_id

if TYPE_CHECKING:
    from datetime import date

    from common.domain.barcodes import Pack
    from common.messages.consult import PrescriptionFacts
    from common.messages.pharmacy import PharmacyEntry
    from common.messages.returns import ReturnableFacts, ReturnableLine, ReturnEntry, ReturnLot

#: In the order of their digits.
RETURN_REASONS: Final = (
    (ReturnReason.QUALITY, N_("Return|Quality")),
    (ReturnReason.ADVERSE_REACTION, N_("Return|Adverse reaction")),
    (ReturnReason.WRONG_DRUG, N_("Return|Wrong drug handed out")),
    (ReturnReason.DOCTOR_CHANGED, N_("Return|Doctor changed it")),
    (ReturnReason.PATIENT_DIED, N_("Return|Patient died")),
    (ReturnReason.RECALL, N_("Return|Recall")),
)
UNDO_REASONS: Final = (
    (UndoReason.WRONG_PATIENT, N_("Undo|Wrong patient")),
    (UndoReason.WRONG_DRUG, N_("Undo|Wrong drug or quantity")),
    (UndoReason.NOT_TAKEN, N_("Undo|Not collected")),
    (UndoReason.MISTAKE, N_("Undo|Pressed by mistake")),
)
NOTHING_OPEN: Final = N_("Find what was handed out: scan the prescription, the slip, the receipt or the patient's card.")
BEING_SENT: Final = N_("It is on its way to the service.")


#: Where the journal keeps what is half done, each prescription for itself.
DRAFTS: Final = "pharmacy:return:"


class BackDraft(msgspec.Struct, frozen=True, kw_only=True):
    """One :class:`BackRow` of which something comes back."""

    line_id: int
    batch_id: int
    quantity: Decimal
    codes: tuple[str, ...] = ()
    kept_back: bool = False


class ReturnDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of a half-scanned return. ``returned``: so many returns of the prescription there were when it was begun.

    ``scans`` are places in ``rows`` with what each scan counted, in their order. ``put_away``: somebody left it, so that it opens by itself
    no more.
    """

    prescription_id: int
    request_id: str
    returned: int
    rows: tuple[BackDraft, ...] = ()
    scans: tuple[tuple[int, Decimal, str], ...] = ()
    reason: ReturnReason | None = None
    undoing: bool = False
    undo_reason: UndoReason | None = None
    put_away: bool = False


@dataclass
class BackRow:
    """One batch of one line: so much of it comes back, with these packs' codes. ``kept_back``: into quarantine although it could be sold."""

    line: ReturnableLine
    lot: ReturnLot
    quantity: Decimal = Decimal(0)
    codes: list[str] = field(default_factory=list)
    kept_back: bool = False

    @property
    def left(self) -> Decimal:
        """What of the batch is with the patient."""
        return self.lot.handed - self.lot.returned

    @property
    def opened(self) -> bool:
        """Whether it is not only sealed packs."""
        loose = {code.code for code in self.line.codes if code.opened}
        return bool(self.quantity % self.line.pack_size) or not loose.isdisjoint(self.codes)

    def hindrance(self, reason: ReturnReason, condition: Condition, today: date) -> str:
        """Why it does not come back like this; empty when it may."""
        expired, coded = self.lot.expires < today, self.line.codes_out > 0
        return returning.hindrance(reason, condition, opened=self.opened, coded=coded, expired=expired, cold=self.line.cold)


class Returning:
    """Begun when a prescription is opened for it; one request id until it is done."""

    def __init__(self, facts: ReturnableFacts, today: date) -> None:
        self.facts = facts
        self._today = today
        self.rows = [BackRow(line, lot) for line in facts.lines for lot in line.lots]
        self.reason: ReturnReason | None = None
        self.undoing = False
        self.undo_reason: UndoReason | None = None
        self.approval_id: int | None = None
        self.sending = False
        self.request_id = new_request_id()
        self._scans: list[tuple[BackRow, Decimal, str]] = []

    # --- the draft -----------------------------------------------------------------------------------------------------------------

    @property
    def draft_key(self) -> str:
        """Where the journal keeps it."""
        return f"{DRAFTS}{self.prescription.id}"

    def draft(self, *, put_away: bool = False) -> ReturnDraft | None:
        """What the journal keeps; ``None`` if nothing would be lost."""
        rows = [row for row in self.rows if row.quantity or row.kept_back]
        if not rows and self.reason is None and self.undo_reason is None:
            return None
        place = {id(row): nth for nth, row in enumerate(rows)}
        return ReturnDraft(
            prescription_id=self.prescription.id,
            request_id=self.request_id,
            returned=len(self.facts.returns),
            rows=tuple(
                BackDraft(
                    line_id=row.line.line_id,
                    batch_id=row.lot.batch_id,
                    quantity=row.quantity,
                    codes=tuple(row.codes),
                    kept_back=row.kept_back,
                )
                for row in rows
            ),
            scans=tuple((place[id(row)], part, code) for row, part, code in self._scans),
            reason=self.reason,
            undoing=self.undoing,
            undo_reason=self.undo_reason,
            put_away=put_away,
        )

    def restore(self, draft: ReturnDraft) -> bool:
        """Go on where somebody stopped. ``False`` if something of it came back meanwhile, perhaps by this very draft: then it is begun anew."""
        by_key = {(row.line.line_id, row.lot.batch_id): row for row in self.rows}
        rows = [by_key.get((kept.line_id, kept.batch_id)) for kept in draft.rows]
        fits = all(row is not None and kept.quantity <= row.left for row, kept in zip(rows, draft.rows, strict=True))
        if not fits or draft.returned != len(self.facts.returns):
            return False
        for row, kept in zip(rows, draft.rows, strict=True):
            if row is not None:
                row.quantity, row.codes, row.kept_back = kept.quantity, list(kept.codes), kept.kept_back
        self._scans = [(row, part, code) for nth, part, code in draft.scans if (row := rows[nth]) is not None]
        self.reason, self.undo_reason, self.request_id = draft.reason, draft.undo_reason, draft.request_id
        self.undoing = draft.undoing and not self.facts.no_undo
        return True

    @property
    def prescription(self) -> PrescriptionFacts:
        """The prescription."""
        return self.facts.prescription

    @property
    def taken(self) -> list[BackRow]:
        """The rows of which something comes back."""
        return [row for row in self.rows if row.quantity]

    def condition(self, row: BackRow) -> Condition:
        """What becomes of a row: sold again where that is allowed and nobody keeps it back."""
        if row.kept_back or self.reason is None:
            return Condition.QUARANTINED if row.kept_back else Condition.SALEABLE
        return Condition.QUARANTINED if row.hindrance(self.reason, Condition.SALEABLE, self._today) else Condition.SALEABLE

    def keep_back(self, row: BackRow) -> str:
        """Into quarantine, or back on the shelf; why not, if it may not be sold again."""
        why = row.hindrance(self.reason, Condition.SALEABLE, self._today) if self.reason is not None else ""
        if why and row.quantity:
            return tr(why)
        row.kept_back = not row.kept_back
        return ""

    # --- what comes back -----------------------------------------------------------------------------------------------------------

    def set_quantity(self, row: BackRow, quantity: Decimal) -> str:
        """So much of a batch, in base units; why not, if not."""
        if quantity < 0 or quantity > row.left:
            return tr(returning.NOT_SO_MUCH)
        row.quantity = quantity
        if not quantity:
            row.codes.clear()
        self._scans = [scan for scan in self._scans if scan[0] is not row]
        return ""

    def scan(self, text: str, current: BackRow | None) -> tuple[BackRow | None, str]:
        """A pack in the hand: the row that it is counted to, or why it is not. A pack's batch is that of the current row, where that fits."""
        pack = read_pack(text)
        if pack.trace in {code for row in self.rows for code in row.codes} - {""}:
            return None, tr("This very pack is scanned already: {code}.", code=pack.text)
        line = self._line_of(pack)
        if line is None:
            return None, tr("{code} was not handed out with this prescription, or came back already.", code=pack.text)
        if not pack.trace and self._uncoded(line) <= 0:
            return None, tr("{drug}: scan the trace code of each pack, not its retail code.", drug=line.name)
        part = self._part(line, pack)
        row = self._row_for(line, part, current)
        if row is None:
            return None, tr("{drug}: all of it comes back already.", drug=line.name)
        part = min(part, row.left - row.quantity)
        row.quantity += part
        if pack.trace:
            row.codes.append(pack.trace)
        self._scans.append((row, part, pack.trace))
        return row, ""

    def undo_scan(self) -> BackRow | None:
        """Take the last scan back; its row."""
        if not self._scans:
            return None
        row, part, code = self._scans.pop()
        row.quantity -= part
        if code in row.codes:
            row.codes.remove(code)
        return row

    def _line_of(self, pack: Pack) -> ReturnableLine | None:
        for line in self.facts.lines:
            if pack.trace in {code.code for code in line.codes} if pack.trace else pack.article in line.products:
                return line
        return None

    def _uncoded(self, line: ReturnableLine) -> int:
        """Packs that went out without a code and are not counted yet."""
        counted = sum(row is not None and not code for row, _, code in self._scans if row.line is line)
        return line.packs - line.codes_out - counted

    def _part(self, line: ReturnableLine, pack: Pack) -> Decimal:
        opened = any(code.code == pack.trace and code.opened for code in line.codes)
        handed = sum((lot.handed for lot in line.lots), Decimal(0))
        return (handed % line.pack_size or line.pack_size) if opened else line.pack_size

    def _row_for(self, line: ReturnableLine, part: Decimal, current: BackRow | None) -> BackRow | None:
        rows = [row for row in self.rows if row.line is line and row.left > row.quantity]
        rows.sort(key=lambda row: (row.left - row.quantity < part, row is not current))
        return rows[0] if rows else None

    # --- sending -------------------------------------------------------------------------------------------------------------------

    @property
    def act(self) -> str:
        """What a second person has to agree to; empty when nobody has to."""
        if self.undoing:
            return "undo_dispense" if self.facts.undo_agreed else ""
        return "drug_return" if any(row.line.controlled for row in self.taken) else ""

    def missing(self) -> tuple[str, str]:
        """What is still to be done (scan, reason, codes, approval), and the sentence about it; two empty texts when it can be sent."""
        if not self.undoing and not self.taken:
            return "scan", tr("Scan each pack that comes back, or press Enter on a line and type how much.")
        if (self.undo_reason if self.undoing else self.reason) is None:
            return "reason", tr("Choose the reason with its digit.")
        if not self.undoing and (why := self._wrong()):
            return "codes", why
        if self.act and self.approval_id is None:
            return "approval", tr("return|A second person has to agree: badge, or login name and password.")
        return "", ""

    def _wrong(self) -> str:
        assert self.reason is not None
        for row in self.taken:
            why = row.hindrance(self.reason, self.condition(row), self._today)
            if why:
                return tr("{drug} is not taken back: {reason}.", drug=row.line.name, reason=tr(why))
        for line in self.facts.lines:
            for condition in Condition:
                rows = [row for row in self.taken if row.line is line and self.condition(row) is condition]
                packs = sum(returning.packs_of(row.quantity, line.pack_size) for row in rows)
                needed = returning.codes_needed(packs, line.packs, line.codes_out, len(line.codes), condition)
                scanned = sum(len(row.codes) for row in rows)
                if scanned < needed:
                    words = N_("{drug}: {wanted} packs with a code come back, {scanned} are scanned.")
                    return tr(words, drug=line.name, wanted=needed, scanned=scanned)
        return ""

    def request(self) -> ReturnDrugs:
        """Take it back."""
        assert self.reason is not None
        lines = tuple(
            ReturnLine(
                line_id=row.line.line_id,
                batch_id=row.lot.batch_id,
                quantity=row.quantity,
                condition=self.condition(row),
                codes=tuple(row.codes),
            )
            for row in self.taken
        )
        return ReturnDrugs(
            prescription_id=self.prescription.id,
            reason=self.reason,
            lines=lines,
            approval_id=self.approval_id if self.act else None,
        )

    def undo_request(self) -> UndoDispense:
        """The hand-over was none."""
        assert self.undo_reason is not None
        return UndoDispense(
            prescription_id=self.prescription.id, reason=self.undo_reason, approval_id=self.approval_id if self.act else None
        )


class Returns:
    """The page of returns: what was found, what came back today, and what is open."""

    def __init__(self) -> None:
        self.shown = False
        self.sought = ""
        self.found: tuple[PharmacyEntry, ...] = ()
        self.today: tuple[ReturnEntry, ...] = ()
        self.work: Returning | None = None
        self.last = 0
        self.printed_by = ""
        #: Whether what was half done when the program ended was looked for.
        self.resumed = False

    def may_finish(self) -> bool | str:
        """For F12: what is missing is said when it is pressed."""
        if self.work is None:
            return NOTHING_OPEN
        return BEING_SENT if self.work.sending else True

    def may_keep_back(self) -> bool | str:
        """For F6."""
        return NOTHING_OPEN if self.work is None or self.work.undoing else True

    def may_undo_hand_over(self) -> bool | str:
        """For F10."""
        if not self.shown or self.work is None:
            return NOTHING_OPEN
        if self.work.facts.no_undo:
            return tr("It cannot be undone: {reason}.", reason=tr(self.work.facts.no_undo))
        return BEING_SENT if self.work.sending else True

    def may_take_back_scan(self) -> bool | str:
        """For Ctrl+Z."""
        return True if self.work is not None and self.work.taken else N_("Nothing was scanned yet.")

    def may_reprint(self) -> bool | str:
        """For F9."""
        return True if self.today or self.last else N_("Nothing came back today.")
