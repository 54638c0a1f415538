"""One prescription under review 审方: what it says, what the rules say about it, and the reasons for sending it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client.pharmacy.words import REJECT_REASONS
from common.domain.age import full_years
from common.domain.dosage import times_per_day
from common.domain.prescription import WHOLE_PRESCRIPTION, CheckedLine, Finding, check_prescription
from common.messages.patients import AllergyState
from common.messages.pharmacy import ApprovePrescription, RejectPrescription, RejectReason
from common.wire import new_request_id

if TYPE_CHECKING:
    from common.messages.catalogue import DrugFacts, Lists
    from common.messages.consult import PrescriptionFacts
    from common.messages.herbal import DecoctionFee
    from common.messages.patients import PatientSummary
    from common.messages.reviewing import DoctorContact, DoctorOutcome, EarlierDrug

#: What the doctor may prescribe was checked when he signed; the reviewer's desk does not know his level and leaves that rule out.
_LEVEL_NOT_ASKED: Final = "special"


class BackDraft(msgspec.Struct, frozen=True):
    """Reasons and note that are not sent yet."""

    reasons: tuple[RejectReason, ...]
    note: str


class Review:
    """Begun when the prescription opens. Patient, drugs and lists arrive later; until then the rules say what they can."""

    def __init__(self, facts: PrescriptionFacts) -> None:
        self.facts = facts
        self.patient: PatientSummary | None = None
        self.drugs: dict[int, DrugFacts] = {}
        self.sending_back = False
        self.reasons: set[RejectReason] = set()
        self.note = ""
        self.deciding = False
        self.earlier: tuple[EarlierDrug, ...] | None = None
        self.contact: DoctorContact | None = None
        self.boiling: tuple[DecoctionFee, ...] | None = None
        self.asking = False
        self.outcome: DoctorOutcome | None = None
        self.outcome_note = ""
        self.writing_down = False
        self.approve_id = new_request_id()
        self.reject_id = new_request_id()

    @property
    def draft_key(self) -> str:
        """Where the journal keeps reasons and note."""
        return f"pharmacy:back:{self.facts.id}"

    # --- what the rules say ------------------------------------------------------------------------------------------------------

    def allergies_differ(self) -> bool:
        """Whether the patient's file knows other allergies than the prescription did at signing."""
        if self.patient is None:
            return False
        file = self.patient.file
        now = {each.text for each in file.allergies} if file.allergy_state is AllergyState.KNOWN else set()
        return file.allergy_state != self.facts.allergy_state or now != set(self.facts.allergies)

    def findings(self, lists: Lists | None) -> list[Finding]:
        """What :func:`check_prescription` finds, for the lines whose drug is known; ``line`` counts the prescription's own lines."""
        patient = self.patient
        if patient is None:
            return []
        checked = [(number, line) for number in range(len(self.facts.lines)) if (line := self._checked(number, lists)) is not None]
        file = patient.file
        known = file.allergies if file.allergy_state is AllergyState.KNOWN else ()
        found = check_prescription(
            self.facts.kind,
            [line for _number, line in checked],
            age_years=max(0, full_years(file.birth_date, self.facts.signed_at.date())),
            allergen_codes=frozenset(each.allergen for each in known if each.allergen),
            allergy_texts=tuple(each.text for each in known),
            doctor_antibacterial=_LEVEL_NOT_ASKED,
            allergen_names={each.allergen: each.text for each in known if each.allergen},
        )
        return [_renumbered(finding, [number for number, _line in checked]) for finding in found]

    def not_checked(self, lists: Lists | None) -> list[str]:
        """Drugs of which too little is known for the rules."""
        if self.patient is None:
            return [line.name for line in self.facts.lines]
        return [line.name for number, line in enumerate(self.facts.lines) if self._checked(number, lists) is None]

    def _checked(self, number: int, lists: Lists | None) -> CheckedLine | None:
        line = self.facts.lines[number]
        drug = self.drugs.get(line.drug_id)
        frequency = next((each for each in lists.frequencies if each.code == line.frequency), None) if lists else None
        if drug is None or frequency is None:
            return None
        return CheckedLine(
            drug=drug,
            dose=line.dose,
            times=times_per_day(frequency.times),
            days=line.days,
            quantity=line.quantity,
            reason=line.reason,
            group=line.group,
            max_daily_dose=drug.max_daily_dose,
            min_age_years=drug.min_age_years,
            pregnancy=drug.pregnancy,
        )

    # --- sending back --------------------------------------------------------------------------------------------------------------

    def toggle(self, digit: int) -> bool:
        """Choose a reason by its digit (1 to 9, 0 is the tenth), or take it back. ``False`` for a digit without one."""
        place = digit - 1 if digit else 9
        if not 0 <= place < len(REJECT_REASONS):
            return False
        self.reasons ^= {REJECT_REASONS[place][0]}
        return True

    def may_send_back(self) -> bool:
        """At least one reason; "other" needs the note."""
        return bool(self.reasons) and (self.reasons != {RejectReason.OTHER} or bool(self.note.strip()))

    def chosen(self) -> tuple[RejectReason, ...]:
        """The reasons in the order of the list."""
        return tuple(reason for reason, _words in REJECT_REASONS if reason in self.reasons)

    def draft(self) -> BackDraft | None:
        """What the journal keeps; ``None`` if nothing was written."""
        return BackDraft(self.chosen(), self.note) if self.reasons or self.note.strip() else None

    def restore(self, draft: BackDraft) -> None:
        """Go on where somebody stopped."""
        self.reasons, self.note, self.sending_back = set(draft.reasons), draft.note, True

    # --- requests ------------------------------------------------------------------------------------------------------------------

    def approval(self) -> ApprovePrescription:
        """Pass it."""
        return ApprovePrescription(prescription_id=self.facts.id)

    def rejection(self) -> RejectPrescription:
        """Send it back. Needs :meth:`may_send_back`."""
        return RejectPrescription(prescription_id=self.facts.id, reasons=self.chosen(), note=self.note.strip())


def _renumbered(finding: Finding, numbers: list[int]) -> Finding:
    if finding.line == WHOLE_PRESCRIPTION:
        return finding
    return Finding(finding.severity, finding.error, numbers[finding.line])
