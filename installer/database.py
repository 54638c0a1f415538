"""Which database a command works on: the clinic's own server, or the embedded one, which then runs as long as the command.

The parts below know only two environment variables: ``XINGLIN_DATABASE_URL``, the address with the service's role, and
``XINGLIN_OWNER_URL``, the address with the role that may change tables. Where the first is set, it names a server of the clinic's
own; where it is not, both are set to the embedded database.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from common import places
from common.i18n import tr
from installer.cluster import APP, OWNER
from installer.external import check_server
from installer.postgres import own_database
from installer.terminal import SetUpStopped, complain

SERVICE_VARIABLE: Final = "XINGLIN_DATABASE_URL"
OWNER_VARIABLE: Final = "XINGLIN_OWNER_URL"


@contextmanager
def database_at_hand() -> Iterator[None]:
    """Both variables name a usable database inside the block. Raises the errors of :mod:`installer.errors`."""
    if url := os.environ.get(SERVICE_VARIABLE):
        check_server(url)
        check_server(os.environ.setdefault(OWNER_VARIABLE, url), migrates=True)
        yield
        return
    database = own_database()
    if database.cluster.folder == places.SYSTEM_DATABASE_FOLDER:
        complain(tr("PostgreSQL does not run as root, so the database lies in {folder}.", folder=database.cluster.folder))
    _leave_in_order()
    with database:
        ours = {SERVICE_VARIABLE: database.dsn(APP), OWNER_VARIABLE: database.dsn(OWNER)}
        os.environ.update(ours)
        try:
            yield
        finally:
            for name in ours:
                os.environ.pop(name, None)


def require_tables() -> None:
    """Raise :class:`SetUpStopped` unless the database at hand is at this program's version."""
    from migrations.run import newest, version_of

    if version_of(os.environ[SERVICE_VARIABLE]) != newest():
        raise SetUpStopped(tr("The database is not at this version yet. Run “xinglin migrate” first."))


def _leave_in_order() -> None:
    """A request to end (service unit, closed terminal) must also stop the database: it becomes an ordinary ``SystemExit``."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), leave)
