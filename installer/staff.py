"""``xinglin staff``: people on the service's own machine, above all the first administrator, who takes on the others at a desk."""

from __future__ import annotations

import argparse
import getpass
import os
import secrets

from common.errors import XinglinError
from common.i18n import tr
from common.messages.admin import AddStaff, ListStaff
from common.permissions import Role, role_name
from installer.terminal import complain, say
from server.local import LocalDesk


def options(argv: list[str]) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="xinglin staff", description=tr("Add people, give roles, set passwords."))
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help=tr("show everybody"))
    add = commands.add_parser("add", help=tr("take on a person; the first password is made or asked for"))
    add.add_argument("login", help=tr("login name: small letters, digits, dots"))
    add.add_argument("name", help=tr("the person's name"))
    add.add_argument("roles", nargs="+", choices=[str(role) for role in Role], help=tr("roles"))
    add.add_argument("--title", default="", help=tr("professional title"))
    add.add_argument("--ask-password", action="store_true", help=tr("ask for the first password instead of making one"))
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    """``xinglin staff list | add``."""
    given = options(argv)
    desk = LocalDesk(os.environ["XINGLIN_DATABASE_URL"])
    try:
        return _list(desk) if given.command == "list" else _add(desk, given)
    except XinglinError as refused:
        complain(str(refused))
        return 1
    finally:
        desk.close()


def _list(desk: LocalDesk) -> int:
    for person in desk.perform(ListStaff()).staff:
        roles = ", ".join(role_name(role) for role in person.roles)
        say(f"{person.login:<16} {person.name} {person.title} {person.department} [{roles}]")
    return 0


def _add(desk: LocalDesk, given: argparse.Namespace) -> int:
    password = getpass.getpass(tr("First password: ")) if given.ask_password else f"Xl-{secrets.token_urlsafe(9)}7"
    roles = tuple(Role(role) for role in given.roles)
    desk.perform(AddStaff(login=given.login, name=given.name, title=given.title, roles=roles, password=password))
    if not given.ask_password:
        say(tr("First password, to be changed at the first sign-in: {password}", password=password))
    return 0
