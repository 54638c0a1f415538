"""Who runs PostgreSQL: the person themself, or, because PostgreSQL refuses root, an ordinary account in root's place."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypedDict

from installer.errors import NoServerAccount

CANDIDATES: Final = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """An ordinary account of the system."""

    name: str
    uid: int
    gid: int


class RunAs(TypedDict, total=False):
    """Arguments for ``subprocess`` that change the account; empty when it stays the same."""

    user: int
    group: int
    extra_groups: list[int]


if sys.platform == "win32":

    def server_account() -> Account | None:
        """Always ``None``: ``pg_ctl`` gives up an administrator's rights by itself."""
        return None

    def hand_over(path: Path, account: Account | None) -> None:
        """Nothing to do: files below the user's own folder belong to the user."""

else:

    def server_account() -> Account | None:
        """The account for PostgreSQL when we are root, else ``None``. Raises :class:`NoServerAccount`."""
        if os.geteuid() != 0:
            return None
        import pwd

        entries = {entry.pw_name: entry for entry in pwd.getpwall()}
        for name in CANDIDATES:
            if name in entries:
                return Account(name, entries[name].pw_uid, entries[name].pw_gid)
        raise NoServerAccount(tried=", ".join(CANDIDATES))

    def hand_over(path: Path, account: Account | None) -> None:
        """Make ``account`` the owner of ``path``."""
        if account is not None:
            os.chown(path, account.uid, account.gid)


def run_as(account: Account | None) -> RunAs:
    """What ``subprocess`` needs to run a program as ``account``."""
    return {} if account is None else {"user": account.uid, "group": account.gid, "extra_groups": []}


def can_enter(folder: Path, account: Account | None) -> bool:
    """Whether ``account`` may pass through ``folder``, asked of the system itself so that access lists count too."""
    if account is None:
        return True
    return subprocess.run(["/bin/sh", "-c", 'test -x "$0"', str(folder)], cwd="/", check=False, **run_as(account)).returncode == 0


def first_existing(folder: Path) -> Path:
    """``folder``, or the nearest folder above it that exists."""
    return next(candidate for candidate in (folder, *folder.parents) if candidate.exists())
