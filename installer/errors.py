"""What can be wrong with the database under the service, each with what to do about it.

::

    DatabaseTrouble
    ├── NotReachable            the server's account cannot enter the folder
    ├── NoServerAccount         root, but there is no ordinary account to run PostgreSQL
    ├── NoEmbeddedPostgres      the package is not there for this platform
    ├── InitFailed, StartFailed, StopFailed      a PostgreSQL program gave up, with its own words
    ├── ForeignCluster          the folder holds a database that this program did not make
    ├── PasswordsLost           the cluster stands, the file of passwords does not
    ├── MadeByOtherVersion      the cluster belongs to another major version
    └── ServerUnusable          an external server: no answer, too old, wrong encoding
"""

from __future__ import annotations

from dataclasses import dataclass

from common.errors import Trouble
from common.i18n import N_


class DatabaseTrouble(Trouble):
    """Base: the database cannot be used. Nothing in it was changed."""


@dataclass(eq=False)
class NotReachable(DatabaseTrouble):
    """``account`` may not pass through one of the folders above ``folder``."""

    folder: str
    account: str
    text = N_("PostgreSQL runs as the account {account}, and this account may not enter {folder}.")
    remedy = N_("Choose a folder that other accounts may pass through, or start as an ordinary user.")


@dataclass(eq=False)
class NoServerAccount(DatabaseTrouble):
    """Neither of ``tried`` exists."""

    tried: str
    text = N_("PostgreSQL refuses to run as root, and none of these accounts exists: {tried}.")
    remedy = N_("Start as an ordinary user.")


@dataclass(eq=False)
class NoEmbeddedPostgres(DatabaseTrouble):
    """No embedded PostgreSQL under ``folder``."""

    folder: str
    text = N_("The embedded PostgreSQL is missing below {folder}.")
    remedy = N_("Run “python3 -m installer setup” again, or name a PostgreSQL server of your own by its address.")


@dataclass(eq=False)
class InitFailed(DatabaseTrouble):
    """``initdb`` gave up. ``said`` are its last lines."""

    said: str
    text = N_("The database could not be made. PostgreSQL says: {said}")


@dataclass(eq=False)
class StartFailed(DatabaseTrouble):
    """The server did not come up, also after retries. ``said`` are its last lines, ``log`` the file with the rest."""

    said: str
    log: str
    text = N_("The database did not start. PostgreSQL says: {said}")
    remedy = N_("The whole report is in {log}.")


@dataclass(eq=False)
class StopFailed(DatabaseTrouble):
    """The server still runs, also after an immediate stop was asked for."""

    said: str
    text = N_("The database did not stop. PostgreSQL says: {said}")


@dataclass(eq=False)
class ForeignCluster(DatabaseTrouble):
    """``folder`` holds a cluster without our stamp that has been in use. It is left untouched."""

    folder: str
    text = N_("The folder {folder} holds a database that this program did not make.")
    remedy = N_("Nothing in it was touched. Move it away, or choose another folder.")


@dataclass(eq=False)
class PasswordsLost(DatabaseTrouble):
    """The cluster stands but ``file`` is gone."""

    file: str
    text = N_("The file with the database's passwords is missing: {file}.")
    remedy = N_("Bring it back from the backup; without it nobody can sign in to the database.")


@dataclass(eq=False)
class MadeByOtherVersion(DatabaseTrouble):
    """``made`` and ``installed`` are PostgreSQL's major versions."""

    made: str
    installed: str
    text = N_("The database was made by PostgreSQL {made}, but {installed} is installed.")
    remedy = N_("Install the version of this program that made it, back it up there, and restore the backup here.")


@dataclass(eq=False)
class ServerUnusable(DatabaseTrouble):
    """The server at an address is not fit. ``reason`` is already in the person's language; the address shows no password."""

    address: str
    reason: str
    text = N_("The database server {address} cannot be used: {reason}")
