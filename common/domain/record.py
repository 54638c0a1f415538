"""When an outpatient record is complete (病历书写基本规范, DOMAIN.md §3.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from common.messages.consult import Diagnosis, RecordText

#: Field of the record → its name, in the order of the form.
PARTS: Final[Mapping[str, str]] = {
    "chief_complaint": N_("Chief complaint"),
    "present_illness": N_("Present illness"),
    "past_history": N_("Past history"),
    "allergy_history": N_("Allergy history"),
    "examination": N_("Physical examination"),
    "auxiliary": N_("Test results"),
    "treatment": N_("Treatment and advice"),
}
DIAGNOSIS: Final = N_("Diagnosis")

FIRST_VISIT: Final = frozenset(PARTS)
#: A revisit tells the change since the last visit; past history and results only where there is something new.
REVISIT: Final = FIRST_VISIT - {"past_history", "auxiliary"}


def missing_parts(record: RecordText, diagnoses: Sequence[Diagnosis]) -> list[str]:
    """Names (English source strings) of required parts that are empty, in the form's order. “None” written out is not empty."""
    required = FIRST_VISIT if record.first_visit else REVISIT
    missing = [name for part, name in PARTS.items() if part in required and not getattr(record, part).strip()]
    if not diagnoses:
        missing.insert(-1 if missing and missing[-1] == PARTS["treatment"] else len(missing), DIAGNOSIS)
    return missing
