"""Folders are named by the platform's convention, or all below XINGLIN_HOME; naming them creates nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from common import places

EVERY_FOLDER = (
    places.data_folder,
    places.cache_folder,
    places.logs_folder,
    places.database_folder,
    places.journal_folder,
    places.keys_folder,
)


def test_home_variable_holds_every_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path / "clinic"))
    folders = [folder() for folder in EVERY_FOLDER]
    assert all(folder.is_relative_to(tmp_path / "clinic") for folder in folders)
    assert len(set(folders)) == len(folders)
    assert not (tmp_path / "clinic").exists(), "naming a folder must not create it"


def test_home_variable_may_be_relative(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XINGLIN_HOME", "here")
    assert places.data_folder() == tmp_path / "here" / "data"


def test_database_journal_and_keys_lie_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XINGLIN_HOME", raising=False)
    for folder in (places.database_folder, places.journal_folder, places.keys_folder):
        assert folder().parent == places.data_folder()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the XDG convention is Linux's")
def test_linux_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XINGLIN_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert places.data_folder() == tmp_path / "share" / "xinglin"
    assert places.cache_folder() == tmp_path / "cache" / "xinglin"
    assert places.logs_folder() == tmp_path / "state" / "xinglin" / "log"
