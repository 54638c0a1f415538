"""Lists that every desk searches: drugs with stock, diagnoses, frequencies, routes, departments, allergens."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Fact, Query


class DrugFacts(Fact, frozen=True, kw_only=True):
    """A drug as the doctor chooses it. ``free`` is on hand less reserved, in base units; ``pack_price`` in yuan."""

    id: int
    code: str
    name: str
    specification: str
    form: str
    drug_class: str
    rx_class: str
    antibacterial: str
    skin_test: str
    base_unit: str
    dose_unit: str
    dose_per_base: Decimal
    pack_unit: str
    pack_size: Decimal
    splittable: bool
    round_each_dose: bool
    default_dose: Decimal
    default_frequency: str
    default_route: str
    default_days: int
    insurance_class: str
    allergens: tuple[str, ...]
    pack_price: Decimal
    free: Decimal
    #: In the dose unit; none where it is not known.
    max_daily_dose: Decimal | None = None
    min_age_years: int | None = None
    #: none, caution or forbidden; empty where it is not stated.
    pregnancy: str = ""
    #: Which characters tell it from what it is mixed up with (:mod:`common.domain.likeness`).
    name_marks: str = ""
    specification_marks: str = ""
    #: radioactive or precursor: controlled, though its prescriptions are ordinary ones.
    special_control: str = ""


class DrugHits(Fact, frozen=True, kw_only=True):
    """Drugs that match, best first."""

    drugs: tuple[DrugFacts, ...]


class SearchDrugs(Query[DrugHits], frozen=True, kw_only=True):
    """Find drugs by name, pinyin initials, code or barcode. Several words narrow each other."""

    permission = Permission.CATALOGUE_VIEW
    text: Annotated[str, Meta(max_length=40)]
    limit: Annotated[int, Meta(ge=1, le=50)] = 15


class DiagnosisHit(Fact, frozen=True, kw_only=True):
    """An ICD-10 entry."""

    code: str
    name: str


class DiagnosisHits(Fact, frozen=True, kw_only=True):
    """Diagnoses that match, best first."""

    diagnoses: tuple[DiagnosisHit, ...]


class SearchDiagnoses(Query[DiagnosisHits], frozen=True, kw_only=True):
    """Find diagnoses by ICD-10 code, name or pinyin initials."""

    permission = Permission.CATALOGUE_VIEW
    text: Annotated[str, Meta(max_length=40)]
    limit: Annotated[int, Meta(ge=1, le=50)] = 15


class FrequencyFacts(Fact, frozen=True, kw_only=True):
    """How often. ``times`` is per day as ``"n/d"``; ``needs_total`` (prn, sos) wants an explicit quantity."""

    code: str
    name_zh: str
    name_en: str
    times: str
    needs_total: bool


class RouteFacts(Fact, frozen=True, kw_only=True):
    """By which way."""

    code: str
    name_zh: str
    name_en: str
    is_injection: bool


class DepartmentFacts(Fact, frozen=True, kw_only=True):
    """A department."""

    id: int
    code: str
    name: str
    name_en: str


class CodeName(Fact, frozen=True, kw_only=True):
    """A code with its two names."""

    code: str
    name_zh: str
    name_en: str


class Lists(Fact, frozen=True, kw_only=True):
    """The short lists, read once by each desk and kept until the catalogue changes."""

    frequencies: tuple[FrequencyFacts, ...]
    routes: tuple[RouteFacts, ...]
    departments: tuple[DepartmentFacts, ...]
    allergens: tuple[CodeName, ...]
    ethnic_groups: tuple[CodeName, ...]


class GetLists(Query[Lists], frozen=True, kw_only=True):
    """All short lists at once."""

    permission = Permission.CATALOGUE_VIEW


class RegionName(Fact, frozen=True, kw_only=True):
    """A region of the ID number's first six digits; empty name when the lists do not have it."""

    code: str
    name: str


class GetRegion(Query[RegionName], frozen=True, kw_only=True):
    """The region a document was issued in, as far as the lists know."""

    permission = Permission.CATALOGUE_VIEW
    code: Annotated[str, Meta(pattern=r"^\d{6}$")]


class DrugRow(Fact, frozen=True, kw_only=True):
    """One drug of a list to import; see docs/catalogues.md for the columns. ``price`` is yuan a pack."""

    code: Annotated[str, Meta(min_length=1, max_length=30)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    form: str
    strength: str
    drug_class: str
    rx_class: str
    otc: bool
    antibacterial: str
    skin_test: str
    base_unit: str
    dose_unit: str
    dose_per_base: Decimal
    pack_unit: str
    pack_size: Decimal
    splittable: bool
    round_each_dose: bool
    default_dose: Decimal
    default_frequency: str
    default_route: str
    default_days: int
    max_daily_dose: Decimal | None
    storage: str
    insurance_class: str
    pregnancy: str
    min_age_years: int | None
    allergens: tuple[str, ...]
    price: Decimal
    manufacturer: str
    source: str
    barcode: str = ""
    trace_prefix: str = ""
    #: Where it stands in the pharmacy.
    shelf: str = ""
    #: radioactive or precursor: controlled, though its prescriptions are ordinary ones.
    special_control: str = ""
    # What follows stays as it is in the catalogue where a list says nothing of it.
    trade_name: str = ""
    approval_number: str = ""
    national_code: str = ""
    wubi: str = ""
    #: As the list wrote it, and what a liquid holds in a millilitre, as far as that could be read.
    specification_text: str = ""
    concentration: str = ""
    #: Between base unit and pack, in base units; and above the pack, in packs.
    middle_unit: str = ""
    middle_size: Decimal | None = None
    case_unit: str = ""
    case_packs: Decimal | None = None
    essential: bool | None = None
    essential_edition: str = ""
    price_ceiling: Decimal | None = None
    vbp: bool | None = None
    high_alert: bool | None = None


class DiagnosisRow(Fact, frozen=True, kw_only=True):
    """One ICD-10 entry to import."""

    code: str
    name: str
    source: str


class ServiceRow(Fact, frozen=True, kw_only=True):
    """One service item to import. ``price`` in yuan."""

    code: str
    name: str
    unit: str
    category: str
    price: Decimal
    source: str


class FrequencyRow(Fact, frozen=True, kw_only=True):
    """One frequency to import."""

    code: str
    latin: str
    name_zh: str
    name_en: str
    times: str
    times_of_day: tuple[str, ...]
    needs_total: bool
    wst364: str
    source: str


class RouteRow(Fact, frozen=True, kw_only=True):
    """One route to import."""

    code: str
    name_zh: str
    name_en: str
    needs_nurse: bool
    infusion_label: bool
    is_injection: bool
    is_skin_test: bool
    wst364: str
    source: str


class NameRow(Fact, frozen=True, kw_only=True):
    """One row of a plain code list (ethnic groups, allergens)."""

    code: str
    name_zh: str
    name_en: str


class RegionRow(Fact, frozen=True, kw_only=True):
    """One region (GB/T 2260)."""

    code: str
    name: str


class StockRow(Fact, frozen=True, kw_only=True):
    """One batch of goods, or of an opening stock list. ``packs`` are whole packs; ``purchase_price`` yuan a pack; ``made`` is the day of making,
    which a purchase (3503) is told with. What the inspector did not accept is written down, not booked in."""

    drug_code: str
    lot: str
    expires: date
    packs: Decimal
    purchase_price: Decimal
    made: date | None = None
    approval_number: Annotated[str, Meta(max_length=40)] = ""
    appearance: Annotated[str, Meta(max_length=60)] = ""
    accepted: bool = True


class Imported(Fact, frozen=True, kw_only=True):
    """How many rows are new, changed and as they were."""

    added: int
    changed: int
    unchanged: int


class ImportCatalogue(Command[Imported], frozen=True, kw_only=True):
    """Store lists that were read and checked: all of them or nothing. Rows are found by their code."""

    permission = Permission.ADMIN_CATALOGUE
    source: Annotated[str, Meta(max_length=200)]
    drugs: tuple[DrugRow, ...] = ()
    diagnoses: tuple[DiagnosisRow, ...] = ()
    services: tuple[ServiceRow, ...] = ()
    frequencies: tuple[FrequencyRow, ...] = ()
    routes: tuple[RouteRow, ...] = ()
    ethnic_groups: tuple[NameRow, ...] = ()
    allergens: tuple[NameRow, ...] = ()
    regions: tuple[RegionRow, ...] = ()
