"""A visit as it lies on the doctor's desk: record and diagnoses with their versions, signed prescriptions, and those being written.

What was typed is never lost: it is in :class:`VisitDraft` (the desk's journal) until the service has it, and what gives way in a conflict
of versions is set aside and can be brought back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from client.doctor.sheet import Patient, Sheet
from common.domain.age import full_years
from common.domain.record import missing_parts
from common.messages.consult import Diagnosis, Encounter, FinishVisit, PrescriptionFacts, RecordText, SaveRecord, SignPrescription
from common.messages.patients import AllergyState

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from client.doctor.sheet import Catalogue
    from common.messages.patients import PatientSummary

#: States in which the doctor may write.
WRITABLE: Final = frozenset({"IN_CONSULT", "ON_HOLD"})


class Written(msgspec.Struct, frozen=True):
    """Record and diagnoses, which are saved together."""

    record: RecordText
    diagnoses: tuple[Diagnosis, ...]


class VisitDraft(msgspec.Struct, kw_only=True):
    """What the journal keeps of a visit. ``version`` is the one that the text was read from, ``sending`` what is on its way."""

    version: int
    written: Written
    saved: Written
    sending: Written | None = None
    sheets: list[Sheet] = []


class VisitWork:
    """One open visit. Plain data; the view shows it and the actions change it."""

    def __init__(self, encounter: Encounter, *, level: str = "") -> None:
        self.encounter = encounter
        self.level = level
        self.state = encounter.state
        self.record = encounter.record
        self.diagnoses: list[Diagnosis] = list(encounter.diagnoses)
        self.version = encounter.record_version
        self.saved = Written(encounter.record, encounter.diagnoses)
        self.sending: Written | None = None
        self.refused: Written | None = None
        self.set_aside: Written | None = None
        self.signed: list[PrescriptionFacts] = [each for each in encounter.prescriptions if each.state != "VOIDED"]
        self.sheets: list[Sheet] = [Sheet()]

    # --- what it is ------------------------------------------------------------------------------------------------------------

    @property
    def visit_id(self) -> int:
        """The visit's id."""
        return self.encounter.visit_id

    @property
    def draft_key(self) -> str:
        """Where the journal keeps it."""
        return draft_key(self.visit_id)

    @property
    def writable(self) -> bool:
        """Whether anything may be written now."""
        return self.state in WRITABLE

    @property
    def written(self) -> Written:
        """Record and diagnoses as they stand."""
        return Written(self.record, tuple(self.diagnoses))

    @property
    def dirty(self) -> bool:
        """Whether the service does not have what is written."""
        return self.written != self.saved

    def unsigned(self) -> list[Sheet]:
        """Prescriptions with drugs that nobody has signed."""
        return [sheet for sheet in self.sheets if sheet.lines]

    def missing(self) -> list[str]:
        """Required parts that are empty, by name."""
        return missing_parts(self.record, self.diagnoses)

    def patient(self, today: date, names: Mapping[str, str], doctor_level: str) -> Patient:
        """What the rules need to know."""
        file = self.encounter.patient.file
        known = file.allergies if file.allergy_state is AllergyState.KNOWN else ()
        return Patient(
            age_years=max(full_years(file.birth_date, today), 0),
            allergen_codes=frozenset(each.allergen for each in known if each.allergen),
            allergy_texts=tuple(each.text for each in known),
            allergen_names=dict(names),
            emergency=self.level == "emergency",
            doctor_level=doctor_level,
        )

    def renew_patient(self, summary: PatientSummary) -> None:
        """Newer facts of the patient."""
        self.encounter = msgspec.structs.replace(self.encounter, patient=summary)

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def draft(self) -> VisitDraft:
        """Everything that the service does not have yet."""
        return VisitDraft(version=self.version, written=self.written, saved=self.saved, sending=self.sending, sheets=self.unsigned())

    @property
    def has_draft(self) -> bool:
        """Whether there is anything to keep."""
        return self.dirty or bool(self.unsigned())

    def restore(self, draft: VisitDraft) -> bool:
        """Take up a draft of before. ``False`` if the service has all of it.

        A save that was on its way when the program ended may have arrived: then the service's text is one of the draft's own, and the
        draft goes on from its version. Otherwise it keeps the version that it was read from, so that saving finds the conflict.
        """
        self.sheets = [*draft.sheets, Sheet()] if draft.sheets else self.sheets
        if draft.written == self.saved:
            return bool(draft.sheets)
        self.record, self.diagnoses = draft.written.record, list(draft.written.diagnoses)
        if self.saved not in (draft.saved, draft.sending):
            self.version, self.saved = draft.version, draft.saved
        return True

    # --- saving ----------------------------------------------------------------------------------------------------------------

    def may_save(self) -> bool:
        """Whether a save should go out now: something is new, nothing is on its way, and the service has not just refused it."""
        return self.writable and self.dirty and self.sending is None and self.written != self.refused

    def save(self) -> SaveRecord:
        """The request that saves what is written; it counts as on its way."""
        self.sending = self.written
        return SaveRecord(visit_id=self.visit_id, version=self.version, record=self.record, diagnoses=tuple(self.diagnoses))

    def saved_as(self, version: int) -> None:
        """The service has what was on its way."""
        self.version = version
        if self.sending is not None:
            self.saved, self.sending = self.sending, None

    def save_refused(self) -> None:
        """The service did not take it; it is not tried again until something else is written."""
        self.refused, self.sending = self.sending, None

    def agrees(self, theirs: Encounter) -> bool:
        """Whether the service's text is one that this desk wrote itself; then its version is taken over and nothing has to be asked."""
        text = Written(theirs.record, theirs.diagnoses)
        mine = text in (self.saved, self.sending, self.written, self.refused) or (theirs.record == self.saved.record)
        if mine:
            self._take_version(theirs)
        return mine

    def keep_mine(self, theirs: Encounter) -> None:
        """Mine goes on top of theirs, which stays in the record's history."""
        self._take_version(theirs)

    def take_theirs(self, theirs: Encounter) -> None:
        """Theirs it is. Mine is set aside."""
        self.set_aside = self.written
        self._take_version(theirs)
        self.record, self.diagnoses = theirs.record, list(theirs.diagnoses)

    def bring_back(self) -> None:
        """Exchange what is written with what was set aside."""
        if self.set_aside is not None:
            aside, self.set_aside = self.set_aside, self.written
            self.record, self.diagnoses = aside.record, list(aside.diagnoses)

    def _take_version(self, theirs: Encounter) -> None:
        self.version = theirs.record_version
        self.saved = Written(theirs.record, theirs.diagnoses)
        self.sending = self.refused = None

    def finish(self) -> FinishVisit:
        """The request that signs the record."""
        return FinishVisit(visit_id=self.visit_id, version=self.version)

    # --- prescriptions -----------------------------------------------------------------------------------------------------------

    def sign(self, sheet: Sheet, patient: Patient, catalogue: Catalogue) -> SignPrescription:
        """The request that signs ``sheet``."""
        return SignPrescription(
            visit_id=self.visit_id,
            kind=sheet.kind(patient),
            lines=tuple(line.as_written(catalogue) for line in sheet.lines),
            diagnoses=tuple(self.diagnoses),
            replaces=sheet.replaces,
            herbal=sheet.order(),
        )

    def signed_as(self, sheet: Sheet, facts: PrescriptionFacts) -> None:
        """The draft became a prescription; what it replaced is void."""
        self.sheets = [each for each in self.sheets if each is not sheet] or [Sheet()]
        if all(each.lines for each in self.sheets):
            self.sheets.append(Sheet())
        self.signed = [each for each in self.signed if each.id not in (facts.id, sheet.replaces)] + [facts]

    def show_state(self, facts: PrescriptionFacts) -> PrescriptionFacts | None:
        """A prescription as it is now. The earlier facts come back if its state is another one; a voided one goes away."""
        before = next((each for each in self.signed if each.id == facts.id), None)
        if before is None:
            return None
        if facts.state == "VOIDED":
            self.signed = [each for each in self.signed if each.id != facts.id]
        else:
            self.signed = [facts if each.id == facts.id else each for each in self.signed]
        return before if before.state != facts.state else None

    def new_sheet(self) -> Sheet:
        """An empty prescription: the one that is there already, or another one."""
        empty = next((sheet for sheet in self.sheets if not sheet.lines), None)
        if empty is None:
            empty = Sheet()
            self.sheets.append(empty)
        return empty


def draft_key(visit_id: int) -> str:
    """The journal's key of a visit's draft."""
    return f"doctor:visit:{visit_id}"
