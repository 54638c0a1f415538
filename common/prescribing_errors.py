"""Refusals about records and prescriptions; see :mod:`common.errors` for what an error is."""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Refusal
from common.i18n import N_, tr


@dataclass(eq=False)
class AllergyConflict(Refusal):
    """The patient is allergic to what is prescribed."""

    drug: str
    allergen: str
    text = N_("{drug}: the patient is allergic to {allergen}.")
    remedy = N_("Choose another drug, or sign with a reason.")
    status = 409


@dataclass(eq=False)
class PrescriptionRule(Refusal):
    """A rule of the prescription law is broken. ``rule`` is an English source string; ``drug`` may be empty."""

    rule: str
    drug: str = ""
    text = N_("{drug} {rule}")

    def shown(self) -> dict[str, object]:
        return {"rule": tr(self.rule), "drug": self.drug}

    def sentence(self) -> str:
        return super().sentence().strip()


class NoDiagnosis(Refusal):
    """A prescription needs a diagnosis (处方管理办法 Art. 6)."""

    text = N_("A prescription needs a diagnosis.")
    remedy = N_("Enter the diagnosis first (Alt+2).")


@dataclass(eq=False)
class RecordIncomplete(Refusal):
    """Required parts of the record are empty. ``missing`` are English source strings."""

    missing: list[str]
    text = N_("The record is not complete: {missing}")
    remedy = N_("Fill them in, or write “none”.")

    def shown(self) -> dict[str, object]:
        return {"missing": tr("list separator|, ").join(tr(part) for part in self.missing)}


@dataclass(eq=False)
class PrescriptionExpired(Refusal):
    """Past its validity."""

    number: str
    valid_until: str
    text = N_("Prescription {number} was valid until {valid_until}.")
    remedy = N_("The doctor has to issue it again.")
    status = 409
