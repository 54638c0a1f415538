"""Who of the patients already on file could be the person in the form; shown before anything is saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from common.domain.idcard import normalise
from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Iterable

    from client.registration.draft import FileDraft
    from common.messages.patients import PatientHit

SAME_DOCUMENT: Final = N_("same|Document")
SAME_BIRTH: Final = N_("same|Name, birth date")
SAME_PHONE: Final = N_("same|Phone")
SAME_NAME: Final = N_("same|Name")
_ORDER: Final = (SAME_DOCUMENT, SAME_BIRTH, SAME_PHONE, SAME_NAME)
SHOWN: Final = 3


@dataclass(frozen=True)
class Likeness:
    """A patient on file, and what matches (a source string)."""

    hit: PatientHit
    why: str


def questions(draft: FileDraft) -> list[str]:
    """What to search for: the document's number, the name, the phone, each once there is enough of it."""
    number, phone = normalise(draft.document_number), normalise(draft.phone)
    return [
        text
        for text, least in ((number, 8), (draft.name.strip(), 2), (phone, 11))
        if len(text) >= least  # less would find half the town
    ]


def likely(draft: FileDraft, hits: Iterable[PatientHit]) -> list[Likeness]:
    """Of what was found, who is likely the same person; the strongest match first, each once, three at most."""
    found: dict[int, Likeness] = {}
    for hit in hits:
        why = _why(draft, hit)
        if why and hit.id != draft.patient_id:
            found[hit.id] = Likeness(hit, why)
    return sorted(found.values(), key=lambda each: _ORDER.index(each.why))[:SHOWN]


def _why(draft: FileDraft, hit: PatientHit) -> str:
    number = normalise(draft.document_number)
    same_birth = draft.birth_date == hit.birth_date
    if len(number) >= 8 and hit.document_tail == number[-4:] and same_birth:
        return SAME_DOCUMENT
    same_name = draft.name.strip() == hit.name
    if same_name and same_birth:
        return SAME_BIRTH
    if draft.phone and normalise(draft.phone) == hit.phone:
        return SAME_PHONE
    other = (draft.birth_date is not None and not same_birth) or (draft.sex in ("1", "2") and draft.sex != hit.sex)
    return SAME_NAME if same_name and not other else ""
