"""处方笺: the prescription sheet as the law draws it (DOMAIN.md §2.1 to §2.3, §2.9). What is on it; :mod:`prescription_sheet` draws it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec

from common.i18n import N_, tr
from common.messages.consult import PrescriptionKind
from common.messages.patients import AllergyState
from printing.documents.base import SheetDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from printing.sheet import Sheet

_CORNERS: Final = {
    PrescriptionKind.ORDINARY: "",
    PrescriptionKind.HERBAL: "",
    PrescriptionKind.EMERGENCY: N_("corner|Emergency"),
    PrescriptionKind.PAEDIATRIC: N_("corner|Paediatric"),
    PrescriptionKind.NARCOTIC: N_("corner|Narcotic, Class I"),
    PrescriptionKind.PSYCHOTROPIC_2: N_("corner|Psychotropic II"),
}
_GROUNDS: Final = {
    PrescriptionKind.EMERGENCY: "#FFF8D2",
    PrescriptionKind.PAEDIATRIC: "#E3F4E1",
    PrescriptionKind.NARCOTIC: "#FDE4E4",
}
_ALLERGY_WORDS: Final = {
    AllergyState.KNOWN: N_("allergies|Known, see the record"),
    AllergyState.NONE_KNOWN: N_("allergies|Denied"),
    AllergyState.NOT_ASKED: N_("allergies|Not asked"),
    AllergyState.UNAVAILABLE: N_("allergies|Could not be asked"),
}


class Allergies(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Both sources of allergies at issue: the patient file's ``substances`` and the ``note`` in the record's history."""

    state: AllergyState
    substances: tuple[str, ...] = ()
    note: str = ""

    @property
    def named(self) -> bool:
        """Whether anything is named in either source."""
        return bool(self.substances or self.note)

    def words(self) -> str:
        """Everything named in either source; only if both are empty what the state says (DOMAIN.md §2.9 rule 1)."""
        named = "、".join([*self.substances, *([self.note] if self.note else [])])
        return named or tr(_ALLERGY_WORDS[self.state])


class PrescribedDrug(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One drug. ``usage`` is plain words (口服 一次2片 一日3次 饭后), empty inside a group that has its own; ``quantity`` has its unit.

    ``skin_test`` is 皮试（－） and the like; ``note`` what a doctor signed for once more, such as the reason of a larger amount.
    """

    name: str
    form: str = ""
    specification: str = ""
    quantity: str
    usage: str = ""
    skin_test: str = ""
    note: str = ""


class DrugGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Drugs that are given together, such as one infusion, under one usage; a drug for itself is a group of one."""

    drugs: tuple[PrescribedDrug, ...]
    usage: str = ""


class Agent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """代办人: who fetches a narcotic for the patient."""

    name: str
    document_number: str


class Prescription(SheetDocument, frozen=True, kw_only=True, forbid_unknown_fields=True, tag=True):
    """``age`` is the age at the visit in words. ``diagnoses`` as printed, main first. An empty name at the foot leaves a line to sign on.

    ``patient_document`` and ``agent`` belong on narcotic prescriptions. ``coloured_stock`` says that the tray holds paper of the kind's
    colour, so that no ground is printed.
    """

    number: str
    barcode: str
    kind: PrescriptionKind
    payer: str
    patient: str
    sex: str
    age: str
    weight: str = ""
    phone: str = ""
    visit_number: str
    department: str
    diagnoses: tuple[str, ...]
    allergies: Allergies
    groups: tuple[DrugGroup, ...]
    amount_fen: int
    doctor: str
    signed_at: datetime
    validity: str = ""
    reviewer: str = ""
    preparer: str = ""
    checker: str = ""
    dispenser: str = ""
    patient_document: str = ""
    agent: Agent | None = None
    coloured_stock: bool = False

    @property
    def corner(self) -> str:
        """The word in the top right corner; empty for an ordinary prescription."""
        source = _CORNERS[self.kind]
        return tr(source) if source else ""

    @property
    def ground(self) -> str:
        """The legal paper colour to print; empty for white or where coloured stock is in the tray."""
        return "" if self.coloured_stock else _GROUNDS.get(self.kind, "")

    def sheets(self) -> Sequence[Sheet]:
        """A5 pages, each with the whole header and footer."""
        from printing.documents.prescription_sheet import draw

        return draw(self)
