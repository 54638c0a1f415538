"""What was typed into the till, on disk: a killed program comes back with the same patient and the same tenders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from client.cashier.view.desk import CashierDesk

KEY: Final = "cashier:till"


class TillDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The till of one patient. Amounts in fen; ``references`` by tender."""

    patient_id: int
    unticked: tuple[int, ...] = ()
    given_fen: int | None = None
    amounts: dict[str, int] = {}
    references: dict[str, str] = {}

    def is_empty(self) -> bool:
        """Nothing that would be a pity to lose."""
        return not self.unticked and self.given_fen is None and not self.amounts and not any(self.references.values())


def keep(desk: CashierDesk) -> None:
    """Write the till down."""
    model, parts = desk.model, desk.model.tendering.parts
    if model.patient_id is None:
        return
    draft = TillDraft(
        patient_id=model.patient_id,
        unticked=tuple(sorted(model.unticked)),
        given_fen=model.tendering.given_fen,
        amounts={kind.value: part.amount_fen for kind, part in parts.items() if part.amount_fen and not part.code},
        references={kind.value: part.reference for kind, part in parts.items() if part.reference},
    )
    if draft.is_empty():
        desk.place.journal.drop(KEY)
    else:
        desk.place.journal.keep(KEY, draft)


def drop(desk: CashierDesk) -> None:
    """It was settled, or another patient is served."""
    desk.place.journal.drop(KEY)


def restore(desk: CashierDesk) -> None:
    """At the start: the till as it was when the program ended."""
    kept = desk.place.journal.draft(KEY, TillDraft)
    if kept is None:
        return
    from client.cashier.actions import choose

    choose(desk, kept.patient_id)
    desk.model.unticked = set(kept.unticked)
    desk.till.given.set_fen(kept.given_fen)
    for kind, part in desk.model.tendering.parts.items():
        desk.till.amounts[kind].set_fen(kept.amounts.get(kind.value))
        desk.till.references[kind].setText(kept.references.get(kind.value, ""))
        part.reference = kept.references.get(kind.value, "")
    desk.place.journal.keep(KEY, kept)
