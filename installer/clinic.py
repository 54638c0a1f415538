"""``xinglin clinic``: the clinic's own facts, on the service's own machine: its name, departments, and who sits where and when."""

from __future__ import annotations

import argparse
from datetime import date, time, timedelta
from itertools import groupby
from typing import Any, Final

from common.domain.money import format_yuan
from common.errors import AlreadyExists, NotFound
from common.i18n import N_, tr
from common.messages.admin import (
    AddDepartment,
    ChangeCapacity,
    CloseSession,
    DepartmentLine,
    GetRoster,
    ListDepartments,
    NumbersTaken,
    OpenSession,
    RosterLine,
    SetClinic,
)
from common.messages.registration import Level, Period
from common.messages.session import WhoAmI
from common.permissions import Role
from installer.staff import SpeakingParser, carried_out, command, department_id, fits, padded, perform_new, person
from installer.terminal import complain, say
from server.local import LocalDesk

#: Usual hours, where none are given.
HOURS: Final = {
    Period.MORNING: (time(8), time(12)),
    Period.AFTERNOON: (time(13, 30), time(17, 30)),
    Period.EVENING: (time(18), time(21)),
}
_PERIODS: Final = {Period.MORNING: N_("period|morning"), Period.AFTERNOON: N_("period|afternoon"), Period.EVENING: N_("period|evening")}
_LEVELS: Final = {
    Level.ORDINARY: N_("level|ordinary"),
    Level.EXPERT: N_("level|expert"),
    Level.EMERGENCY: N_("level|emergency"),
    Level.SPECIAL: N_("level|special"),
}
_KINDS: Final = {
    "clinical": N_("department|clinical"),
    "pharmacy": N_("department|pharmacy"),
    "cashier": N_("department|cashier"),
    "store": N_("department|store"),
    "office": N_("department|office"),
}
_YES: Final = ("yes", "是")
_NO: Final = ("no", "否")
_LONGEST_DAYS: Final = 366


def parser() -> argparse.ArgumentParser:
    """The command's own options."""
    made = SpeakingParser(prog="xinglin clinic", description=tr("Name the clinic, open departments and clinic sessions."))
    commands = _subcommands(made)
    _act(command(commands, "show", tr("show name, switches and departments")), _show)
    name = _act(command(commands, "name", tr("name the clinic, set its switches; what is not given stays")), _name)
    name.add_argument("name", type=fits(SetClinic, "name"), help=tr("the clinic's name, as on paper"))
    name.add_argument("--english", type=fits(SetClinic, "name_en"), metavar=tr("NAME"), help=tr("its English name"))
    name.add_argument("--triage-desk", type=_yes_or_no, metavar=tr("yes/no"), help=tr("whether patients check in at a triage desk"))
    name.add_argument("--idle-lock", type=fits(SetClinic, "idle_lock_minutes"), metavar=tr("MINUTES"), help=tr("lock an idle desk after"))
    _department_parser(command(commands, "department", tr("list departments, open one")))
    _sessions_parser(command(commands, "sessions", tr("open clinic sessions, list, close, resize them")))
    return made


def _subcommands(made: argparse.ArgumentParser) -> Any:
    return made.add_subparsers(required=True, metavar=tr("SUBCOMMAND"), title=tr("subcommands"))


def _act(command: argparse.ArgumentParser, act: Any) -> argparse.ArgumentParser:
    command.set_defaults(act=act)
    return command


def _department_parser(made: argparse.ArgumentParser) -> None:
    commands = _subcommands(made)
    _act(command(commands, "list", tr("show all departments")), _list_departments)
    add = _act(command(commands, "add", tr("open a department")), _add_department)
    add.add_argument("code", type=fits(AddDepartment, "code"), help=tr("a short code; queue numbers begin with its first letter"))
    add.add_argument("name", type=fits(AddDepartment, "name"), help=tr("its name"))
    add.add_argument("--english", type=fits(AddDepartment, "name_en"), default="", metavar=tr("NAME"), help=tr("its English name"))
    add.add_argument("--kind", choices=list(_KINDS), default="clinical", help=tr("what it does; clinical if not given"))


def _sessions_parser(made: argparse.ArgumentParser) -> None:
    commands = _subcommands(made)
    _open_parser(_act(command(commands, "open", tr("open one on each of many days")), _open))
    listed = _act(command(commands, "list", tr("show those of a day")), _list_sessions)
    listed.add_argument("day", nargs="?", type=fits(GetRoster, "date"), help=tr("like 2026-12-01; today if not given"))
    close = _act(command(commands, "close", tr("take off sale, if no number is taken")), _close)
    close.add_argument("session", nargs="*", type=fits(CloseSession, "session_id"), help=tr("its number in the list"))
    close.add_argument("--doctor", metavar=tr("LOGIN"), help=tr("instead: all of this doctor …"))
    close.add_argument("--days", type=_days, metavar="2026-12-01..2026-12-31", help=tr("… on these days"))
    resize = _act(command(commands, "capacity", tr("change how many numbers there are; opens a closed one again")), _resize)
    resize.add_argument("session", type=fits(ChangeCapacity, "session_id"), help=tr("its number in the list"))
    resize.add_argument("capacity", type=fits(ChangeCapacity, "capacity"), help=tr("how many numbers"))


def _open_parser(made: argparse.ArgumentParser) -> None:
    made.add_argument("--doctor", required=True, metavar=tr("LOGIN"), help=tr("the doctor's login name"))
    made.add_argument("--department", required=True, metavar=tr("CODE"), help=tr("the department's code"))
    made.add_argument("--room", required=True, type=fits(OpenSession, "room"), metavar=tr("ROOM"), help=tr("the room"))
    made.add_argument("--level", choices=list(map(str, Level)), default="ordinary", help=tr("kind of number; ordinary if not given"))
    made.add_argument("--period", required=True, choices=list(map(str, Period)), help=tr("8:00–12:00, 13:30–17:30 or 18:00–21:00"))
    made.add_argument("--from", dest="starts", type=_clock_time, metavar="8:30", help=tr("begins at another time"))
    made.add_argument("--to", dest="ends", type=_clock_time, metavar="11:30", help=tr("ends at another time"))
    made.add_argument("--days", required=True, type=_days, metavar="2026-12-01..2026-12-31", help=tr("a day, or the first and the last"))
    made.add_argument(
        "--weekdays", type=_weekdays, default=frozenset(range(1, 8)), metavar="1,3,5", help=tr("1 is Monday; all if not given")
    )
    made.add_argument("--capacity", required=True, type=fits(OpenSession, "capacity"), metavar="N", help=tr("how many numbers"))
    fee = made.add_mutually_exclusive_group(required=True)
    fee.add_argument("--fee", nargs="+", default=[], metavar=tr("CODE"), help=tr("items of the services list that make up the fee"))
    fee.add_argument("--free", action="store_true", help=tr("a number costs nothing"))


# --- what was typed


def _yes_or_no(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise argparse.ArgumentTypeError(tr("write yes or no"))
    return text.lower() in _YES


def _clock_time(text: str) -> time:
    hours, _, minutes = text.partition(":")
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise argparse.ArgumentTypeError(tr("“{value}” is no time; write it like 8:30", value=text)) from None


def _days(text: str) -> tuple[date, ...]:
    day = fits(GetRoster, "date")
    first, _, last = text.partition("..")
    begin, end = day(first), day(last or first)
    if not 0 <= (end - begin).days < _LONGEST_DAYS:
        raise argparse.ArgumentTypeError(tr("the last day comes after the first, at most a year later"))
    return tuple(begin + timedelta(days=n) for n in range((end - begin).days + 1))


def _weekdays(text: str) -> frozenset[int]:
    if not set(parts := text.split(",")) <= set("1234567"):
        raise argparse.ArgumentTypeError(tr("weekdays are 1 (Monday) to 7 (Sunday), with commas between"))
    return frozenset(map(int, parts))


# --- the acts


def main(argv: list[str]) -> int:
    """``xinglin clinic show | name | department | sessions``."""
    given = parser().parse_args(argv)
    return carried_out(lambda desk: int(given.act(desk, given)))


def _show(desk: LocalDesk, given: argparse.Namespace) -> int:
    clinic = desk.perform(WhoAmI()).clinic
    if not clinic.name:
        say(tr("The clinic has no name yet: xinglin clinic name …"))
    else:
        say(" ".join(filter(None, (clinic.name, clinic.name_en))))
        say(tr("Triage desk: {answer}", answer=tr("answer|yes") if clinic.triage_desk else tr("answer|no")))
        say(tr("An idle desk locks after {n} minutes.", n=clinic.idle_lock_minutes))
    return _list_departments(desk, given)


def _name(desk: LocalDesk, given: argparse.Namespace) -> int:
    old = desk.perform(WhoAmI()).clinic
    request = SetClinic(
        name=given.name,
        name_en=old.name_en if given.english is None else given.english,
        triage_desk=old.triage_desk if given.triage_desk is None else given.triage_desk,
        idle_lock_minutes=given.idle_lock or old.idle_lock_minutes,
    )
    desk.perform(request)
    if request.triage_desk:
        complain(tr("This version has no triage desk: nobody could check patients in, and no doctor could call them."))
    return _show(desk, given)


def _list_departments(desk: LocalDesk, _given: argparse.Namespace) -> int:
    departments = desk.perform(ListDepartments()).departments
    for line in departments:
        say(_department_row(line))
    if not departments:
        say(tr("There is no department yet: xinglin clinic department add …"))
    return 0


def _department_row(line: DepartmentLine) -> str:
    return f"{padded(line.code, 8)} {padded(line.name, 16)} {padded(tr(_KINDS[line.kind]), 10)} {line.name_en}".rstrip()


def _add_department(desk: LocalDesk, given: argparse.Namespace) -> int:
    perform_new(desk, AddDepartment(code=given.code, name=given.name, name_en=given.english, kind=given.kind), given.code)
    say(tr("Department {code} {name} is open.", code=given.code, name=given.name))
    return 0


def _open(desk: LocalDesk, given: argparse.Namespace) -> int:
    """One clinic session for each fitting day. A doctor who sits somewhere at that time already is told and passed over."""
    today = desk.perform(WhoAmI()).clinic.today
    days = [day for day in given.days if day.isoweekday() in given.weekdays]
    if not days or days[0] < today:
        complain(tr("No such weekday lies within these days.") if not days else tr("{day} is over.", day=days[0]))
        return 2
    pattern = _pattern(desk, given)
    opened = sum(_open_one(desk, OpenSession(date=day, **pattern), given.doctor) for day in days)
    say(tr("Opened: {opened}. Passed over: {passed}.", opened=opened, passed=len(days) - opened))
    return 0


def _pattern(desk: LocalDesk, given: argparse.Namespace) -> dict[str, Any]:
    """What is the same on every day."""
    period = Period(given.period)
    usual = HOURS[period]
    return {
        "period": period,
        "starts": given.starts or usual[0],
        "ends": given.ends or usual[1],
        "department_id": department_id(desk, given.department),
        "doctor_id": _doctor(desk, given.doctor),
        "room": given.room,
        "level": Level(given.level),
        "capacity": given.capacity,
        "fee_codes": tuple(dict.fromkeys(given.fee)),
    }


def _doctor(desk: LocalDesk, login: str) -> int:
    found = person(desk, login)
    if not found.active or Role.DOCTOR not in found.roles:
        raise NotFound(kind=N_("Doctor"), key=login)
    return found.id


def _open_one(desk: LocalDesk, request: OpenSession, doctor: str) -> bool:
    try:
        desk.perform(request)
    except AlreadyExists:
        sessions = desk.perform(GetRoster(date=request.date)).sessions
        for line in sessions:
            if line.doctor_login == doctor and line.starts < request.ends and request.starts < line.ends:
                say(tr("{day}: passed over, there is already: {session}", day=request.date, session=_session_row(line)))
        return False
    return True


def _list_sessions(desk: LocalDesk, given: argparse.Namespace) -> int:
    day = given.day or desk.perform(WhoAmI()).clinic.today
    sessions = desk.perform(GetRoster(date=day)).sessions
    for period, lines in groupby(sessions, key=lambda line: line.period):
        say(f"{day} {tr(_PERIODS[period])}")
        for line in lines:
            say("  " + _session_row(line))
    if not sessions:
        say(tr("{day}: no clinic session.", day=day))
    return 0


def _session_row(line: RosterLine) -> str:
    sold = tr("taken {taken} of {capacity}", taken=line.taken, capacity=line.capacity) if line.capacity else tr("roster|closed")
    return "  ".join(
        (
            f"{line.id:>5}",
            f"{line.starts:%H:%M}–{line.ends:%H:%M}",
            padded(line.department, 10),
            padded(f"{line.doctor} ({line.doctor_login})", 18),
            padded(line.room, 6),
            padded(tr(_LEVELS[line.level]), 8),
            f"{format_yuan(line.fee_fen):>8}",
            sold,
        )
    )


def _close(desk: LocalDesk, given: argparse.Namespace) -> int:
    """Close those named, or a doctor's on some days. One whose numbers are taken is told and stays open."""
    if bool(given.session) == bool(given.doctor and given.days):
        complain(tr("Name clinic sessions by their numbers, or a doctor and days."))
        return 2
    sessions = given.session or _sessions_of(desk, given.doctor, given.days)
    closed = sum([_close_one(desk, session) for session in sessions])
    return 0 if closed == len(sessions) else 1


def _sessions_of(desk: LocalDesk, login: str, days: tuple[date, ...]) -> list[int]:
    person(desk, login)
    lines = (line for day in days for line in desk.perform(GetRoster(date=day)).sessions)
    return [line.id for line in lines if line.doctor_login == login and line.capacity]


def _close_one(desk: LocalDesk, session: int) -> bool:
    try:
        desk.perform(CloseSession(session_id=session))
    except NumbersTaken as refused:
        complain(tr("Clinic session {number} stays open. {reason}", number=session, reason=refused))
        return False
    say(tr("Clinic session {number} is closed; “capacity” opens it again.", number=session))
    return True


def _resize(desk: LocalDesk, given: argparse.Namespace) -> int:
    desk.perform(ChangeCapacity(session_id=given.session, capacity=given.capacity))
    say(tr("Clinic session {number} has {n} numbers.", number=given.session, n=given.capacity))
    return 0
