"""PostgreSQL refuses root: another account runs it, from folders that this account can enter."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psutil
import pytest

from common import places
from installer import accounts, postgres, programs
from installer.accounts import Account, can_enter, server_account
from installer.errors import NoServerAccount, NotReachable
from installer.postgres import EmbeddedPostgres, own_database

ROOT = sys.platform != "win32" and os.geteuid() == 0


def closed_folder(tmp_path: Path) -> Path:
    """A folder that only its owner may enter."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    return closed


def test_root_has_a_server_account_and_others_need_none() -> None:
    account = server_account()
    assert (account is not None) == ROOT
    assert account is None or account.uid != 0


def test_no_ordinary_account_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "CANDIDATES", ("no-such-account",))
    with pytest.raises(NoServerAccount, match="no-such-account"):
        server_account()


def test_closed_folder_cannot_be_entered_by_the_server_account(tmp_path: Path) -> None:
    closed = closed_folder(tmp_path)
    assert can_enter(closed, None)
    account = server_account()
    if account:  # Only root can ask as somebody else.
        assert not can_enter(closed, account)
        assert can_enter(Path("/usr"), account)
        with pytest.raises(NotReachable, match=account.name):
            EmbeddedPostgres(closed / "database").start()
        assert not (closed / "database").exists()


def test_roots_own_closed_folder_makes_way_for_the_systems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XINGLIN_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(closed_folder(tmp_path)))
    monkeypatch.setattr(postgres, "server_account", lambda: Account("postgres", 1, 1))
    monkeypatch.setattr(postgres, "can_enter", lambda *_: False)
    assert own_database().cluster.folder == places.SYSTEM_DATABASE_FOLDER
    monkeypatch.setattr(postgres, "can_enter", lambda *_: True)
    assert own_database().cluster.folder == places.database_folder()
    monkeypatch.setattr(postgres, "can_enter", lambda *_: False)
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "chosen"))
    assert own_database().cluster.folder == tmp_path / "chosen" / "data" / "database"


def test_programs_in_a_closed_folder_are_copied_and_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "can_enter", lambda *_: False)
    with EmbeddedPostgres(folder) as server:
        process = psutil.Process(int((folder / "cluster" / "postmaster.pid").read_text().split()[0]))
        assert Path(process.exe()).is_relative_to(folder.resolve())
        assert server.running()
    assert not list(folder.glob("*.half"))
