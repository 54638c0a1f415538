"""``xinglin staff``: people, on the service's own machine: the first administrator, doctors, other roles, forgotten passwords, leaving.

What ``xinglin clinic`` needs as well lies here too: a parser in the person's language, checks of what was typed, and finding by code.
"""

from __future__ import annotations

import argparse
import getpass
import os
import secrets
import sys
from typing import TYPE_CHECKING, Any, Final
from unicodedata import east_asian_width

import msgspec
from psycopg.errors import UndefinedColumn, UndefinedTable

from common.errors import AlreadyExists, FieldWrong, NotFound, XinglinError
from common.i18n import N_, tr
from common.messages.admin import AddStaff, CorrectStaff, ListDepartments, ListStaff, ResetPassword, StaffLine
from common.messages.badges import RevokeBadge
from common.messages.settlement import GiveBadge
from common.permissions import Role, role_name
from installer.terminal import complain, say
from server.local import LocalDesk

if TYPE_CHECKING:
    from collections.abc import Callable

    from common.wire import Request

#: What a doctor may prescribe (抗菌药物临床应用管理办法 Art. 24): none, non-restricted, restricted, special-grade antibacterials.
ANTIBACTERIAL: Final = {
    "none": N_("antibacterials|none"),
    "unrestricted": N_("antibacterials|unrestricted"),
    "restricted": N_("antibacterials|restricted"),
    "special": N_("antibacterials|special grade"),
}


class SpeakingParser(argparse.ArgumentParser):
    """A parser whose headings are in the person's language; its subcommands' parsers are such too."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(add_help=False, **settings)
        self._positionals.title = tr("arguments")
        self._optionals.title = tr("options")
        self.add_argument("-h", "--help", action="help", help=tr("show this help"))


def command(commands: Any, name: str, purpose: str) -> argparse.ArgumentParser:
    """A subcommand; ``purpose`` stands in the list of all and above its own help."""
    made: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    return made


def fits(request: type[Request[Any]], field: str) -> Callable[[str], Any]:
    """A check for ``type=``: what is typed is what this field of the request takes; else a sentence with its limits."""
    kind = next(found.type for found in msgspec.structs.fields(request) if found.name == field)

    def check(text: str) -> Any:
        try:
            return msgspec.convert(text, kind, strict=False)
        except msgspec.ValidationError:
            raise argparse.ArgumentTypeError(tr("“{value}”: {limits}", value=text, limits=_limits(kind))) from None

    return check


def _limits(kind: Any) -> str:
    shape = msgspec.inspect.type_info(kind)
    if isinstance(shape, msgspec.inspect.IntType):
        return tr("a whole number from {low} to {high}", low=shape.ge or 0, high="…" if shape.le is None else shape.le)
    if isinstance(shape, msgspec.inspect.StrType):
        length = tr("{low} to {high} characters", low=shape.min_length or 0, high=shape.max_length or "…")
        return tr("{length}, only a–z, 0–9, dot, hyphen, underline", length=length) if shape.pattern else length
    return tr("a date like 2026-12-01")


def padded(text: str, width: int) -> str:
    """Filled up with blanks to ``width`` columns of a terminal, where a Chinese character takes two."""
    return text + " " * (width - sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text))


def carried_out(act: Callable[[LocalDesk], int]) -> int:
    """Do ``act`` at the machine's own desk, which ``XINGLIN_DATABASE_URL`` leads to; a refusal becomes a sentence and exit code 1."""
    desk: LocalDesk | None = None
    try:
        desk = LocalDesk(os.environ["XINGLIN_DATABASE_URL"])
        return act(desk)
    except XinglinError as refused:
        complain(str(refused))
    except (UndefinedTable, UndefinedColumn):
        complain(tr("The database is not at this version yet. Run “xinglin migrate” first."))
    finally:
        if desk is not None:
            desk.close()
    return 1


def department_id(desk: LocalDesk, code: str) -> int:
    """The department with this code, written large or small. Raises ``NotFound``."""
    for line in desk.perform(ListDepartments()).departments:
        if line.active and line.code.upper() == code.upper():
            return line.id
    raise NotFound(kind=N_("Department"), key=code)


def person(desk: LocalDesk, login: str) -> StaffLine:
    """The person with this login name. Raises ``NotFound``."""
    for line in desk.perform(ListStaff()).staff:
        if line.login == login:
            return line
    raise NotFound(kind=N_("Person"), key=login)


def perform_new(desk: LocalDesk, request: Request[Any], key: str) -> None:
    """Add what has ``key``. Raises ``AlreadyExists`` with the key, which the database does not tell."""
    try:
        desk.perform(request)
    except AlreadyExists as there:
        raise AlreadyExists(kind=there.kind, key=key) from None


# --- the command


def parser() -> argparse.ArgumentParser:
    """The command's own options."""
    made = SpeakingParser(prog="xinglin staff", description=tr("Add people, give roles, badges and passwords."))
    commands = made.add_subparsers(dest="command", required=True, metavar=tr("SUBCOMMAND"), title=tr("subcommands"))
    command(commands, "list", tr("show everybody"))
    add = command(commands, "add", tr("take on a person; the first password is made or asked for"))
    add.add_argument("login", type=fits(AddStaff, "login"), help=tr("login name: small letters, digits, dots"))
    add.add_argument("name", type=fits(AddStaff, "name"), help=tr("the person's name"))
    add.add_argument("roles", nargs="+", choices=list(map(str, Role)), metavar=tr("ROLE"), help=_roles_help())
    _add_work(add, title="", antibacterial="none")
    _add_password(add)
    correct = command(commands, "correct", tr("correct a person: name, title, department, roles; take them back"))
    _add_login(correct)
    correct.add_argument("--name", type=fits(CorrectStaff, "name"), help=tr("the person's name"))
    correct.add_argument("--roles", nargs="+", choices=list(map(str, Role)), metavar=tr("ROLE"), help=_roles_help())
    _add_work(correct, title=None, antibacterial=None)
    correct.add_argument("--active", action="store_true", default=None, help=tr("take back a person who was deactivated"))
    reset = command(commands, "reset-password", tr("give a new password, to be changed at the next sign-in"))
    _add_login(reset)
    _add_password(reset)
    badge = command(commands, "badge", tr("give a person a badge: it is scanned when asked for, and agrees for them at other desks"))
    _add_login(badge)
    badge.add_argument("--revoke", action="store_true", help=tr("take the person's badge out of use instead: lost, or handed back"))
    _add_login(command(commands, "deactivate", tr("let a person in no longer; what they did stays")))
    return made


def _roles_help() -> str:
    names = (f"{role} {role_name(role)}" for role in Role)
    return tr("roles: {names}", names=tr("list separator|, ").join(names))


def _add_login(made: argparse.ArgumentParser) -> None:
    made.add_argument("login", help=tr("login name"))


def _add_password(made: argparse.ArgumentParser) -> None:
    made.add_argument("--ask-password", action="store_true", help=tr("ask for the password instead of making one"))


def _add_work(made: argparse.ArgumentParser, *, title: str | None, antibacterial: str | None) -> None:
    made.add_argument("--title", type=fits(CorrectStaff, "title"), default=title, metavar=tr("TITLE"), help=tr("professional title"))
    made.add_argument("--department", metavar=tr("CODE"), help=tr('the department\'s code; "" for none'))
    made.add_argument(
        "--phone", type=fits(AddStaff, "phone"), metavar=tr("PHONE"), help=tr("where colleagues reach the person inside the house")
    )
    levels = tr("list separator|, ").join(f"{level} {tr(shown)}" for level, shown in ANTIBACTERIAL.items())
    text = tr("antibacterials that a doctor may prescribe: {levels}", levels=levels)
    made.add_argument("--antibacterial", choices=list(ANTIBACTERIAL), default=antibacterial, metavar=tr("LEVEL"), help=text)


def main(argv: list[str]) -> int:
    """``xinglin staff list | add | correct | reset-password | badge | deactivate``."""
    acts = {"list": _list, "add": _add, "correct": _correct, "reset-password": _reset, "badge": _badge, "deactivate": _deactivate}
    given = parser().parse_args(argv)
    return carried_out(lambda desk: acts[given.command](desk, given))


def _list(desk: LocalDesk, _given: argparse.Namespace) -> int:
    for line in desk.perform(ListStaff()).staff:
        parts = [line.title, line.department, line.phone, "[" + ", ".join(role_name(role) for role in line.roles) + "]"]
        if Role.DOCTOR in line.roles:
            parts.append(tr("antibacterials: {level}", level=tr(ANTIBACTERIAL[line.antibacterial_level])))
        if not line.active:
            parts.append(tr("deactivated"))
        say(f"{padded(line.login, 16)} {padded(line.name, 10)} " + "  ".join(filter(None, parts)))
    return 0


def _add(desk: LocalDesk, given: argparse.Namespace) -> int:
    department = department_id(desk, given.department) if given.department else None
    password = _password(ask=given.ask_password)
    request = AddStaff(
        login=given.login,
        name=given.name,
        title=given.title,
        department_id=department,
        roles=tuple(map(Role, dict.fromkeys(given.roles))),
        password=password,
        antibacterial_level=given.antibacterial,
        phone=given.phone or "",
    )
    perform_new(desk, request, given.login)
    say(tr("{name} ({login}) was taken on.", name=given.name, login=given.login))
    if not given.ask_password:
        say(tr("First password, to be changed at the first sign-in: {password}", password=password))
    return 0


def _password(*, ask: bool) -> str:
    if not ask:
        return f"Xl-{secrets.token_urlsafe(9)}7"
    first = getpass.getpass(tr("New password: "))
    if getpass.getpass(tr("Once more: ")) != first:
        raise FieldWrong(field=N_("Password"), reason=N_("typed differently the second time"))
    return first


def _correct(desk: LocalDesk, given: argparse.Namespace) -> int:
    asked = {
        "name": given.name,
        "title": given.title,
        "antibacterial_level": given.antibacterial,
        "active": given.active,
        "phone": given.phone,
    }
    changes: dict[str, Any] = {field: value for field, value in asked.items() if value is not None}
    if given.roles:
        changes["roles"] = tuple(map(Role, dict.fromkeys(given.roles)))
    if given.department is not None:
        changes["department_id"] = department_id(desk, given.department) if given.department else None
    if not changes:
        complain(tr("Nothing to correct: name what is to change, for example --title."))
        return 2
    return _store(desk, person(desk, given.login), changes)


def _deactivate(desk: LocalDesk, given: argparse.Namespace) -> int:
    return _store(desk, person(desk, given.login), {"active": False})


def _store(desk: LocalDesk, line: StaffLine, changes: dict[str, Any]) -> int:
    """Correct a person, and say what follows from it."""
    fields = {field: getattr(line, field) for field in ("name", "title", "department_id", "roles", "antibacterial_level", "active")}
    done = desk.perform(CorrectStaff(staff_id=line.id, **{**fields, **changes}))
    stored = tr("{name} ({login}) was corrected.", name=changes.get("name", line.name), login=line.login)
    gone = tr("{name} ({login}) was deactivated.", name=line.name, login=line.login)
    say(stored if changes.get("active", True) else gone)
    if done.sessions_ended:
        say(tr("Sign-ins ended: {n}.", n=done.sessions_ended))
    if done.clinic_sessions_left:
        complain(tr("Clinic sessions that are still on sale under this name: {n}.", n=done.clinic_sessions_left))
        complain(tr("Close them: xinglin clinic sessions close --doctor {login} --days …", login=line.login))
    return 0


def _reset(desk: LocalDesk, given: argparse.Namespace) -> int:
    line = person(desk, given.login)
    password = _password(ask=given.ask_password)
    desk.perform(ResetPassword(staff_id=line.id, password=password))
    if given.ask_password:
        say(tr("The password of {name} ({login}) is set; it must be changed at the next sign-in.", name=line.name, login=line.login))
    else:
        say(
            tr(
                "New password of {name} ({login}), to be changed at the next sign-in: {password}",
                name=line.name,
                login=line.login,
                password=password,
            )
        )
    return 0


def _badge(desk: LocalDesk, given: argparse.Namespace) -> int:
    line = person(desk, given.login)
    if given.revoke:
        return _revoke(desk, line)
    if not line.active:
        raise FieldWrong(field=N_("Badge"), reason=N_("this person was deactivated"))
    desk.perform(GiveBadge(staff_id=line.id, code=_scanned()))
    say(tr("The badge is {name}'s ({login}) from now on; an earlier one opens nothing any more.", name=line.name, login=line.login))
    return 0


def _revoke(desk: LocalDesk, line: StaffLine) -> int:
    try:
        desk.perform(RevokeBadge(staff_id=line.id))
    except NotFound as none:
        raise NotFound(kind=none.kind, key=line.login) from None
    say(tr("The badge of {name} ({login}) is revoked; it agrees to nothing any more.", name=line.name, login=line.login))
    return 0


def _scanned() -> str:
    """A badge's code. It is as good as a password: never echoed, and no argument, which stays in the shell's history."""
    code = (getpass.getpass(tr("Scan the badge: ")) if sys.stdin.isatty() else sys.stdin.readline()).strip()
    try:
        return fits(GiveBadge, "code")(code)  # type: ignore[no-any-return]
    except argparse.ArgumentTypeError:
        raise FieldWrong(field=N_("Badge"), reason=N_("12 to 64 characters, as it is scanned")) from None
