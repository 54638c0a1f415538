"""What a doctor prescribes: drugs that fit, an answer to what the rules ask, and something else where stock or allergy forbids it."""

from __future__ import annotations

import msgspec

from common.domain.herbal import DECOCTED_HERE
from common.errors import NotEnoughStock, XinglinError
from common.messages.consult import DrugLine, PrescriptionFacts, PrescriptionKind, SignPrescription
from common.prescribing_errors import AllergyConflict, PrescriptionRule
from installer.simulate import dispensary
from installer.simulate.illnesses import Illness
from installer.simulate.people import CHILD_YEARS
from installer.simulate.worker import Worker
from installer.simulate.world import Known, World

Codes = tuple[str, ...]
#: So many have their slices boiled by the clinic.
_BOILED_HERE = 0.4


def choose(world: World, illness: Illness) -> list[Codes]:
    """The drugs of no, one, or several prescriptions; a herbal one holds all its slices."""
    if world.chance(0.1):
        return []
    if illness.herbal:
        return [illness.drugs]
    chosen = world.rng.sample(illness.drugs, world.rng.randint(1, len(illness.drugs)))
    cut = world.rng.randint(1, len(chosen))
    return [tuple(part) for part in (chosen[:cut], chosen[cut:]) if part]


def sign(
    world: World, login: str, visit_id: int, patient: Known, illness: Illness, codes: Codes, replaces: int | None = None
) -> PrescriptionFacts | None:
    """Sign a prescription and send it to the pharmacy; nothing if no drug is left that may be given."""
    doctor, lines = world.worker(login), [_line(world, code) for code in codes]
    if illness.herbal and world.chance(_BOILED_HERE):
        lines = [msgspec.structs.replace(line, route=DECOCTED_HERE) for line in lines]
    while lines:
        request = SignPrescription(visit_id=visit_id, kind=_kind(illness, patient), lines=tuple(lines), replaces=replaces)
        try:
            signed = doctor.twice(request) if world.chance(0.02) else doctor.call(request)
        except (PrescriptionRule, AllergyConflict, NotEnoughStock) as error:
            lines = _yield(world, lines, error)
            continue
        _send(world, login, signed, codes)
        return signed
    return None


def _send(world: World, login: str, signed: PrescriptionFacts, codes: Codes) -> None:
    world.at(world.rng.randint(2, 9), lambda: dispensary.review(world, login, signed, codes))


def refused(world: World, doctor: Worker, visit_id: int, illness: Illness, kind: type[XinglinError]) -> None:
    """Sign where it must not be possible."""
    lines = (_line(world, illness.drugs[0]),)
    doctor.refused(kind, SignPrescription(visit_id=visit_id, kind=PrescriptionKind.ORDINARY, lines=lines))


def _kind(illness: Illness, patient: Known) -> PrescriptionKind:
    if illness.herbal:
        return PrescriptionKind.HERBAL
    return PrescriptionKind.PAEDIATRIC if patient.years < CHILD_YEARS else PrescriptionKind.ORDINARY


def _line(world: World, code: str) -> DrugLine:
    drug = world.drugs[code]
    as_needed = drug.default_frequency == "prn"
    return DrugLine(
        drug_id=drug.id,
        dose=drug.default_dose,
        frequency=drug.default_frequency,
        route=drug.default_route,
        days=drug.default_days,
        quantity=drug.pack_size if as_needed else None,
        advice=world.rng.choice(("", "", "饭后服用", "多饮水")),
    )


def _yield(world: World, lines: list[DrugLine], error: PrescriptionRule | AllergyConflict | NotEnoughStock) -> list[DrugLine]:
    """Give a reason the first time a rule asks for one; leave the drug out where it cannot be given."""
    drug = next(drug for drug in world.drugs.values() if drug.name == error.drug)
    if isinstance(error, PrescriptionRule) and not all(line.reason for line in lines):
        return [msgspec.structs.replace(line, reason="病情稳定，长期服用") for line in lines]
    if isinstance(error, NotEnoughStock):
        world.short.add(drug.code)
    return [line for line in lines if line.drug_id != drug.id]
