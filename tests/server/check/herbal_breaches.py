"""Breaches about herbal prescriptions, and the life that they are planted into."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from common.domain.herbal import Handling
from common.messages.consult import PrescriptionKind, SignPrescription
from common.messages.herbal import StepDecoction, TakeInDecoction
from tests import visits
from tests.server.check.planted import plant

if TYPE_CHECKING:
    from common.messages.consult import PrescriptionFacts
    from tests.harness import Clinic

_LAST: Final = "(SELECT max(id) FROM decoction)"
_UNIQUE: Final = "ALTER TABLE decoction DROP CONSTRAINT uq_decoction_number;"

HERBAL: Final = (
    plant(
        "herbal_doses", "UPDATE herbal_order SET doses = doses + 1 WHERE prescription_id = (SELECT max(prescription_id) FROM herbal_order)"
    ),
    plant("herbal_weights", "UPDATE herbal_weight SET grams = grams * 1.06 WHERE id = (SELECT max(id) FROM herbal_weight)"),
    plant("herbal_bags", "UPDATE herbal_bag SET grams = grams * 1.06 WHERE id = (SELECT max(id) FROM herbal_bag)"),
    plant("decoction_steps", "UPDATE decoction SET since = since + interval '1 hour' WHERE state = 'DECOCTED'"),
    plant(
        "decoction_fees",
        "INSERT INTO decoction_choice (prescription_id, decoct, staff_id, at) SELECT prescription_id, false, 1, now() FROM decoction"
        " WHERE state = 'DECOCTED'",
    ),
)
DECOCTION_NUMBERS: Final = (
    plant("decoction_number_form", f"UPDATE decoction SET number = 'abc' WHERE id = {_LAST}", "decoction_number_last"),
    plant("decoction_number_once", f"{_UNIQUE} UPDATE decoction SET number = (SELECT min(number) FROM decoction)", "decoction_number_last"),
    plant("decoction_number_within", "DELETE FROM number_series WHERE kind = 'decoction'"),
    plant("decoction_number_last", "UPDATE number_series SET last = last + 1 WHERE kind = 'decoction'"),
    plant(
        "decoction_number_gaps",
        f"UPDATE decoction SET number = left(number, -1) || '9' WHERE id = {_LAST};"
        "UPDATE number_series SET last = 9 WHERE kind = 'decoction'",
    ),
    plant(
        "decoction_gap_unused",
        "INSERT INTO number_gap (kind, scope, number, reason, at) SELECT kind, scope, 1, 'torn', now() FROM number_series"
        " WHERE kind = 'decoction'",
    ),
)
DECOCTION_STATES: Final = (plant("decoction_state", "UPDATE decoction SET state = 'LOST' WHERE state = 'CANCELLED'", "decoction_steps"),)


def live_with_slices(clinic: Clinic) -> None:
    """Slices that were weighed and go home, a decoction that is boiled, and one that was cancelled."""
    _handed(clinic, "卫一", "decoct")
    boiled, cancelled = (_handed(clinic, name, "decoct_in") for name in ("卫二", "卫三"))
    desk = clinic.desk(visits.PHARMACIST)
    order = desk.call(TakeInDecoction(prescription_id=boiled.id))
    desk.call(StepDecoction(decoction_id=order.id, state="SOAKED"))
    desk.call(StepDecoction(decoction_id=order.id, state="DECOCTED"))
    order = desk.call(TakeInDecoction(prescription_id=cancelled.id))
    desk.call(StepDecoction(decoction_id=order.id, state="CANCELLED", note="改为自煎"))


def _handed(clinic: Clinic, name: str, route: str) -> PrescriptionFacts:
    registered = visits.register(clinic, visits.new_patient(clinic, name).id)
    visits.consult(clinic, registered.visit_id)
    lines = tuple(
        visits.line(visits.drug(clinic, herb), 2, dose=Decimal(10), route=route, handling=handling)
        for herb, handling in (("茯苓", None), ("牡蛎", Handling.FIRST))
    )
    signed = clinic.desk(visits.DOCTOR).call(SignPrescription(visit_id=registered.visit_id, kind=PrescriptionKind.HERBAL, lines=lines))
    visits.approve(clinic, signed.id)
    visits.settle_all(clinic, signed.patient_id)
    visits.hand_over_slices(clinic, signed.id)
    return signed
