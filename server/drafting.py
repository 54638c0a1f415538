"""A prescription before it is signed: what the doctor wrote, with drugs, texts and quantities filled in."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain import dosage
from common.domain.money import pack_amount
from common.errors import NotFound
from common.i18n import N_
from common.messages.catalogue import DrugFacts
from common.messages.consult import DrugLine
from common.prescribing_errors import PrescriptionRule
from server.db import Read

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction

    from server.db import ReadTx, Row

DRUG_COLUMNS: Final = (
    "d.id, d.code, d.name, d.specification, d.form, d.drug_class, d.rx_class, d.antibacterial, d.skin_test, d.base_unit, d.dose_unit,"
    " d.dose_per_base, d.pack_unit, d.pack_size, d.splittable, d.round_each_dose, d.default_dose, d.default_frequency, d.default_route,"
    " d.default_days, d.insurance_class, d.allergens, d.max_daily_dose, d.min_age_years, d.pregnancy, d.price AS pack_price, d.name_marks,"
    " d.specification_marks, d.special_control,"
    " greatest(coalesce((SELECT (SELECT sum(b.on_hand) FROM stock_balance b WHERE b.location_id = l.location_id AND b.drug_id = l.drug_id"
    " AND b.expires >= %(today)s) - l.reserved FROM stock_level l"
    " JOIN stock_location p ON p.id = l.location_id AND p.code = 'PHARMACY'"
    " WHERE l.drug_id = d.id), 0), 0) AS free"
)
_DRUGS: Final = Read(f"SELECT {DRUG_COLUMNS} FROM drug d WHERE d.id = ANY(%(ids)s) AND d.active")
_FREQUENCIES: Final = Read("SELECT code, times, needs_total, name_zh FROM frequency WHERE code = ANY(%(codes)s)")
_ROUTES: Final = Read("SELECT code, name_zh FROM route WHERE code = ANY(%(codes)s)")


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A line as it will be signed: what the doctor wrote, the drug, and what follows from both."""

    wrote: DrugLine
    drug: DrugFacts
    times: Fraction
    quantity: Decimal
    frequency_text: str
    route_text: str

    @property
    def amount_fen(self) -> int:
        """The line's price now."""
        return pack_amount(self.drug.pack_price, self.drug.pack_size, self.quantity)

    @property
    def doses(self) -> int:
        """How often it is given; of a herbal slice: how many doses 剂 it goes into."""
        return math.ceil(self.times * dosage.days_given(self.wrote.frequency, self.wrote.days))

    @property
    def quantity_text(self) -> str:
        """The quantity in packs and pieces."""
        return dosage.quantity_text(self.quantity, self.drug.base_unit, self.drug.pack_unit, self.drug.pack_size)


def draft_lines(tx: ReadTx, lines: Sequence[DrugLine]) -> list[Draft]:
    """What the doctor wrote, with drugs, texts and quantities filled in. Raises ``NotFound``, ``PrescriptionRule``."""
    drugs = _drugs(tx, {line.drug_id for line in lines})
    frequencies = {row[0]: row for row in tx.rows(_FREQUENCIES, codes=[line.frequency for line in lines])}
    routes: dict[str, str] = dict(tx.rows(_ROUTES, codes=[line.route for line in lines]))
    return [_draft(line, drugs, frequencies, routes) for line in lines]


def _drugs(tx: ReadTx, ids: set[int]) -> dict[int, DrugFacts]:
    found = tx.structs(DrugFacts, _DRUGS, ids=sorted(ids), today=tx.today)
    return {drug.id: msgspec.structs.replace(drug, allergens=tuple(drug.allergens)) for drug in found}


def _draft(line: DrugLine, drugs: Mapping[int, DrugFacts], frequencies: Mapping[str, Row], routes: Mapping[str, str]) -> Draft:
    if line.drug_id not in drugs:
        raise NotFound(kind=N_("Drug"), key=str(line.drug_id))
    drug = drugs[line.drug_id]
    frequency = frequencies.get(line.frequency)
    if frequency is None:
        raise NotFound(kind=N_("Frequency"), key=line.frequency)
    if line.route not in routes:
        raise NotFound(kind=N_("Route"), key=line.route)
    if line.dose <= 0:
        raise PrescriptionRule(drug=drug.name, rule=N_("the dose must be more than zero"))
    times = dosage.times_per_day(frequency[1])
    return Draft(
        wrote=line,
        drug=drug,
        times=times,
        quantity=_quantity(line, drug, times, needs_total=frequency[2]),
        frequency_text=frequency[3],
        route_text=routes[line.route],
    )


def _quantity(line: DrugLine, drug: DrugFacts, times: Fraction, *, needs_total: bool) -> Decimal:
    """The doctor's own quantity rounded up to what can be handed out, or the one that dose, frequency and days give."""
    if line.quantity is None:
        if needs_total:
            raise PrescriptionRule(drug=drug.name, rule=N_("taken as needed: write the quantity"))
        return dosage.quantity_for(
            dose=line.dose,
            dose_per_base=drug.dose_per_base,
            times=times,
            days=dosage.days_given(line.frequency, line.days),
            base_unit=drug.base_unit,
            round_each_dose=drug.round_each_dose,
            splittable=drug.splittable,
            pack_size=drug.pack_size,
        )
    if line.quantity <= 0 or line.quantity.as_tuple().exponent < -4:  # type: ignore[operator]
        raise PrescriptionRule(drug=drug.name, rule=N_("the quantity must be more than zero, at most four places"))
    if not drug.splittable and line.quantity % drug.pack_size:
        raise PrescriptionRule(drug=drug.name, rule=N_("only whole packs can be handed out"))
    return line.quantity
