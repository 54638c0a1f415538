"""The way of a lot 批次追踪, from its supplier through every place to the patients and back; and the way of one pack's 追溯码."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Fact, Query

Lot = Annotated[str, Meta(min_length=1, max_length=40)]


class LotEntry(Fact, frozen=True, kw_only=True):
    """A lot of a drug as it stands. ``on_hand`` in base units in all places. ``paper`` is the quarantine paper that keeps it out of use, or
    empty; ``recall`` the number of its recall, if there is one."""

    drug_id: int
    drug: str
    specification: str
    base_unit: str
    pack_unit: str
    pack_size: Decimal
    lot: str
    expires: date
    received_at: datetime
    suppliers: str
    on_hand: Decimal
    paper: str
    recall: str


class CodeStep(Fact, frozen=True, kw_only=True):
    """What became of a pack's code: it went out for a prescription, and perhaps came back. ``split``: the pack was opened for it. ``lots`` are
    the lots that went out for that line. ``return_number`` is empty where the hand-over was undone; ``quarantined``: it is not sold again."""

    at: datetime
    prescription_id: int
    prescription_number: str
    by: str
    split: bool
    lots: tuple[str, ...]
    returned_at: datetime | None
    return_number: str
    quarantined: bool


class LotList(Fact, frozen=True, kw_only=True):
    """Lots that match, those that are there first, at most 200. For a 追溯码 that went out: its way, and the lots that went out with it."""

    lots: tuple[LotEntry, ...]
    code: str = ""
    code_steps: tuple[CodeStep, ...] = ()


class FindLots(Query[LotList], frozen=True, kw_only=True):
    """Find lots by the code on a pack, by lot number, or by the drug's name, pinyin or code. Without ``text``: those that are kept out."""

    permission = Permission.STORE_VIEW
    text: Annotated[str, Meta(max_length=200)] = ""


class WayStep(Fact, frozen=True, kw_only=True):
    """One step of a lot. ``kind`` is a stock move's. ``place`` is where it was moved, ``to_place`` where it was carried to, if it stayed in the
    house. ``quantity`` came into the house (above zero) or left it (below); carried, it is the quantity carried. ``balance`` is what was in the
    house afterwards. All in base units. ``codes`` are those of the prescription line's packs; ``undone``: it takes a hand-over back."""

    move_id: int
    at: datetime
    kind: str
    place: str
    to_place: str
    quantity: Decimal
    balance: Decimal
    document: str
    by: str
    supplier: str
    invoice: str
    inspector: str
    prescription_id: int | None
    codes: tuple[str, ...]
    undone: bool


class PlaceBalance(Fact, frozen=True, kw_only=True):
    """So much is at a place, of it ``picked`` laid aside for patients."""

    place: str
    on_hand: Decimal
    picked: Decimal


class LotWay(Fact, frozen=True, kw_only=True):
    """The steps in their order, the latest 3,000; ``earlier`` others went before. The last balance is the sum of ``places``."""

    lot: LotEntry
    steps: tuple[WayStep, ...]
    earlier: int
    places: tuple[PlaceBalance, ...]


class GetLotWay(Query[LotWay], frozen=True, kw_only=True):
    """The way of one lot, without the patients' names."""

    permission = Permission.STORE_VIEW
    drug_id: int
    lot: Lot


class WayPatient(Fact, frozen=True, kw_only=True):
    """Who a prescription was for."""

    prescription_id: int
    prescription_number: str
    patient_id: int
    patient_number: str
    patient_name: str
    sex: str
    age: str
    phone: str


class WayPatients(Fact, frozen=True, kw_only=True):
    """The patients of a lot, by prescription."""

    patients: tuple[WayPatient, ...]


class GetLotPatients(Query[WayPatients], frozen=True, kw_only=True):
    """Who got a lot. The look leaves an audit entry that names the lot."""

    permission = Permission.PHARMACY_VIEW
    views = "lot"
    drug_id: int
    lot: Lot
