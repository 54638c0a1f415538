"""What must survive a crash: drafts and unanswered commands."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from client.errors import NotKept
from client.journal import Journal
from common.messages.consult import HoldVisit, RecordText

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WRITER = """
import sys
from pathlib import Path
from client.journal import Journal
from common.messages.consult import HoldVisit, RecordText
journal = Journal(Path(sys.argv[1]))
for number in range(1, 100000):
    journal.keep("doctor:record:7", RecordText(chief_complaint=str(number)))
    journal.store(f"act-{number}", HoldVisit(visit_id=number), staff_id=1)
    print(number, flush=True)
"""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "desk.sqlite")
    yield made
    made.close()


def test_a_draft_comes_back_as_it_was(journal: Journal) -> None:
    record = RecordText(chief_complaint="咳嗽三天")
    journal.keep("doctor:record:7", record)
    assert journal.draft("doctor:record:7", RecordText) == record
    assert journal.drafts("doctor:") == ["doctor:record:7"]
    journal.drop("doctor:record:7")
    assert journal.draft("doctor:record:7", RecordText) is None


def test_a_draft_of_another_form_is_no_draft(journal: Journal) -> None:
    journal.keep("k", {"nobody": "knows"})
    assert journal.draft("k", RecordText) is None


def test_a_draft_is_the_persons_own(journal: Journal) -> None:
    record = RecordText(chief_complaint="咳嗽三天")
    hers, his = journal.of(1), journal.of(11)
    hers.keep("doctor:record:7", record)
    assert his.draft("doctor:record:7", RecordText) is None
    assert (hers.drafts("doctor:"), his.drafts()) == (["doctor:record:7"], [])
    his.drop("doctor:record:7")
    assert hers.draft("doctor:record:7", RecordText) == record
    hers.drop("doctor:record:7")
    assert journal.drafts() == []


def test_commands_wait_in_their_order_until_answered(journal: Journal) -> None:
    for name in ("b", "a", "c"):
        journal.store(name, HoldVisit(visit_id=ord(name)), staff_id=1 if name != "c" else 2)
    journal.store("a", HoldVisit(visit_id=999), staff_id=1)
    assert [act.request_id for act in journal.waiting()] == ["b", "a", "c"]
    assert [act.request_id for act in journal.waiting(2)] == ["c"]
    assert journal.waiting(1)[1].request() == HoldVisit(visit_id=ord("a"))
    journal.answered("b")
    assert [act.request_id for act in journal.waiting(1)] == ["a"]


def test_only_what_certainly_stayed_is_withdrawn(journal: Journal) -> None:
    journal.store("a", HoldVisit(visit_id=1), staff_id=1)
    assert not journal.withdraw("a"), "it may have left"
    journal.stayed("a")
    assert journal.withdraw("a")
    assert not journal.waiting()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no file modes; the user's own folder guards the file")
def test_only_its_user_can_read_it(journal: Journal) -> None:
    assert stat.S_IMODE(journal.file.stat().st_mode) == 0o600


def test_a_killed_desk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    file = tmp_path / "killed.sqlite"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(file)], stdout=subprocess.PIPE, text=True, env=environment) as writer:
        assert writer.stdout is not None
        seen = 0
        while seen < 60:
            seen = int(writer.stdout.readline())
        writer.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        rest = [int(line) for line in writer.stdout.read().split("\n")[:-1] if line.isdecimal()]
    last = max([seen, *rest])
    journal = Journal(file)
    stored = {act.request_id for act in journal.waiting()}
    assert {f"act-{number}" for number in range(1, last + 1)} <= stored
    draft = journal.draft("doctor:record:7", RecordText)
    assert draft is not None
    assert int(draft.chief_complaint) >= last
    journal.close()


def test_a_disk_that_takes_nothing_is_told_once_and_stops_no_timer(journal: Journal) -> None:
    told: list[NotKept] = []
    journal.trouble = told.append
    journal.keep("doctor:record:7", RecordText(chief_complaint="咳嗽"))
    journal._base.execute("PRAGMA query_only = ON")  # what SQLite answers on a full or read-only disk, too
    for _ in range(3):
        journal.keep("doctor:record:7", RecordText(chief_complaint="咳嗽三天"))
    assert len(told) == 1
    assert journal.file.name in str(told[0])
    with pytest.raises(NotKept):
        journal.store("act-1", HoldVisit(visit_id=1), staff_id=1)
    journal._base.execute("PRAGMA query_only = OFF")
    journal.keep("doctor:record:7", RecordText(chief_complaint="咳嗽三天"))
    kept = journal.draft("doctor:record:7", RecordText)
    assert kept is not None
    assert kept.chief_complaint == "咳嗽三天"
    journal._base.execute("PRAGMA query_only = ON")
    journal.drop("doctor:record:7")
    assert len(told) == 2, "it worked in between, so it is said again"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(NotKept):
        Journal(in_the_way / "desk.sqlite")
