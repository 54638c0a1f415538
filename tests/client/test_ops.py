"""The bridge between threads, against a line that loses replies, breaks and comes back."""

from __future__ import annotations

import hashlib
import ssl
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
import shiboken6
from PySide6.QtCore import QObject

from client.changes import Feed
from client.connection import Connection, Service
from client.errors import NotKept, WrongCertificate
from client.journal import Journal
from client.ops import Ops
from client.ticket import LateAnswer, Link
from common import wire
from common.errors import NotSignedIn, Unreachable, XinglinError
from common.messages.catalogue import DiagnosisHit, DiagnosisHits, SearchDiagnoses
from common.messages.consult import HoldVisit
from common.messages.session import SignIn
from common.prescribing_errors import NoDiagnosis
from common.wire import Change, Done, Pushed
from devices.display.simulator import DisplaySimulator
from devices.scanner.simulator import ScannerSimulator
from tests.client.wire_server import Answer, WireServer, certificate_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.client.stage import Stage

COMMAND = HoldVisit(visit_id=7)


@pytest.fixture
def server() -> Iterator[WireServer]:
    made = WireServer()
    made.reply("hold_visit", Done())
    yield made
    made.stop()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "desk.sqlite")
    yield made
    made.close()


@pytest.fixture
def ops(qtbot: QtBot, server: WireServer, journal: Journal) -> Iterator[Ops]:
    before = threading.enumerate()
    made = Ops(Connection(Service(server.url)))
    made.use_journal(journal)
    made.resume(1)
    yield made
    made.stop()
    until_threads_end(before)


def until_threads_end(before: Collection[threading.Thread]) -> None:
    """Until the threads are gone that came since ``before``: a bridge's use the journal to the last."""
    for thread in set(threading.enumerate()) - set(before):
        if thread.name.startswith("xinglin-"):
            thread.join(20)
            assert not thread.is_alive(), thread.name


def ears() -> tuple[QObject, list[Any], list[Any]]:
    """An owner, and two lists for what it hears."""
    return QObject(), [], []


def wait(qtbot: QtBot, ready: Callable[[], bool]) -> None:
    qtbot.waitUntil(ready, timeout=20_000)


def test_a_lost_reply_is_asked_for_again_under_the_same_id(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    owner, heard, _ = ears()
    server.lose = 1
    ops.send(COMMAND, owner=owner, done=heard.append, request_id="form-1")
    wait(qtbot, lambda: bool(heard))
    qtbot.wait(50)
    assert [request_id for _, request_id, _ in server.asked] == ["form-1", "form-1"]
    assert heard == [Done()], "told once"
    wait(qtbot, lambda: not journal.waiting())


def test_with_no_line_a_command_waits_and_goes_out_when_it_is_back(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    owner, heard, failures = ears()
    server.stop()
    ops.send(COMMAND, owner=owner, done=heard.append, failed=failures.append, request_id="form-2")
    wait(qtbot, lambda: ops.link == Link(online=False, waiting=1))
    assert [act.request_id for act in journal.waiting()] == ["form-2"]
    assert not heard
    assert not failures
    server.start()
    wait(qtbot, lambda: bool(heard))
    assert ops.link == Link(online=True, waiting=0)


def test_what_never_left_can_be_taken_back(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    owner, heard, _ = ears()
    server.stop()
    ops.send(COMMAND, owner=owner, done=heard.append, request_id="form-3")
    wait(qtbot, lambda: any(not act.left_desk for act in journal.waiting()))
    wait(qtbot, lambda: ops.withdraw("form-3"))
    server.start()
    qtbot.wait(300)
    assert not server.asked
    assert not journal.waiting()


def test_pressing_twice_is_one_act(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    owner, heard, _ = ears()
    held = threading.Event()
    server.answers["hold_visit"] = lambda _body: (held.wait(30) and (200, b"{}")) or (200, b"{}")
    for _ in range(2):
        ops.send(COMMAND, owner=owner, done=heard.append, request_id="form-4")
    qtbot.wait(80)
    held.set()
    wait(qtbot, lambda: bool(heard))
    qtbot.wait(80)
    assert len(server.asked) == 1
    assert len(heard) == 1


def test_only_the_newest_of_several_questions_is_answered(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    released = threading.Event()

    def answer(body: bytes) -> Answer:
        asked = wire.decode(SearchDiagnoses, body)
        if asked.text == "g":
            released.wait(30)
        return 200, wire.encode(DiagnosisHits(diagnoses=(DiagnosisHit(code="A00", name=asked.text),)))

    server.answers["search_diagnoses"] = answer
    owner, shown, _ = ears()
    show = lambda hits: shown.append(hits.diagnoses[0].name)  # noqa: E731
    ops.send(SearchDiagnoses(text="g"), owner=owner, done=show)
    wait(qtbot, lambda: len(server.asked) == 1)
    ops.send(SearchDiagnoses(text="gm"), owner=owner, done=show)
    wait(qtbot, lambda: shown == ["gm"])
    released.set()
    qtbot.wait(150)
    assert shown == ["gm"], "the older answer came later and was dropped"
    ops.send(SearchDiagnoses(text="x"), owner=owner, done=show, key="x")
    ops.send(SearchDiagnoses(text="y"), owner=owner, done=show, key="y")
    wait(qtbot, lambda: set(shown) == {"gm", "x", "y"})


def test_a_refusal_reaches_the_form_or_the_result_line(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    server.reply("hold_visit", NoDiagnosis())
    owner, failures, untold = ears()
    ops.failed.connect(untold.append)
    ops.send(COMMAND, owner=owner, done=print, failed=failures.append)
    wait(qtbot, lambda: bool(failures))
    ops.send(COMMAND, owner=owner, done=print)
    wait(qtbot, lambda: bool(untold))
    assert isinstance(failures[0], NoDiagnosis)
    assert isinstance(untold[0], NoDiagnosis)
    wait(qtbot, lambda: not journal.waiting())


def test_a_closed_owner_hears_nothing_but_its_command_is_answered_late(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    heard: list[Any] = []
    late: list[LateAnswer] = []
    ops.answered_late.connect(late.append)
    gone, closed = QObject(), QObject()
    server.stop()
    ops.describe("Hold")
    ops.send(COMMAND, owner=gone, done=heard.append, request_id="gone")
    ops.send(COMMAND, owner=closed, done=heard.append, request_id="closed")
    ops.forget(closed)
    gone.deleteLater()
    wait(qtbot, lambda: not shiboken6.isValid(gone))
    server.start()
    wait(qtbot, lambda: len(late) == 2)
    assert not heard
    assert late[0].about == "Hold"
    assert late[0].error is None


def test_a_query_without_a_line_fails_at_once(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    server.stop()
    owner, failures, _ = ears()
    ops.send(SearchDiagnoses(text="g"), owner=owner, done=print, failed=failures.append)
    wait(qtbot, lambda: bool(failures))
    assert isinstance(failures[0], Unreachable)


def test_a_password_never_touches_the_disk(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    server.stop()
    owner, failures, _ = ears()
    ops.send(SignIn(login="wangfang", password="Geheim-12345"), owner=owner, done=print, failed=failures.append)
    wait(qtbot, lambda: bool(failures))
    assert not journal.waiting()
    assert all(b"Geheim" not in file.read_bytes() for file in journal.file.parent.iterdir())


def test_an_ended_session_keeps_the_command_until_somebody_signs_in(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    owner, heard, lost = ears()
    ops.session_lost.connect(lambda: lost.append(True))
    server.reply("hold_visit", NotSignedIn())
    ops.send(COMMAND, owner=owner, done=heard.append, request_id="form-5")
    wait(qtbot, lambda: bool(lost))
    qtbot.wait(400)
    assert len(server.asked) == 1, "not sent over and over"
    server.reply("hold_visit", Done())
    ops.resume(1)
    wait(qtbot, lambda: bool(heard))
    assert [request_id for _, request_id, _ in server.asked] == ["form-5", "form-5"]


def test_acts_of_before_a_crash_go_out_for_the_same_person_only(qtbot: QtBot, server: WireServer, tmp_path: Path) -> None:
    before = threading.enumerate()
    journal = Journal(tmp_path / "crashed.sqlite")
    journal.store("old-1", COMMAND, staff_id=1, about="Hold")
    journal.store("old-2", COMMAND, staff_id=2)
    ops = Ops(Connection(Service(server.url)))
    late: list[LateAnswer] = []
    ops.answered_late.connect(late.append)
    ops.use_journal(journal)
    ops.resume(1)
    wait(qtbot, lambda: len(late) == 1)
    wait(qtbot, lambda: [act.request_id for act in journal.waiting()] == ["old-2"])
    qtbot.wait(100)
    assert [request_id for _, request_id, _ in server.asked] == ["old-1"]
    ops.stop()
    until_threads_end(before)
    journal.close()


def test_changes_arrive_and_a_broken_feed_asks_from_where_it_stopped(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    heard: list[frozenset[Change]] = []
    ops.changed.connect(heard.append)
    wait(qtbot, lambda: server.listening == 1)
    server.push(Pushed(seq=41, changes=(Change(topic="bill", id=5),)))
    wait(qtbot, lambda: heard == [frozenset({Change(topic="bill", id=5)})])
    server.cut()
    wait(qtbot, lambda: len(server.feeds_asked) == 2)
    assert server.feeds_asked == ["/changes", "/changes?since=41"]
    wait(qtbot, lambda: server.listening == 1)
    server.push(Pushed(seq=60, changes=(), reset=True))
    wait(qtbot, lambda: heard[-1] == frozenset())


def test_a_feed_that_is_refused_ends_and_begins_again_after_signing_in(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    wait(qtbot, lambda: server.listening == 1)
    lost: list[bool] = []
    ops.session_lost.connect(lambda: lost.append(True))
    server.refuse_feeds = True
    server.cut()
    wait(qtbot, lambda: lost == [True])
    qtbot.wait(400)
    assert len(server.feeds_asked) == 2, "not asked over and over"
    server.refuse_feeds = False
    ops.resume(1)
    wait(qtbot, lambda: len(server.feeds_asked) == 3)


def test_a_person_may_stop_waiting_for_an_answer(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    released = threading.Event()
    server.answers["search_diagnoses"] = lambda _body: (released.wait(30) and (200, b"{}")) or (200, b"{}")
    owner, heard, failures = ears()
    ops.send(SearchDiagnoses(text="g"), owner=owner, done=heard.append, failed=failures.append)
    wait(qtbot, lambda: bool(server.asked))
    assert ops.give_up()
    assert ops.idle()
    assert not ops.give_up()
    released.set()
    qtbot.wait(100)
    assert not heard
    assert not failures


def test_work_in_another_thread_is_told_here_and_its_faults_too(qtbot: QtBot, ops: Ops) -> None:
    owner, done, failures = ears()
    here = threading.get_ident()
    ops.run(threading.get_ident, owner=owner, done=lambda there: done.append((there, threading.get_ident())))
    wait(qtbot, lambda: bool(done))
    assert done[0][0] != here
    assert done[0][1] == here
    ops.run(lambda: 1 / 0, owner=owner, done=print, failed=failures.append)
    wait(qtbot, lambda: bool(failures))
    assert isinstance(failures[0], XinglinError)
    assert "ZeroDivisionError" in str(failures[0])


def test_what_waits_too_long_is_said(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    released = threading.Event()
    server.answers["hold_visit"] = lambda _body: (released.wait(30) and (200, b"{}")) or (200, b"{}")
    slow: list[bool] = []
    ops.slow.connect(slow.append)
    owner, heard, _ = ears()
    ops.send(COMMAND, owner=owner, done=heard.append)
    wait(qtbot, lambda: slow == [True])
    released.set()
    wait(qtbot, lambda: slow == [True, False])


def test_what_cannot_be_written_down_is_not_sent_and_says_so(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    owner, heard, failures = ears()
    journal._base.execute("PRAGMA query_only = ON")
    ops.send(COMMAND, owner=owner, done=heard.append, failed=failures.append)
    wait(qtbot, lambda: bool(failures))
    assert isinstance(failures[0], NotKept)
    assert server.asked == []
    assert ops.waiting() == 0
    journal._base.execute("PRAGMA query_only = OFF")
    ops.send(COMMAND, owner=owner, done=heard.append, failed=failures.append)
    wait(qtbot, lambda: heard == [Done()])


def test_an_answer_that_cannot_be_noted_is_an_answer_all_the_same(qtbot: QtBot, ops: Ops, server: WireServer, journal: Journal) -> None:
    owner, heard, _ = ears()

    def full(_body: bytes) -> Answer:
        journal._base.execute("PRAGMA query_only = ON")
        return 200, wire.encode(Done())

    server.answers["hold_visit"] = full
    ops.send(COMMAND, owner=owner, done=heard.append)
    wait(qtbot, lambda: heard == [Done()])
    journal._base.execute("PRAGMA query_only = OFF")
    server.reply("hold_visit", Done())
    ops.send(COMMAND, owner=owner, done=heard.append)
    wait(qtbot, lambda: len(heard) == 2)


def test_another_certificate_than_at_pairing_is_said_and_nothing_is_sent(qtbot: QtBot, journal: Journal, tmp_path: Path) -> None:
    before = threading.enumerate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate_file(tmp_path)[0])
    server = WireServer(context)
    ops = Ops(Connection(Service(server.url, hashlib.sha256(b"another").digest())))
    said: list[XinglinError] = []
    owner, heard, failures = ears()
    ops.failed.connect(said.append)
    ops.use_journal(journal)
    ops.resume(1)
    ops.send(COMMAND, owner=owner, done=heard.append)
    ops.send(SearchDiagnoses(text="sg"), owner=owner, done=heard.append, failed=failures.append)
    wait(qtbot, lambda: bool(said) and bool(failures))
    assert isinstance(said[0], WrongCertificate)
    assert isinstance(failures[0], WrongCertificate)
    assert not ops.link.online
    assert (server.asked, heard) == ([], [])
    ops.stop()
    server.stop()
    until_threads_end(before)


# --- the end ------------------------------------------------------------------------------------------------------------------------


def test_a_desk_that_ends_leaves_no_line_open(qtbot: QtBot, ops: Ops, server: WireServer) -> None:
    owner, heard, _ = ears()
    server.reply("search_diagnoses", DiagnosisHits(diagnoses=()))
    ops.send(SearchDiagnoses(text="g"), owner=owner, done=heard.append)
    wait(qtbot, lambda: bool(heard) and server.listening == 1)
    assert server.connected >= 2, "one for questions, one for the feed"
    ops.stop()
    wait(qtbot, lambda: server.connected == 0)
    ops.connection.call(SearchDiagnoses(text="g"))  # what was asked last still goes out
    wait(qtbot, lambda: server.connected == 0)


def test_a_feed_that_is_stopped_while_it_connects_ends(server: WireServer, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[object] = []
    feed = Feed(Connection(Service(server.url)), heard=heard.append, online=heard.append, refused=lambda: heard.append("refused"))
    connect = Feed._connect

    def interrupted(self: Feed) -> object:
        socket = connect(self)
        feed.stop()  # there is nothing yet that it could close
        return socket

    monkeypatch.setattr(Feed, "_connect", interrupted)
    thread = threading.Thread(target=feed.run, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
    assert heard == []


def test_work_that_is_cancelled_at_the_end_is_no_trouble(qtbot: QtBot, ops: Ops, caplog: pytest.LogCaptureFixture) -> None:
    owner, heard, failures = ears()
    given_up: Future[int] = Future()
    ops.watch(given_up, owner=owner, done=heard.append, failed=failures.append)
    given_up.cancel()
    given_up.set_running_or_notify_cancel()
    ops.run(lambda: 7, owner=owner, done=heard.append)
    wait(qtbot, lambda: heard == [7])
    assert failures == []
    assert caplog.records == []


def test_devices_that_end_close_their_ports_and_say_nothing(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    entered, leave = threading.Event(), threading.Event()
    with DisplaySimulator() as display, ScannerSimulator() as scanner:
        devices = stage.place.devices
        devices.use("display", display.address)
        devices.use("scanner", scanner.address)
        stage.settle(until=lambda: scanner.connected)
        told: list[tuple[str, str]] = []
        devices.trouble.connect(lambda role, sentence: told.append((role, sentence)))

        def busy(_display: object) -> None:
            entered.set()
            leave.wait(30)

        devices.on_display(busy)
        assert entered.wait(20)
        devices.show("38.60")  # it waits behind the other, and is cancelled
        devices.stop()
        leave.set()
        stage.settle(until=lambda: not scanner.connected)
        stage.settle(until=lambda: all(thread.name != "port display" for thread in threading.enumerate()))
    assert told == []
    assert caplog.records == []
