"""What the catalogue says of each drug, its changes with the moment from which they hold, and drugs that are mixed up 看似听似."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query

Moment = Annotated[datetime, Meta(tz=True)]


class CatalogueDrug(Fact, frozen=True, kw_only=True):
    """One drug in the list. ``waiting`` counts changes that do not hold yet, ``alike`` the drugs that it is mixed up with."""

    drug_id: int
    code: str
    name: str
    specification: str
    manufacturer: str
    controlled: str
    high_alert: bool
    active: bool
    waiting: int
    alike: int
    name_marks: str
    specification_marks: str


class CatalogueDrugs(Fact, frozen=True, kw_only=True):
    """Drugs by name, at most 1,000; ``more``: there are others."""

    drugs: tuple[CatalogueDrug, ...]
    more: bool


class ListCatalogueDrugs(Query[CatalogueDrugs], frozen=True, kw_only=True):
    """Drugs whose name, spelling, code or pack fits ``text``; ``only`` those that are controlled, high_alert, stopped, waiting or alike."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    only: Annotated[str, Meta(pattern="^(|controlled|high_alert|stopped|waiting|alike)$")] = ""


class DrugChangeFacts(Fact, frozen=True, kw_only=True):
    """A change of some fields. ``state`` as in :data:`common.domain.states.DRUG_CHANGE`; ``ended_why`` says what kept it from taking effect."""

    id: int
    state: str
    before: dict[str, str]
    after: dict[str, str]
    reason: str
    effective_at: datetime
    proposed_at: datetime
    proposed_by: str
    ended_at: datetime | None
    ended_by: str
    ended_why: str


class DrugHistoryEntry(Fact, frozen=True, kw_only=True):
    """One field that became another: by a change, or (without ``change_id``) by a list that was imported."""

    field: str
    before: str
    after: str
    at: datetime
    by: str
    change_id: int | None


class DrugPrice(Fact, frozen=True, kw_only=True):
    """What a drug cost from a moment on, in yuan a pack, by which price change (empty: from an imported list)."""

    price: Decimal
    valid_from: datetime
    document: str
    by: str


class DrugPack(Fact, frozen=True, kw_only=True):
    """What is fixed once a drug has stock: stock counts in ``base_unit``, the pack that is sold holds ``pack_size`` of them."""

    base_unit: str
    pack_unit: str
    pack_size: Decimal
    dose_unit: str
    dose_per_base: Decimal


class DrugPage(Fact, frozen=True, kw_only=True):
    """Everything about one drug. ``values`` by the names of :data:`common.domain.formulary.FIELDS`; ``price`` is yuan a pack, changed by a
    price change only. Changes, history and prices newest first."""

    drug: CatalogueDrug
    drug_class: str
    frequency: str
    route: str
    pack: DrugPack
    price: Decimal
    insurance_code: str
    values: dict[str, str]
    changes: tuple[DrugChangeFacts, ...]
    history: tuple[DrugHistoryEntry, ...]
    prices: tuple[DrugPrice, ...]


class GetDrugPage(Query[DrugPage], frozen=True, kw_only=True):
    """One drug."""

    permission = Permission.STORE_VIEW
    drug_id: int


class ProposeDrugChange(Command[DrugChangeFacts], frozen=True, kw_only=True):
    """Let some fields of a drug become others, now or from ``effective_at`` on. ``seen`` is what they said when the change was typed.

    Raises ``DrugChangedMeanwhile`` where they say something else by now or another change of them waits, ``DrugValueRefused`` for what is no
    value, and where the drug's other fields do not allow it.
    """

    permission = Permission.STORE_MANAGE
    drug_id: int
    seen: dict[str, str]
    after: Annotated[dict[str, str], Meta(min_length=1, max_length=40)]
    effective_at: Moment | None = None
    reason: Annotated[str, Meta(max_length=200)] = ""


class WithdrawDrugChange(Command[Done], frozen=True, kw_only=True):
    """Take back a change that does not hold yet."""

    permission = Permission.STORE_MANAGE
    change_id: int
    reason: Annotated[str, Meta(max_length=200)] = ""


class ChangesApplied(Fact, frozen=True, kw_only=True):
    """How many changes took effect, and how many could not."""

    applied: int
    refused: int


class ApplyDrugChanges(Command[ChangesApplied], frozen=True, kw_only=True):
    """Let the changes take effect whose moment has come: the service asks itself."""

    permission = Permission.SERVICE


class AlikePair(Fact, frozen=True, kw_only=True):
    """Two drugs that are, or may be, mixed up. ``kind`` is LOOK, SOUND or STRENGTH; ``marks`` are of the first and the other: their names, or
    for STRENGTH their specifications. ``kept`` is ``None`` for a proposal."""

    drug_id: int
    name: str
    specification: str
    marks: str
    other_id: int
    other_name: str
    other_specification: str
    other_marks: str
    kind: str
    kept: bool | None
    by: str
    at: datetime | None


class AlikePairs(Fact, frozen=True, kw_only=True):
    """Kept pairs first, then proposals, at most 500 of them; ``proposals`` counts all."""

    pairs: tuple[AlikePair, ...]
    proposals: int


class ListAlike(Query[AlikePairs], frozen=True, kw_only=True):
    """Drugs that are mixed up, and those that may be by their names. ``text`` narrows by name or spelling."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=60)] = ""
    proposals: bool = True


class DecideAlike(Command[Done], frozen=True, kw_only=True):
    """Keep two drugs as mixed up, or say that they are not; their names are marked at once wherever a drug is picked."""

    permission = Permission.STORE_MANAGE
    drug_id: int
    other_id: int
    kind: Annotated[str, Meta(pattern="^(LOOK|SOUND|STRENGTH)$")]
    kept: bool
