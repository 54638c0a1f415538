"""Dispatch: a write happens exactly once, whatever breaks; bad input of any kind is refused and stores nothing."""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import psycopg
import pytest

from common.errors import RequestIdReused, TooBusy
from common.messages.admin import AddDepartment
from common.messages.consult import CallVisit
from common.messages.patients import GetPatient, RegisterPatient, SearchPatients
from common.messages.registration import CancelVisit, RegisterVisit
from common.permissions import Permission
from common.wire import Command, Refused, Request, decode, encode, new_request_id, request_types, wire_name
from installer.postgres import EmbeddedPostgres
from server.clock import Clock
from server.db import Database
from server.dispatch import Answer, Call, Dispatch
from server.features import HANDLERS
from server.logs import JsonLines
from tests import visits
from tests.harness import Clinic, SignedInDesk, TestDatabase
from tests.server.office import Office, at_once, session
from tests.server.test_patients import file

CLERK = visits.CLERK


def patients(office: Office) -> int:
    return int(office.database.value("SELECT count(*) FROM patient"))


def refused(answer: Answer) -> str:
    assert answer.status >= 400, answer.body
    return decode(Refused, answer.body).error


# --- exactly once


def test_the_same_id_twice_has_one_effect_and_the_same_bytes(clinic: Clinic) -> None:
    clerk = clinic.desk(CLERK)
    request, request_id = RegisterPatient(file=file()), new_request_id()
    first, second = clerk.raw(request, request_id), clerk.raw(request, request_id)
    assert first.content == second.content
    assert ("replayed" in first.headers, second.headers.get("replayed")) == (False, "1")
    assert clinic.database.value("SELECT count(*) FROM patient") == 1
    assert clinic.database.value("SELECT count(*) FROM audit_entry WHERE act = 'register_patient'") == 1
    third = clerk.raw(RegisterPatient(file=file(), another_person=True), new_request_id())
    assert third.content != first.content
    again = clerk.http.post(  # the same fields in another order and spacing are the same payload
        "/api/register_patient",
        content=json.dumps(dict(reversed(json.loads(encode(request)).items())), indent=3),
        headers={"Request-Id": request_id, "Authorization": f"Bearer {clerk.token}"},
    )
    assert (again.content, again.headers.get("replayed")) == (first.content, "1")


def test_the_same_id_from_eight_threads_has_one_effect(own_office: Office) -> None:
    clerk = own_office.desk(CLERK)
    request, request_id = RegisterPatient(file=file(), another_person=True), new_request_id()
    answers = at_once(*[lambda: clerk.answer(request, request_id)] * 8)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 7
    assert patients(own_office) == 1


def test_the_same_id_with_another_payload_is_refused(office: Office) -> None:
    clerk, request_id = office.desk(CLERK), new_request_id()
    clerk.call(RegisterPatient(file=file(name="甲甲")), request_id)
    others: list[Request[Any]] = [RegisterPatient(file=file(name="乙乙")), CancelVisit(visit_id=1, reason="x")]
    for other in others:
        with pytest.raises(RequestIdReused):
            clerk.call(other, request_id)
    assert office.rows("SELECT count(*) FROM patient WHERE name = '乙乙'") == [(0,)]


def test_a_refused_id_may_be_used_again(office: Office) -> None:
    clerk, request_id = office.desk(CLERK), new_request_id()
    before = patients(office)
    wrong = RegisterPatient(file=file(name="丙丙", document_kind="id_card", document_number="123"))
    for _ in range(2):
        assert refused(office.dispatch.answer(call(office, wrong, request_id))) == "FieldWrong"
    assert patients(office) == before
    assert office.rows("SELECT 1 FROM request_log WHERE id = %s", uuid.UUID(request_id)) == []
    assert clerk.call(RegisterPatient(file=file(name="丙丙")), request_id).file.name == "丙丙"


def call(office: Office, request: Request[Any], request_id: str = "") -> Call:
    """A request as it comes in, of a clerk whose session is real."""
    return Call(name=wire_name(type(request)), body=encode(request), token=token(office), request_id=request_id or new_request_id())


def token(office: Office, login: str = CLERK) -> str:
    """A session's token, without the password's cost."""
    import hashlib

    secret = uuid.uuid4().hex
    office.database.run(
        "INSERT INTO session (token_hash, staff_id, created_at, last_seen_at, expires_at)"
        " SELECT %s, id, now(), now(), now() + interval '1 hour' FROM staff WHERE login = %s",
        hashlib.sha256(secret.encode()).digest(),
        login,
    )
    return secret


# --- bad input


def test_every_command_needs_an_id_that_is_one(office: Office) -> None:
    for request_id in ("", "1", "x" * 36, "00000000-0000-0000-0000-00000000000g"):
        one = msgspec.structs.replace(call(office, RegisterPatient(file=file())), request_id=request_id)
        assert refused(office.dispatch.answer(one)) == "Malformed"


FILE = {"name": "戴一", "sex": "1", "birth_date": "1990-03-07"}
BAD = [
    ("register_patient", b""),
    ("register_patient", b"{"),
    ("register_patient", b"null"),
    ("register_patient", b"[]"),
    ("register_patient", b"\xff\xfe"),
    ("register_patient", b'{"file": {"name": "\\ud800", "sex": "1", "birth_date": "1990-03-07"}}'),
    ("register_patient", json.dumps({"file": FILE, "surprise": 1}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "surprise": 1}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "birth_date": "1990-02-30"}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "birth_date": 19900307}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "sex": "3"}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "sex": 1}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "name": "戴" * 51}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "name": "戴\0一"}}).encode()),
    ("register_patient", json.dumps({"file": {**FILE, "address": "某路\0一号"}}).encode()),
    ("register_patient", json.dumps({"file": FILE, "another_person": "yes"}).encode()),
    ("register_patient", json.dumps({"file": FILE, "another_person": 0}).encode()),
    ("search_patients", b'{"text": "\\u0000"}'),
    ("search_patients", b'{"text": "a", "limit": 0}'),
    ("search_patients", b'{"text": "a", "limit": "3"}'),
    ("search_patients", b'{"text": "a", "limit": 3.5}'),
    ("search_patients", b'{"text": "' + b"a" * 61 + b'"}'),
    ("get_patient", b'{"patient_id": "3"}'),
    ("get_patient", b'{"patient_id": false}'),
    ("get_patient", b'{"patient_id": 1.5}'),
    ("get_patient", b'{"patient_id": null}'),
    ("get_patient", b"{}"),
    ("get_patient", b'{"patient_id": 1e400}'),
    ("get_patient", b'{"patient_id": ' + b"9" * 5000 + b"}"),
    ("get_patient", b"[" * 100_000),
    ("register_visit", b'{"patient_id": 1, "session_id": 1, "expected_fee_fen": -1}'),
    ("register_visit", b'{"patient_id": 1, "session_id": 1, "expected_fee_fen": 1, "tenders": [{"kind": "gold", "amount_fen": 1}]}'),
    ("register_visit", b'{"patient_id": 1, "session_id": 1, "expected_fee_fen": 1, "tenders": [{"kind": "cash", "amount_fen": 0}]}'),
]


@pytest.mark.parametrize(("name", "body"), BAD, ids=[f"{name}-{n}" for n, (name, _) in enumerate(BAD)])
def test_malformed_requests_are_refused_and_store_nothing(office: Office, name: str, body: bytes) -> None:
    before = patients(office)
    answer = office.dispatch.answer(Call(name=name, body=body, token=token(office), request_id=new_request_id()))
    assert refused(answer) in ("Malformed", "FieldWrong"), answer.body
    assert patients(office) == before


@pytest.mark.parametrize("number", [10**10, 2**63 - 1, 2**63, 2**64 - 1])
def test_numbers_of_any_length_find_nothing(office: Office, number: int) -> None:
    secret = token(office, "fangzhou")
    for name in ("get_patient", "get_encounter", "get_prescription", "call_visit", "start_consult", "hold_visit"):
        kind = request_types()[name]
        field = kind.__struct_fields__[0]
        answer = office.dispatch.answer(
            Call(name=name, body=json.dumps({field: number}).encode(), token=secret, request_id=new_request_id())
        )
        assert refused(answer) in ("NotFound", "Malformed"), (name, answer.body)


def test_a_number_a_billion_digits_long_is_refused_before_it_is_counted(clinic: Clinic) -> None:
    """Not a billion here, but more than a body may have: 64 MiB."""
    clerk = clinic.desk(CLERK)

    def digits() -> Iterator[bytes]:
        yield b'{"patient_id": '
        for _ in range(1100):
            yield b"9" * 65536
        yield b"}"

    started = time.monotonic()
    answer = clerk.http.post("/api/get_patient", content=digits(), headers={"Authorization": f"Bearer {clerk.token}"})
    assert answer.status_code == 413
    assert decode(Refused, answer.content).error == "Malformed"
    assert time.monotonic() - started < 20
    assert clerk.call(SearchPatients(text="x")).hits == ()


def test_what_nobody_knows_is_not_found(clinic: Clinic) -> None:
    clerk = clinic.desk(CLERK)
    for path in ("/api/drop_tables", "/api/", "/api/../health/x", "/nothing", "/api/register_patient/1"):
        answer = clerk.http.post(path, content=b"{}", headers={"Authorization": f"Bearer {clerk.token}"})
        assert answer.status_code == 404, path
    assert clerk.http.get("/api/search_patients").status_code in (404, 405)


def test_what_refers_to_nothing_is_a_refusal_and_no_fault(own_office: Office) -> None:
    body = {"login": "newone", "name": "某人", "roles": ["doctor"], "password": "Apricot-2026", "department_id": 10**6}
    answer = own_office.dispatch.answer(
        Call(name="add_staff", body=json.dumps(body).encode(), token=token(own_office, "admin"), request_id=new_request_id())
    )
    assert refused(answer) == "NotFound"
    twice = AddDepartment(code="NK", name="又一个内科")
    answer = own_office.dispatch.answer(msgspec.structs.replace(call(own_office, twice), token=token(own_office, "admin")))
    assert refused(answer) == "AlreadyExists"


# --- when the database does not play along


@contextmanager
def holding(office: Office, sql: str, *parameters: object) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's transaction that has locks."""
    with psycopg.connect(office.database.owner_dsn) as connection:
        connection.execute(sql, parameters)
        yield connection
        connection.rollback()


def wait_for(office: Office, condition: str) -> Any:
    """Until a session of this database is in some state; gives back its process id."""
    sql = f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'xinglin' AND {condition}"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pid = as_service(office.database, sql)
        if pid is not None:
            return pid
        time.sleep(0.01)
    raise TimeoutError(condition)


def as_service(database: TestDatabase, sql: str) -> Any:
    """One value, asked under the service's role: it alone sees and ends its sessions."""
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        row = connection.execute(sql).fetchone()
    return row[0] if row else None


LOCKED = "wait_event_type = 'Lock'"


def registered(office: Office, name: str = "水一") -> int:
    return visits.register(office, visits.new_patient(office, name).id).visit_id


def test_a_deadlock_is_tried_again(own_office: Office, postgres: EmbeddedPostgres) -> None:
    visit_id = registered(own_office)
    name = own_office.database.name
    with psycopg.connect(postgres.dsn("postgres", name), autocommit=True) as superuser:
        # The service alone looks for deadlocks, and not before the other one waits too, however slow this machine is.
        superuser.execute(f"ALTER DATABASE {name} SET deadlock_timeout = '3s'")
        superuser.execute(f"ALTER ROLE xinglin_owner IN DATABASE {name} SET deadlock_timeout = '1h'")
    clerk = own_office.desk(CLERK)
    outcome: list[Any] = []
    with holding(own_office, "SELECT FROM visit WHERE id = %s FOR UPDATE", visit_id) as other:
        thread = threading.Thread(target=lambda: outcome.append(clerk.answer(CancelVisit(visit_id=visit_id, reason="不看了"))))
        thread.start()  # it locks the clinic session and waits for the visit
        wait_for(own_office, LOCKED)
        other.execute("SELECT FROM clinic_session FOR UPDATE")
        other.rollback()
        thread.join(60)
    assert [answer.status for answer in outcome] == [200]
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    deadline = time.monotonic() + 30
    while own_office.database.value(deadlocks) == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert own_office.database.value(deadlocks) >= 1  # it really was one
    assert own_office.rows("SELECT count(*) FROM bill WHERE kind = 'REFUND'") == [(1,)]


def test_who_waits_too_long_is_told_that_it_is_busy(own_office: Office) -> None:
    visit_id = registered(own_office)
    for lock, statement in ((100, 30_000), (10_000, 500)):
        database = Database(own_office.database.dsn, lock_timeout_ms=lock, statement_timeout_ms=statement)
        dispatch = Dispatch(database, Clock())
        with holding(own_office, "SELECT FROM visit WHERE id = %s FOR UPDATE", visit_id):
            request = CallVisit(visit_id=visit_id)
            one = msgspec.structs.replace(call(own_office, request), token=token(own_office, "fangzhou"))
            answer = dispatch.answer(one)
        assert (refused(answer), answer.status) == ("TooBusy", TooBusy.status)
        database.close()
    assert own_office.rows("SELECT state FROM visit WHERE id = %s", visit_id) == [("WAITING",)]


def kill_all(clinic: Clinic) -> None:
    """End every connection of the service."""
    ours = "datname = current_database() AND application_name = 'xinglin'"
    assert as_service(clinic.database, f"SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE {ours}") > 0


def test_a_connection_that_died_between_requests_is_not_noticed(own_office: Office) -> None:
    clerk = own_office.desk(CLERK)
    patient = visits.new_patient(own_office)
    kill_all(own_office)
    assert [hit.id for hit in clerk.call(SearchPatients(text="zxs")).hits] == [patient.id]
    kill_all(own_office)
    assert clerk.call(GetPatient(patient_id=patient.id)).id == patient.id
    kill_all(own_office)
    clerk.call(RegisterPatient(file=file()))
    assert patients(own_office) == 2
    secret = token(own_office)  # the session's look-up may be the one that meets the dead connection
    kill_all(own_office)
    answer = own_office.dispatch.answer(Call(name="search_patients", body=b'{"text": "zxs"}', token=secret))
    assert answer.status == 200, answer.body


def test_a_service_whose_connections_all_died_goes_on(clinic: Clinic) -> None:
    clerk = clinic.desk(CLERK)
    for _ in range(3):
        kill_all(clinic)
        assert clerk.call(SearchPatients(text="zxs")).hits == ()
    kill_all(clinic)
    SignedInDesk(clinic.url, "hulan")  # a sign-in has no request id, and nothing was sent yet
    kill_all(clinic)
    assert clerk.http.get("/health").json() == {"service": "ok", "database": "ok"}


def test_a_connection_that_dies_during_a_write_leaves_one_effect(own_office: Office) -> None:
    patient = visits.new_patient(own_office)
    found = session(own_office)
    request = RegisterVisit(patient_id=patient.id, session_id=found.id, expected_fee_fen=found.fee_fen, tenders=visits.cash(found.fee_fen))
    clerk, outcome = own_office.desk(CLERK), list[Any]()
    with holding(own_office, "SELECT FROM clinic_session WHERE id = %s FOR UPDATE", found.id):
        thread = threading.Thread(target=lambda: outcome.append(clerk.answer(request)))
        thread.start()
        as_service(own_office.database, f"SELECT pg_terminate_backend({wait_for(own_office, LOCKED)}, 5000)")
    thread.join(60)
    assert [answer.status for answer in outcome] == [200]
    assert own_office.rows("SELECT count(*) FROM visit") == [(1,)]
    assert session(own_office).left == found.left - 1


def test_a_commit_whose_answer_was_lost_is_not_done_again(own_office: Office, lossy: LossyLine) -> None:
    dispatch = Dispatch(Database(lossy.dsn), Clock())
    request, request_id = RegisterPatient(file=file()), new_request_id()
    lossy.lose_commits = 1
    answer = dispatch.perform(request, own_office.actor(CLERK), request_id)
    assert lossy.lost == 1
    assert (answer.status, answer.replayed) == (200, True)  # the id told that it was done
    assert patients(own_office) == 1


def test_a_commit_lost_with_the_database_behind_it_is_unknown_and_never_called_undone(own_office: Office, lossy: LossyLine) -> None:
    dispatch = Dispatch(Database(lossy.dsn), Clock())
    one = call(own_office, RegisterPatient(file=file()))
    lossy.lose_commits, lossy.gone_afterwards = 1, True
    answer = dispatch.answer(one)
    assert lossy.lost == 1
    assert refused(answer) == "OutcomeUnknown"
    lossy.gone_afterwards = False
    assert dispatch.answer(one).status == 200
    assert patients(own_office) == 1


class LossyLine:
    """Stands between service and PostgreSQL; lets a COMMIT through and then breaks the line before the answer."""

    def __init__(self, dsn: str) -> None:
        import socket
        from urllib.parse import urlsplit

        parts = urlsplit(dsn)
        self._server = (parts.hostname or "", parts.port or 0)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.dsn = dsn.replace(f":{parts.port}/", f":{self._listener.getsockname()[1]}/", 1)
        self.lose_commits = self.lost = 0
        self.gone_afterwards = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        import socket

        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.lost and self.gone_afterwards:
                near.close()
                continue
            far = socket.create_connection(self._server)
            threading.Thread(target=self._pump, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._pump, args=(far, near, False), daemon=True).start()

    def _pump(self, source: Any, target: Any, upward: bool) -> None:
        import socket

        try:
            while data := source.recv(65536):
                if upward and b"COMMIT" in data and self.lose_commits:
                    self.lose_commits -= 1
                    self.lost += 1
                    source.shutdown(socket.SHUT_RDWR)  # the answer has nowhere to go
                target.sendall(data)
        except OSError:
            pass
        finally:
            if not upward:
                target.close()

    def close(self) -> None:
        self._listener.close()


@pytest.fixture
def lossy(own_office: Office) -> Iterator[LossyLine]:
    line = LossyLine(own_office.database.dsn)
    yield line
    line.close()


# --- faults of our own


def test_a_fault_gives_a_reference_and_the_log_no_data(own_office: Office, caplog: pytest.LogCaptureFixture) -> None:
    own_office.database.run("ALTER TABLE patient ADD CONSTRAINT planted CHECK (name <> '水果')")
    request = RegisterPatient(file=file(name="水果", phone="13712345678", document_kind="passport", document_number="G7654321"))
    with caplog.at_level(logging.DEBUG):
        answer = own_office.dispatch.answer(call(own_office, request))
    assert answer.status == 500
    fault = decode(Refused, answer.body)
    assert fault.error == "ServiceBroken"
    lines = "\n".join(JsonLines().format(record) for record in caplog.records)
    assert fault.fields["reference"] in lines
    for secret in ("水果", "13712345678", "G7654321"):
        assert secret not in lines
        assert secret not in caplog.text  # not even before the mask
        assert secret.encode() not in answer.body
    assert patients(own_office) == 0


def test_masks_what_slips_into_a_log_line() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "call 13812341234 about 11010119900307002X, id 123456", (), None)
    line = json.loads(JsonLines().format(record))
    assert line["text"] == "call 1********** about ******************, id 123456"
    quoted = logging.LogRecord("x", logging.ERROR, __file__, 1, "bad\nDETAIL:  Failing row contains (1, 张三)", (), None)
    assert "张三" not in JsonLines().format(quoted)


# --- the table of requests


def test_every_request_has_what_it_needs() -> None:
    import server.features

    server.features.load()
    for name, kind in request_types().items():
        assert kind in HANDLERS, name
        assert (kind.__doc__ or "").strip(), name
        assert not (kind.__doc__ or "").startswith(f"{kind.__name__}("), name
        assert (HANDLERS[kind].carry_out.__doc__ or "").strip(), name
        assert kind.writes is issubclass(kind, Command)
    assert {kind for kind in HANDLERS if kind.permission is not Permission.SERVICE} == set(request_types().values())


def test_only_replies_with_secrets_and_free_repeats_are_not_kept() -> None:
    from_outside = request_types().values()
    kept_out = {wire_name(kind) for kind, handler in HANDLERS.items() if kind in from_outside and kind.writes and not handler.replayed}
    assert kept_out == {
        "apply_price_changes",
        "approve",
        "begin_prices",
        "give_badge",
        "sign_in",
        "unlock",
        "change_password",
        "offer_pairing",
        "set_training_clock",
        "expire_prescriptions",
        "add_staff",
        "reset_password",
    }
