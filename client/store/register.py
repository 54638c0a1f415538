"""The narcotics register as a person reads it: kinds of moves, what a row says, and a count that is being made. No Qt."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.dosage import plain
from common.domain.mask import mask_document
from common.i18n import N_, tr
from common.messages.controlled import CountControlled, Counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from common.messages.controlled import ControlledBatch, CountFacts, RegisterRow

KINDS: Final = {
    "RECEIPT": N_("register|Goods in"),
    "DISPENSE": N_("register|To a patient"),
    "RETURN": N_("register|Returned"),
    "ADJUST": N_("register|Stock-take"),
    "TRANSFER": N_("register|Transfer"),
    "DAMAGE": N_("register|Damage"),
    "DESTROY": N_("register|Destroyed"),
    "SUPPLIER_RETURN": N_("register|Back to supplier"),
}


def kind(row: RegisterRow) -> str:
    """What kind of move it was."""
    return tr("register|Undone") if row.undone else tr(KINDS.get(row.kind, row.kind))


def kind_tone(row: RegisterRow) -> str:
    """Out to patients is what the register is for; what was taken back is worth a look."""
    return "warning" if row.undone or row.kind in ("DAMAGE", "ADJUST") else "info" if row.kind == "DISPENSE" else "plain"


def moved(row: RegisterRow) -> str:
    """``+10`` came, ``−2`` went."""
    return f"+{plain(row.quantity)}" if row.quantity > 0 else f"−{plain(-row.quantity)}"


def is_hand_over(row: RegisterRow) -> bool:
    """Whether empties can come back of it."""
    return row.kind == "DISPENSE" and row.quantity < 0


def empties(row: RegisterRow) -> str:
    """``1/2``: so many of those that went out came back empty."""
    return f"{row.empties}/{plain(-row.quantity)}" if is_hand_over(row) else ""


def facts(row: RegisterRow, sex: str) -> list[tuple[str, str]]:
    """What belongs to a row, besides its numbers."""
    residue = f"{plain(row.residue)} {row.residue_unit}（{row.residue_by}）" if row.residue else ""
    return [
        (tr("stock|Specification"), row.specification),
        (tr("register|Patient"), "　".join(filter(None, (row.patient_name, sex if row.patient_name else "", row.age)))),
        (tr("register|Identity number"), mask_document(row.id_number) if row.id_number else ""),
        (tr("register|Record"), row.record_number),
        (tr("register|Disease"), row.disease),
        (tr("register|Prescription"), row.prescription_number),
        (tr("register|Document"), row.document if row.document != row.prescription_number else ""),
        (tr("register|Doctor"), row.doctor),
        (tr("register|Given out by") if row.kind == "DISPENSE" else tr("register|Done by"), row.by),
        (tr("register|Checked by"), row.checker or (tr("register|alone: {why}", why=row.alone) if row.alone else "")),
        (tr("register|Lot"), f"{row.lot}　{row.expires.isoformat()}"),
        (tr("register|Empties from"), row.empties_from),
        (tr("register|Residue destroyed"), residue),
    ]


def differences(count: CountFacts) -> list[str]:
    """``盐酸吗啡注射液 L1：9/10 支`` for each batch that was counted otherwise than the register said."""
    return [
        tr(
            "register|{drug} {lot}: {counted} counted, {booked} booked ({unit})",
            drug=line.drug,
            lot=line.lot,
            counted=plain(line.counted),
            booked=plain(line.booked),
            unit=line.unit,
        )
        for line in count.lines
        if line.counted != line.booked
    ]


def typed_quantity(text: str) -> Decimal | None:
    """A number not below zero with at most four places."""
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 and found == round(found, 4) and found < 10**9 else None


class CountDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of a count at the change of shifts: by batch, in base units."""

    counted: dict[int, Decimal]
    note: str = ""


class Count:
    """A count at the change of shifts, made blind: what the register says is not shown before it is sent."""

    def __init__(self) -> None:
        self.batches: tuple[ControlledBatch, ...] = ()
        self.counted: dict[int, Decimal] = {}

    def take(self, batches: Sequence[ControlledBatch]) -> None:
        """What is there now; what was counted of it stays."""
        self.batches = tuple(batches)
        there = {batch.batch_id for batch in batches}
        self.counted = {batch: quantity for batch, quantity in self.counted.items() if batch in there}

    @property
    def missing(self) -> int:
        """So many batches are not counted yet."""
        return len(self.batches) - len(self.counted)

    @property
    def total(self) -> Decimal:
        """The sum that the second person signs."""
        return sum(self.counted.values(), Decimal(0))

    def request(self, note: str, approval_id: int | None) -> CountControlled:
        """What is sent."""
        lines = tuple(Counted(batch_id=batch, quantity=quantity) for batch, quantity in sorted(self.counted.items()))
        return CountControlled(lines=lines, note=note.strip(), approval_id=approval_id)
