"""The pharmacy: review, picking, scanning with wrong and missing packs, handing over; and the store that fills it up."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Final

from common.dispensing_errors import CodeAlreadySold, PacksMissing, WrongPack
from common.errors import FieldWrong, NotEnoughStock, NotFound, WrongState
from common.messages.catalogue import SearchDrugs, StockRow
from common.messages.consult import PrescriptionFacts
from common.messages.pharmacy import (
    ApprovePrescription,
    CheckPack,
    Dispense,
    GetLabels,
    ListToDispense,
    ListToReview,
    PickList,
    PickPrescription,
    RejectPrescription,
    RejectReason,
    Scan,
)
from common.messages.store import GetStock, ReceiveStock
from installer.sample import barcode_of, trace_code
from installer.simulate import counter, herbal_room, room
from installer.simulate.illnesses import DRUGS
from installer.simulate.worker import Worker
from installer.simulate.world import PHARMACISTS, World
from server.catalogue.starter import starter

#: So few packs are low.
_LOW: Final = 30


@cache
def _places() -> dict[str, int]:
    """Each drug's place in the starter list, by which the sample's barcodes and trace codes go."""
    return {row.code: place for place, row in enumerate(starter("drugs"), 1)}


def review(world: World, doctor: str, signed: PrescriptionFacts, codes: tuple[str, ...]) -> None:
    """Look at it: most pass, some go back, a few are forgotten until they expire."""
    pharmacist = world.one_of(PHARMACISTS)
    if world.chance(0.02):
        return
    if world.chance(0.1):
        pharmacist.call(ListToReview())
    if world.chance(0.06):
        reason = world.rng.choice(tuple(RejectReason))
        pharmacist.call(RejectPrescription(prescription_id=signed.id, reasons=(reason,), note="请核对"))
        world.at(world.rng.randint(3, 12), lambda: room.rework(world, doctor, signed.id, signed.visit_id, codes))
        return
    pharmacist.call(ApprovePrescription(prescription_id=signed.id))
    if world.chance(0.02):
        pharmacist.refused(WrongState, ApprovePrescription(prescription_id=signed.id))
    if world.chance(0.02):
        pharmacist.refused(WrongState, PickPrescription(prescription_id=signed.id))
    world.at(world.rng.randint(2, 14), lambda: counter.pay(world, signed.patient_id))


def hand_over_all(world: World, patient_id: int) -> None:
    """What this patient has paid is picked and handed over."""
    pharmacist = world.one_of(PHARMACISTS)
    for entry in sorted(pharmacist.call(ListToDispense()).entries, key=lambda entry: entry.prescription_id):
        if entry.patient_id == patient_id and entry.state == "PAID" and not world.chance(0.03):
            _pick(world, pharmacist, entry.prescription_id)


def _pick(world: World, pharmacist: Worker, prescription_id: int) -> None:
    try:
        picked = pharmacist.call(PickPrescription(prescription_id=prescription_id))
    except NotEnoughStock as error:  # what is on the shelf has expired
        world.short.update(drug.code for drug in world.drugs.values() if drug.name == error.drug)
        return
    if not world.chance(0.02):
        facts = picked.prescription
        act = (lambda: herbal_room.hand_over(world, facts)) if facts.herbal is not None else (lambda: _hand_over(world, picked))
        world.at(world.rng.randint(1, 6), act)


def _hand_over(world: World, picked: PickList) -> None:
    pharmacist, facts = world.one_of(PHARMACISTS), picked.prescription
    scans = [Scan(line_id=line.id, code=code) for line in facts.lines for code in _codes(world, picked, line.id, line.drug_id)]
    if world.chance(0.04):
        wrong = Scan(line_id=scans[0].line_id, code=trace_code(len(_places()), next(world.serials)))
        pharmacist.refused(WrongPack, CheckPack(line_id=wrong.line_id, code=wrong.code))
        pharmacist.refused(WrongPack, Dispense(prescription_id=facts.id, scans=(wrong, *scans[1:])))
    if world.chance(0.04):
        pharmacist.refused(PacksMissing, Dispense(prescription_id=facts.id, scans=tuple(scans[1:])))
    request = Dispense(prescription_id=facts.id, scans=tuple(scans))
    if world.chance(0.03):
        pharmacist.twice(request)
    else:
        pharmacist.call(request)
    if world.chance(0.03):
        pharmacist.refused(WrongState, request)
    if world.chance(0.05):
        pharmacist.call(GetLabels(prescription_id=facts.id))
    opened = {pick.line_id for pick in picked.picks if pick.opened is not None}
    _sell_again(world, [scan for scan in scans if scan.line_id not in opened])


def _codes(world: World, picked: PickList, line_id: int, drug_id: int) -> list[str]:
    """New packs, and last the opened ones that the list names by their code."""
    opened = [pick.opened.code for pick in picked.picks if pick.line_id == line_id and pick.opened is not None and pick.opened.code]
    return [*(_code(world, drug_id) for _ in range(picked.packs[line_id] - len(opened))), *opened]


def _sell_again(world: World, scans: list[Scan]) -> None:
    """A pack that went out whole is held before the scanner once more."""
    whole = [scan for scan in scans[:-1] if scan.code.startswith("8")]
    if len(whole) > 1 and whole[0].line_id == whole[1].line_id and world.chance(0.3):
        world.one_of(PHARMACISTS).refused(CodeAlreadySold, CheckPack(line_id=whole[0].line_id, code=whole[0].code))


def _code(world: World, drug_id: int) -> str:
    """What the scanner reads from a pack: its own trace code, or the article's barcode."""
    place = _places()[next(drug.code for drug in world.drugs.values() if drug.id == drug_id)]
    return trace_code(place, next(world.serials)) if world.chance(0.7) else barcode_of(place)


def fill_up(world: World) -> None:
    """The store keeper's morning round: what is low or was asked for in vain is ordered and booked in; two slips are refused."""
    keeper, expires = world.worker("kuyan"), world.today + timedelta(days=540)
    rows = []
    for code in DRUGS:
        drug = keeper.call(SearchDrugs(text=code)).drugs[0]
        if code in world.short or drug.free < _LOW * drug.pack_size:
            price = (drug.pack_price * Decimal("0.8")).quantize(Decimal("0.01"))
            lot = f"S{world.today:%y%m%d}"
            packs = Decimal(1000 if drug.drug_class == "herbal" else 120)
            rows.append(StockRow(drug_code=code, lot=lot, expires=expires, packs=packs, purchase_price=price))
    if world.chance(0.5):
        _slips(world)
    if rows:
        keeper.call(ReceiveStock(rows=tuple(rows), supplier="样例医药公司"))
        keeper.call(GetStock(drug_id=world.drugs[rows[0].drug_code].id))
    world.short.clear()


def _slips(world: World) -> None:
    keeper, fresh = world.worker("kuyan"), world.today + timedelta(days=300)
    row = StockRow(drug_code=DRUGS[0], lot="X1", expires=fresh, packs=Decimal(1), purchase_price=Decimal(1))
    old = StockRow(drug_code=DRUGS[0], lot="X1", expires=world.today - timedelta(days=1), packs=Decimal(1), purchase_price=Decimal(1))
    unknown = StockRow(drug_code="NONE", lot="X1", expires=fresh, packs=Decimal(1), purchase_price=Decimal(1))
    keeper.refused(FieldWrong, ReceiveStock(rows=(row, old)))
    keeper.refused(NotFound, ReceiveStock(rows=(row, unknown)))
