"""The words that stand about a drug on the desk: how much is free, its class, its marks."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from client.format import name_of
from common.domain.dosage import plain, quantity_text
from common.domain.money import format_yuan, line_amount
from common.i18n import CHINESE, ENGLISH, N_, current_language, tr
from common.messages.consult import PrescriptionKind

if TYPE_CHECKING:
    from client.doctor.sheet import Catalogue, RxLine
    from common.messages.catalogue import DrugFacts, FrequencyFacts

_INSURANCE: Final = {
    "A": N_("insurance|Class A"),
    "B": N_("insurance|Class B"),
    "C": N_("insurance|Not insured"),
    "": N_("insurance|Not insured"),
}
_ANTIBACTERIAL: Final = {
    "unrestricted": N_("antibacterial|Antibacterial"),
    "restricted": N_("antibacterial|Restricted"),
    "special": N_("antibacterial|Special grade"),
}
_SKIN_TEST: Final = {"required": N_("Skin test"), "by_label": N_("Skin test by label")}
KINDS: Final = {
    PrescriptionKind.ORDINARY: N_("prescription kind|Ordinary"),
    PrescriptionKind.EMERGENCY: N_("prescription kind|Emergency"),
    PrescriptionKind.PAEDIATRIC: N_("prescription kind|Paediatric"),
    PrescriptionKind.NARCOTIC: N_("prescription kind|Narcotic, Class I"),
    PrescriptionKind.PSYCHOTROPIC_2: N_("prescription kind|Psychotropic II"),
    PrescriptionKind.HERBAL: N_("prescription kind|Herbal"),
}
#: Why a pharmacist sends a prescription back, by the codes of :class:`common.messages.pharmacy.RejectReason`.
_SENT_BACK: Final = {
    "format": N_("sent back|Form or writing"),
    "indication": N_("sent back|Does not fit the diagnosis"),
    "dose": N_("sent back|Dose or frequency"),
    "route": N_("sent back|Form of drug or route"),
    "duplicate": N_("sent back|The same therapy twice"),
    "interaction": N_("sent back|Interaction or incompatibility"),
    "allergy": N_("sent back|Allergy"),
    "population": N_("sent back|Special group of patients"),
    "skin_test": N_("sent back|Skin test missing"),
    "other": N_("sent back|Other, see the note"),
}
#: Fewer usual courses than this left in stock is short.
_SHORT_PACKS: Final = 5


def sent_back(rejection: str) -> str:
    """The reasons of a rejection as words; the note stays as it was written."""
    parts = [tr(_SENT_BACK[part]) if part in _SENT_BACK else part for part in rejection.split("; ")]
    return tr("clause separator|, ").join(filter(None, parts))


def kind_word(kind: PrescriptionKind) -> str:
    """The kind in the current language."""
    return tr(KINDS[kind])


def insurance(drug: DrugFacts) -> str:
    """甲, 乙 or 自费."""
    return tr(_INSURANCE[drug.insurance_class]) if drug.insurance_class in _INSURANCE else drug.insurance_class


def antibacterial(drug: DrugFacts) -> str:
    """The antibacterial grade; empty for other drugs."""
    return tr(_ANTIBACTERIAL[drug.antibacterial]) if drug.antibacterial in _ANTIBACTERIAL else ""


def skin_test(code: str) -> str:
    """Whether a skin test is needed; empty if none is."""
    return tr(_SKIN_TEST[code]) if code in _SKIN_TEST else ""


def stock(drug: DrugFacts) -> tuple[str, str]:
    """What is free, in packs, as words and tone."""
    if drug.free <= 0:
        return tr("stock|None left"), "danger"
    words = quantity_text(_whole_packs(drug), drug.base_unit, drug.pack_unit, drug.pack_size)
    if drug.free < drug.pack_size * _SHORT_PACKS:
        return tr("stock|Short {amount}", amount=words), "warning"
    return words, "done"


def _whole_packs(drug: DrugFacts) -> Decimal:
    """Pieces of an opened pack are of interest only where little is left."""
    packs = drug.free // drug.pack_size * drug.pack_size
    return packs if packs >= drug.pack_size * _SHORT_PACKS else drug.free


def pack_price(drug: DrugFacts) -> str:
    """The price of a pack."""
    return f"{format_yuan(line_amount(drug.pack_price, Decimal(1)))}/{drug.pack_unit}"


def marks(drug: DrugFacts) -> list[tuple[str, str]]:
    """The drug's marks as words and tone: skin test, antibacterial grade, control class."""
    found = []
    if skin_test(drug.skin_test):
        found.append((skin_test(drug.skin_test), "warning"))
    if antibacterial(drug):
        found.append((antibacterial(drug), "plain" if drug.antibacterial == "unrestricted" else "warning"))
    return found


def dose(line: RxLine) -> str:
    """``0.5 g``."""
    return f"{plain(line.dose)} {line.drug.dose_unit}" if line.dose is not None else ""


def frequency(code: str, catalogue: Catalogue) -> str:
    """A frequency's name; its code while the lists are not there."""
    return name_of(catalogue.frequencies[code]) if code in catalogue.frequencies else code


def route(code: str, catalogue: Catalogue) -> str:
    """A route's name."""
    return name_of(catalogue.routes[code]) if code in catalogue.routes else code


def short_frequency(facts: FrequencyFacts) -> str:
    """For a narrow column: 每日三次 in Chinese, the Latin ``tid`` in English, whose full words are too long for it."""
    return facts.code if current_language() == ENGLISH else name_of(facts)


def frequency_cell(code: str, catalogue: Catalogue, issued: str = "") -> str:
    """A frequency in a narrow column; on a signed line ``issued`` is how it was written, and Chinese keeps to that."""
    if issued and current_language() == CHINESE:
        return issued
    return short_frequency(catalogue.frequencies[code]) if code in catalogue.frequencies else issued or code


def route_cell(code: str, catalogue: Catalogue, issued: str) -> str:
    """The route of a signed line: as it was written in Chinese, by the list's name in English."""
    return issued if current_language() == CHINESE or code not in catalogue.routes else name_of(catalogue.routes[code])


def quantity(line: RxLine, catalogue: Catalogue) -> str:
    """``2盒``, ``1盒+6片``; empty while it is not known."""
    amount = line.quantity(catalogue)
    return "" if amount is None else quantity_text(amount, line.drug.base_unit, line.drug.pack_unit, line.drug.pack_size)


def bare_yuan(fen: int) -> str:
    """``12.50``, for a column whose title names the unit."""
    return format_yuan(fen).replace("¥", "")
