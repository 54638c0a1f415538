"""The bench itself: the clinic that it generates is a true one, and the floor that it measures against does what the service does."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from common.wire import decode, encode
from installer.cluster import SUPERUSER
from installer.postgres import EmbeddedPostgres
from server.check.examine import SECTIONS as CHECKS
from server.check.examine import examine_database
from tests.bench import SECTIONS, main
from tests.bench.data import ZONE, Clinic, Store, seal, visits_of
from tests.bench.growth import _Half, _row
from tests.bench.history import Loader, visits_a_day
from tests.bench.kinds import READS, WRITES, Kinds
from tests.bench.names import DIFFERENT, different_names
from tests.bench.plan import _multiple, _within, plan_of
from tests.bench.requests import Pace, Supply, _measure, percentile_ms, traces_of
from tests.bench.start import _start
from tests.bench.states import QUEUE_LENGTH, States
from tests.bench.trace import Step, Trace, Tracer, writing_cursor

PATIENTS = VISITS = 4000
NAME = "generated"


@pytest.fixture(scope="module")
def generated(postgres: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Clinic:
    """A small generated clinic."""
    postgres.create_from_template(NAME, template)
    dsns = [postgres.dsn(role, NAME) for role in ("xinglin_app", "xinglin_owner", SUPERUSER)]
    Loader(dsns[2], PATIENTS, VISITS, datetime.now(ZONE).date()).load()
    keys = tmp_path_factory.mktemp("keys")
    clinic = Clinic(patients=PATIENTS, visits=VISITS, name=NAME, dsn=dsns[0], owner_dsn=dsns[1], super_dsn=dsns[2], keys=keys)
    seal(clinic)
    return clinic


@pytest.fixture(scope="module")
def examined(generated: Clinic, postgres: EmbeddedPostgres) -> Clinic:
    """A copy as it was made, before anything was prepared or measured in it."""
    postgres.create_from_template("examined", NAME)
    return Clinic(
        patients=generated.patients,
        visits=generated.visits,
        name="examined",
        dsn=postgres.dsn(dbname="examined"),
        owner_dsn=postgres.dsn("xinglin_owner", "examined"),
        super_dsn=postgres.dsn(SUPERUSER, "examined"),
        keys=generated.keys,
    )


@pytest.fixture(scope="module")
def kinds(generated: Clinic, examined: Clinic) -> Iterator[Kinds]:
    """Requests for it, with their prepared states."""
    states = States(generated, seed=3)
    yield Kinds(states)
    states.close()


@pytest.fixture
def tracer(generated: Clinic) -> Iterator[Tracer]:
    """The service's dispatch, written down."""
    tracer = Tracer(generated.dsn)
    yield tracer
    tracer.close()


# --- the generated clinic


def test_the_examination_finds_nothing_in_a_generated_clinic(examined: Clinic) -> None:
    report = examine_database(examined.dsn, examined.keys, tuple(CHECKS), "Asia/Shanghai")
    assert [finding.sentence for finding in report.findings] == []


def test_every_bill_of_it_has_its_sealed_audit_entry(examined: Clinic) -> None:
    with examined.connected() as connection:
        row = connection.execute(
            "SELECT count(*), count(e.id), count(l.leaf) FROM ledger_operation o LEFT JOIN audit_entry e ON e.request_id = o.request_id"
            " LEFT JOIN audit_leaf l ON l.entry_id = e.id WHERE o.kind = 'SALE'"
        ).fetchone()
    assert row == (VISITS * 17 // 10,) * 3


def test_it_has_its_indexes_and_keys_back(examined: Clinic, template: str, postgres: EmbeddedPostgres) -> None:
    sql = (
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' ||"
        " pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated ORDER BY 1"
    )
    with examined.connected() as connection, psycopg.connect(postgres.dsn(SUPERUSER, template)) as original:
        assert connection.execute(sql).fetchall() == original.execute(sql).fetchall()


def test_names_are_found_by_what_a_clerk_types() -> None:
    names = list(different_names())
    assert len({name for _, name, _ in names}) == DIFFERENT
    assert all(keys and all(key.isascii() for key in keys) for _, _, keys in names[:500])
    shan = next(keys for _, name, keys in names if name.startswith("单"))
    assert any(key.startswith("shan") for key in shan)


@pytest.mark.parametrize(("patients", "visits"), [(200, 1000), (10_000, 50_000), (200_000, 1_000_000), (1_000_000, 1_000_000)])
def test_a_clinic_has_whole_days(patients: int, visits: int) -> None:
    assert visits_of(patients) == visits
    assert visits % visits_a_day(visits) == 0


def test_a_store_makes_a_clinic_once_and_knows_a_half_made_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "store"
    store = Store(folder)
    made: list[str] = []

    def names() -> list[str]:
        return ["making_200", *made]

    monkeypatch.setattr(store, "_names", names)
    monkeypatch.setattr(store, "_clinic", lambda patients, name: Clinic(
        patients=patients, visits=0, name=name, dsn="", owner_dsn="", super_dsn="", keys=folder))  # fmt: skip
    monkeypatch.setattr(store, "_make", lambda _patients, name: made.append(name))
    first, second = store.clinic(200), store.clinic(200)
    assert made == [first.name] == [second.name]


# --- prepared states


def test_each_kind_of_request_is_carried_out(kinds: Kinds, tracer: Tracer) -> None:
    for kind in (*READS, *WRITES):
        asked = kinds.make(kind, 3)
        assert len(asked) == 3
        for one in asked:
            tracer.trace(one.request, one.token)


def test_the_queue_is_as_long_as_it_says(kinds: Kinds, tracer: Tracer) -> None:
    one = kinds.make("queue", 1)[0]
    reply = json.loads(tracer.trace(one.request, one.token).reply)
    assert len(reply["entries"]) == QUEUE_LENGTH


def test_the_mix_has_its_shares(kinds: Kinds) -> None:
    names = [type(one.request).__name__ for one in kinds.make("mix", 100)]
    assert {name: names.count(name) for name in set(names)} == {
        "SearchPatients": 60,
        "RegisterVisit": 15,
        "SignPrescription": 15,
        "Settle": 10,
    }


# --- the floor


@pytest.mark.parametrize("kind", [*READS, *WRITES])
def test_the_floor_runs_the_statements_of_the_service(kind: str, kinds: Kinds, tracer: Tracer, generated: Clinic) -> None:
    traces = traces_of(kinds, kind, tracer)
    run = plan_of(traces).compiled()
    usual = Counter(tuple(step.sql for step in trace.steps) for trace in traces).most_common(1)[0][0]
    traces = [trace for trace in traces if tuple(step.sql for step in trace.steps) == usual]
    steps: list[Step] = []
    with psycopg.connect(generated.dsn, autocommit=True) as connection:
        connection.cursor_factory = writing_cursor(steps)
        for one in kinds.make(kind, 3):
            steps.clear()
            reply = run(connection, one.request, encode(one.request), uuid.uuid4(), datetime.now(ZONE))
            assert [step.sql for step in steps] == [step.sql for step in traces[0].steps]
            assert [step.rows is None for step in steps] == [step.rows is None for step in traces[0].steps]
            assert reply.startswith((b"{", b"["))


@pytest.mark.parametrize("kind", WRITES)
def test_only_amounts_and_actors_of_the_floor_stay_as_they_were_traced(kind: str, kinds: Kinds, tracer: Tracer) -> None:
    plan = plan_of(traces_of(kinds, kind, tracer))
    names = {where.split(".")[1].partition("[")[0] for where in plan.as_traced}
    assert names <= {"quantities", "amount_fen", "staff_id", "cashier_id", "by", "session_id"}


def test_a_floor_that_left_a_statement_out_would_be_noticed(kinds: Kinds, tracer: Tracer) -> None:
    traces = traces_of(kinds, "settle", tracer)[:2]
    shortened = Trace(
        request=traces[1].request,
        request_id=traces[1].request_id,
        payload_hash=traces[1].payload_hash,
        reply=traces[1].reply,
        steps=traces[1].steps[:-1],
    )
    with pytest.raises(ValueError, match="differ in their statements"):
        plan_of([traces[0], shortened])


def test_values_are_found_multiplied_and_within_texts() -> None:
    assert _multiple("r0[0][0]", [3, 5], [-3, -5]) == "r0[0][0] * -1"
    assert _multiple("r0[0][0]", [3, 5], [3000, 5000]) == "r0[0][0] * 1000"
    assert _multiple("r0[0][0]", [3, 5], [4, 6]) is None
    assert _within("q.text", ["zs", "lw"], ["zs%", "lw%"]) == 'f"{q.text}%"'
    number = _within("r1[0][0]", [7, 42], ["26112200007", "26112200042"])
    assert number is not None
    assert eval(number, {"r1": [[123]]}) == "26112200123"


# --- measuring


def test_a_measurement_of_a_read_and_a_write(generated: Clinic, kinds: Kinds) -> None:
    rows = _measure(generated, ("search", "settle"), Pace(0.1, 1, 20))
    assert [(row["name"], row["kind"], row["clients"]) for row in rows] == [
        (name, kind, clients) for name, kind in (("search", "read"), ("settle", "write")) for clients in (1, 8, 32, 100)
    ]
    for row in rows:
        assert row["errors"] == row["floor_errors"] == 0
        assert row["per_second"] > 0
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["p99_ms"]
        assert 0 < row["floor_cpu_ms"] < 200
        assert 0.3 < row["cpu_ratio"] < 10


def test_writes_are_sent_once_and_reads_again(kinds: Kinds) -> None:
    writes, reads = Supply(kinds, "settle", Pace(0.01, 1)), Supply(kinds, "search", Pace(0.01, 1))
    first, second = writes.some(), writes.some()
    assert not {one.request for one in first} & {one.request for one in second}
    assert reads.some() == reads.some()


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    times = [n * 1_000_000 for n in range(1, 101)]
    assert [percentile_ms(times, percent) for percent in (50, 95, 99)] == [50.0, 95.0, 99.0]
    assert percentile_ms([], 50) is None


def test_growth_compares_medians() -> None:
    small, large = _Half.__new__(_Half), _Half.__new__(_Half)
    small.nanoseconds, large.nanoseconds = [1_000_000, 2_000_000, 9_000_000], [3_000_000, 3_000_000, 3_000_000]
    small.cpu_ns, large.cpu_ns = [1.0, 1.0], [1.1, 1.1]
    row = _row("search", 200_000, small, large)
    assert (row["request"], row["from"], row["to"], row["ratio"], row["cpu_ratio"]) == ("search", 10_000, 200_000, 1.5, 1.1)


def test_a_bare_window_tells_when_it_was_painted(tmp_path: Path) -> None:
    said = _start(["-m", "tests.bench.started", "bare"], str(tmp_path))
    assert 0 < said["sign_in_s"] < 60
    assert 5 < said["sign_in_pss_mb"] < 500


def test_an_impossible_size_is_refused_before_anything_is_made() -> None:
    with pytest.raises(SystemExit):
        main(["requests", "--patients", "5"])
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert set(SECTIONS) >= {"requests", "search", "growth", "start"}


def test_what_crosses_to_the_crowd_is_what_the_service_reads(kinds: Kinds) -> None:
    one = kinds.make("settle", 1)[0]
    assert decode(type(one.request), one.shot().body.encode()) == one.request
