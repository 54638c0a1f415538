"""The one actor that is no person: the machine's administrator, for set-up, import and what the service does by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.permissions import ROLE_PERMISSIONS, Permission, Role
from server.db import Read
from server.sessions import Actor

if TYPE_CHECKING:
    from server.db import Database

_SYSTEM: Final = Read("SELECT id FROM staff WHERE login = 'system'")


def system_actor(database: Database) -> Actor:
    """The row that the migrations make; nobody can sign in with it."""
    row = database.of_thread().execute(_SYSTEM.bytes).fetchone()
    if row is None:
        raise LookupError("the migrations make the staff row 'system'; it is gone")
    insurance = {Permission.INSURANCE_MANAGE, Permission.INSURANCE_USE}
    may = ROLE_PERMISSIONS[Role.ADMINISTRATOR] | ROLE_PERMISSIONS[Role.STORE_KEEPER] | insurance | {Permission.SESSION_OWN}
    return Actor(staff_id=row[0], name="system", roles=frozenset({Role.ADMINISTRATOR}), permissions=may)
