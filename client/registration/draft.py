"""A patient's file while it is being written: checked field by field as one types, kept as a draft, whole when it is saved."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import msgspec

from common.domain.age import full_years
from common.domain.documents import (
    GUARDIAN_BELOW,
    GUARDIAN_BELOW_WITHOUT_DOCUMENT,
    check_document,
    check_person,
    normalise_name,
    normalise_phone,
)
from common.domain.idcard import IdNumber, normalise, parse_id_number
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.patients import Allergy, AllergyState, DocumentKind, PatientFile
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.messages.patients import PatientSummary
    from devices.idcard.protocol import IdCard

ID_LENGTH: Final = 18
CHOOSE: Final = N_("file|please choose")
ASK_BIRTH: Final = N_("type it as 1985-03-14")
NO_NUMBER: Final = N_("type the number, or choose “No document”")
NEEDS_GUARDIAN: Final = N_("a child needs a guardian")


class FileDraft(msgspec.Struct, kw_only=True):
    """What the form holds, as typed. ``patient_id`` 0: a new file; otherwise ``version`` is the one that was shown."""

    name: str = ""
    sex: str = ""
    birth_date: date | None = None
    document_kind: DocumentKind = DocumentKind.ID_CARD
    document_number: str = ""
    phone: str = ""
    address: str = ""
    ethnic_group: str = ""
    payer: str = "self"
    guardian_name: str = ""
    guardian_phone: str = ""
    allergy_state: AllergyState = AllergyState.NOT_ASKED
    allergies: tuple[Allergy, ...] = ()
    patient_id: int = 0
    patient_number: str = ""
    version: int = 0
    request_id: str = msgspec.field(default_factory=new_request_id)

    @property
    def is_new(self) -> bool:
        """A new file, not a correction."""
        return self.patient_id == 0

    def is_empty(self) -> bool:
        """Whether nothing was typed that would be a pity to lose."""
        return self.is_new and not any((self.name, self.document_number, self.phone, self.address, self.birth_date, self.guardian_name))

    def identity(self, today: date) -> IdNumber | None:
        """What the identity number says, once it is whole and holds true."""
        number = normalise(self.document_number)
        if len(number) != ID_LENGTH:
            return None
        try:
            return parse_id_number(number, today)
        except FieldWrong:
            return None

    def take_identity(self, today: date) -> bool:
        """Fill in sex and birth date from the identity number. ``True`` if it said something."""
        found = self.identity(today)
        if found is None:
            return False
        self.sex, self.birth_date = found.sex, found.birth_date
        return True

    def needs_guardian(self, today: date) -> bool:
        """A child, or a youth without a document (the rule of :mod:`common.domain.documents`)."""
        if self.birth_date is None or self.birth_date > today:
            return False
        below = GUARDIAN_BELOW_WITHOUT_DOCUMENT if self.document_kind is DocumentKind.NONE else GUARDIAN_BELOW
        return full_years(self.birth_date, today) < below

    # --- checking --------------------------------------------------------------------------------------------------------------

    def wrongs(self, today: date) -> dict[str, str]:
        """What is wrong with what was typed so far: field → reason. Empty fields are not wrong yet, unfinished ID numbers neither."""
        found = {
            "document_number": self._number_wrong(today),
            "name": _reason(lambda: normalise_name(self.name)) if self.name.strip() else "",
            "phone": _reason(lambda: normalise_phone(self.phone)),
            "guardian_name": _reason(lambda: normalise_name(self.guardian_name)) if self.guardian_name.strip() else "",
            "guardian_phone": _reason(lambda: normalise_phone(self.guardian_phone)),
            **self._against_identity(today),
        }
        return {field: reason for field, reason in found.items() if reason}

    def missing(self, today: date) -> dict[str, str]:
        """What has to be there before it can be saved: field → reason, in the order of the form."""
        found = self.wrongs(today)
        if self.document_kind is not DocumentKind.NONE and not self.document_number.strip():
            found["document_number"] = NO_NUMBER
        elif self.document_kind is not DocumentKind.NONE:
            found["document_number"] = _reason(lambda: check_document(self.document_kind, self.document_number, today))
        if not self.name.strip():
            found["name"] = N_("it is empty")
        if not self.sex:
            found["sex"] = CHOOSE
        if self.birth_date is None:
            found["birth_date"] = ASK_BIRTH
        if self.needs_guardian(today) and not self.guardian_name.strip():
            found["guardian_name"] = NEEDS_GUARDIAN
        if self.allergy_state is AllergyState.KNOWN and not self.allergies:
            found["allergies"] = N_("say which, or choose another allergy state")
        if self.allergy_state is not AllergyState.KNOWN and self.allergies:
            found["allergies"] = N_("there are some in the list, so the state must be “known”")
        return {field: reason for field, reason in found.items() if reason}

    def _number_wrong(self, today: date) -> str:
        number = normalise(self.document_number)
        unfinished = self.document_kind in (DocumentKind.ID_CARD, DocumentKind.FOREIGN_RESIDENCE) and len(number) < ID_LENGTH
        if not number or unfinished or self.document_kind is DocumentKind.NONE:
            return ""
        return _reason(lambda: check_document(self.document_kind, number, today))

    def _against_identity(self, today: date) -> dict[str, str]:
        known = self.identity(today)
        birth = self.birth_date
        return {
            "sex": N_("it does not agree with the ID number") if known and self.sex in ("1", "2") and self.sex != known.sex else "",
            "birth_date": N_("it does not agree with the ID number")
            if known and birth and birth != known.birth_date
            else N_("it is in the future")
            if birth and birth > today
            else "",
        }

    # --- becoming a file -------------------------------------------------------------------------------------------------------

    def file(self, today: date) -> PatientFile:
        """The file as it is sent. Call it when :meth:`missing` is empty; raises ``FieldWrong`` for what only the whole can tell."""
        assert self.birth_date is not None, "the birth date is missing"
        written = PatientFile(
            name=self.name.strip(),
            sex=self.sex,
            birth_date=self.birth_date,
            document_kind=self.document_kind,
            document_number="" if self.document_kind is DocumentKind.NONE else normalise(self.document_number),
            phone=self.phone,
            address=self.address.strip(),
            ethnic_group=self.ethnic_group,
            payer=self.payer,
            guardian_name=self.guardian_name.strip(),
            guardian_phone=self.guardian_phone,
            allergy_state=self.allergy_state,
            allergies=self.allergies,
        )
        return check_person(written, today)


def of_patient(patient: PatientSummary) -> FileDraft:
    """The form for a correction."""
    fields = {name: getattr(patient.file, name) for name in PatientFile.__struct_fields__}
    return FileDraft(**fields, patient_id=patient.id, patient_number=patient.number, version=patient.version)


def of_card(card: IdCard) -> FileDraft:
    """The form filled from a card that lies on the reader."""
    foreign = card.kind.value.startswith("foreigner")
    return FileDraft(
        name=card.name or card.english_name,
        sex=card.sex,
        birth_date=card.birth_date,
        document_kind=DocumentKind.FOREIGN_RESIDENCE if foreign else DocumentKind.ID_CARD,
        document_number=card.number,
        address=card.address,
        ethnic_group=card.ethnic_code,
    )


def of_text(text: str, today: date) -> FileDraft:
    """The form when a search found nobody: what was typed goes where it belongs."""
    plain = normalise(text)
    if len(plain) == ID_LENGTH:
        draft = FileDraft(document_number=plain)
        draft.take_identity(today)
        return draft
    if plain.isdecimal() and len(plain) == 11 and plain.startswith("1"):
        return FileDraft(phone=plain)
    return FileDraft(name=text.strip()) if any(ord(char) > 0x2E80 for char in text) else FileDraft()


def changed_fields(before: PatientFile, after: PatientFile) -> list[str]:
    """Which fields of a file differ, as source strings; for the sentence that somebody else changed it."""
    return [title for field, title in FIELD_TITLES.items() if getattr(before, field) != getattr(after, field)]


FIELD_TITLES: Final = {
    "name": N_("Name"),
    "sex": N_("Sex"),
    "birth_date": N_("Birth date"),
    "document_kind": N_("file|Document"),
    "document_number": N_("Document number"),
    "phone": N_("Phone"),
    "address": N_("file|Address"),
    "ethnic_group": N_("file|Ethnic group"),
    "payer": N_("file|Payer"),
    "guardian_name": N_("Guardian"),
    "guardian_phone": N_("Guardian's phone"),
    "allergy_state": N_("Allergies"),
    "allergies": N_("Allergies"),
}


def _reason(check: Callable[[], object]) -> str:
    try:
        check()
    except FieldWrong as wrong:
        return wrong.reason
    return ""
