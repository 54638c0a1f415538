"""Today's clinic sessions as the desk lists them: by department, narrowed while one types, and one of them chosen beforehand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec

from client.initials import matches
from common.domain.age import full_years
from common.i18n import N_
from common.messages.registration import Level, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, datetime, time

    from common.messages.patients import PatientSummary
    from common.messages.registration import SessionFacts

    Wish = Callable[[SessionFacts], bool]

FULL: Final = N_("session|Full")
OVER: Final = N_("session|Over")
LEVELS: Final = {
    Level.ORDINARY: N_("level|Ordinary"),
    Level.EXPERT: N_("level|Expert"),
    Level.EMERGENCY: N_("level|Emergency"),
    Level.SPECIAL: N_("level|Special"),
}
PERIODS: Final = {
    Period.MORNING: N_("period|AM"),
    Period.AFTERNOON: N_("period|PM"),
    Period.EVENING: N_("period|Eve"),
}
#: Paediatrics takes patients under 18: no law fixes the age (clinics set 14, 16 or 18), 18 is the usual convention, and within it the clerk
#: still sees every department. The prescription form's limit of 14 is another rule.
ADULT_YEARS: Final = 18
_FOUND: Final = 2  # beginnings and parts; letters scattered over a title find too much among so few rows


class LastChoice(msgspec.Struct, frozen=True, kw_only=True):
    """What the clerk chose last; it is there again after a restart."""

    session_id: int
    doctor_id: int
    department_id: int


@dataclass(frozen=True)
class SessionRow:
    """A line of the list: a department's heading (no ``facts``), or a session with the number that chooses it."""

    department: str
    facts: SessionFacts | None = None
    number: int = 0
    why_not: str = ""
    said: str = ""  # the department in the current language

    @property
    def key(self) -> object:
        """Which row it is, whatever its contents."""
        return self.facts.id if self.facts else self.department


def why_not(session: SessionFacts, now: datetime) -> str:
    """Why nobody can be registered there, as a source string; empty if one can. ``now`` is the clinic's wall clock."""
    if session.left <= 0:
        return FULL
    return OVER if session.date == now.date() and _is_over(session, now.time()) else ""


def _is_over(session: SessionFacts, now: time) -> bool:
    return session.ends > session.starts and now >= session.ends  # a night duty ends after midnight


def rows(sessions: Sequence[SessionFacts], now: datetime, typed: str = "", said: Callable[[str], str] = str) -> list[SessionRow]:
    """Headings and sessions, departments in the order of their first session; ``typed`` letters narrow, digits do not.

    ``said`` gives a department's name in the current language; both names are searched.
    """
    order: dict[str, int] = {}
    for session in sessions:
        order.setdefault(session.department, len(order))
    kept = sorted((each for each in sessions if _fits(each, typed, said(each.department))), key=lambda each: order[each.department])
    listed: list[SessionRow] = []
    number = 0
    for department, members in groupby(kept, key=lambda each: each.department):
        listed.append(SessionRow(department, said=said(department)))
        for session in members:
            number += 1
            listed.append(SessionRow(department, session, number, why_not(session, now)))
    return listed


def _fits(session: SessionFacts, typed: str, department: str) -> bool:
    wanted = typed.strip()
    if not wanted or wanted.isdecimal():
        return True
    return any(matches(wanted, title) >= _FOUND for title in (session.department, department, session.doctor, session.room))


def numbered(listed: Iterable[SessionRow], typed: str) -> SessionFacts | None:
    """The session that the typed digits name."""
    wanted = typed.strip()
    if not wanted.isdecimal():
        return None
    return next((row.facts for row in listed if row.number == int(wanted) and row.facts), None)


def preselected(
    sessions: Sequence[SessionFacts], now: datetime, patient: PatientSummary | None, last: LastChoice | None, born: date | None = None
) -> SessionFacts | None:
    """The session that is most likely meant: of the patient's last doctor, of the last department, of a child paediatrics, of the clerk's
    last choice, or the first. ``born`` is when the person of a form was born, as far as it is written.

    Only open ones count, and for an adult no paediatrics; of several the one that is on now, or comes next.
    """
    usable = sorted((each for each in sessions if not why_not(each, now)), key=lambda each: (each.starts > now.time(), each.starts))
    born = patient.file.birth_date if patient else born
    if born is not None and full_years(born, now.date()) < ADULT_YEARS:
        wishes = [*_of_patient(patient), lambda each: for_children(each.department), *_of_clerk(last)]
    else:
        # Where nothing is known of the person yet and only paediatrics is open, that is what will be meant.
        usable = [each for each in usable if not for_children(each.department)] or ([] if born else usable)
        wishes = [*_of_patient(patient), *_of_clerk(last)]
    for wish in wishes:
        found = next((each for each in usable if wish(each)), None)
        if found is not None:
            return found
    return usable[0] if usable else None


def for_children(department: str) -> bool:
    """Whether a department sees children alone: 儿科, 小儿外科, 儿童保健科, 新生儿科. The national list of departments has no flag for it, but
    each of their names has this character."""
    return "儿" in department


def _of_patient(patient: PatientSummary | None) -> list[Wish]:
    before = next((visit for visit in patient.visits if visit.state not in ("CANCELLED", "NO_SHOW")), None) if patient else None
    if before is None:
        return []
    department, doctor = before.department, before.doctor
    return [lambda each: each.department == department and each.doctor == doctor, lambda each: each.department == department]


def _of_clerk(last: LastChoice | None) -> list[Wish]:
    if last is None:
        return []
    return [
        lambda each: each.id == last.session_id,
        lambda each: each.doctor_id == last.doctor_id,
        lambda each: each.department_id == last.department_id,
    ]
