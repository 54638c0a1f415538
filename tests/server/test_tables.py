"""What the database itself refuses, whoever asks; and that the tables are those that the service thinks of."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import errors as pg
from sqlalchemy import create_engine

from common.domain.states import MACHINES, Machine
from server.tables import metadata
from tests import visits
from tests.server.office import Office

APPEND_ONLY = (
    "audit_entry",
    "audit_leaf",
    "audit_checkpoint",
    "request_log",
    "ledger_account",
    "ledger_operation",
    "ledger_posting",
    "stock_move",
    "stock_receipt",
    "stock_receipt_line",
    "stock_receipt_print",
    "herbal_order",
    "herbal_weight",
    "herbal_bag",
    "decoction_choice",
    "decoction_step",
    "record_version",
    "patient_version",
    "number_gap",
    "deposit_entry",
    "credit_entry",
    "expense",
    "invoice_print",
    "insurance_line",
    "drug_return",
    "drug_return_line",
    "hand_over",
    "hand_over_line",
    "open_pack_use",
    "owed_given_up",
    "owed_line",
    "owed_slip",
    "stock_take_recount",
    "drug_history",
    "controlled_entry",
    "controlled_empty",
    "controlled_residue",
    "controlled_count",
    "controlled_count_line",
    "recall_call",
    "recall_print",
    "stock_paper_line",
    "stock_paper_arrival",
    "stock_paper_step",
    "stock_paper_print",
    "stock_take_line",
    "stock_take_count",
    "drug_price",
    "price_change_line",
    "price_change_value",
    "price_change_unpaid",
    "stock_close_drug",
    "stock_close_move",
    "supplier_licence",
    "purchase_order_print",
    "temperature_reading",
    "temperature_remedy",
    "pharmacy_call",
    "doctor_call",
)


@pytest.fixture(scope="module")
def lived(office: Office) -> Office:
    """A clinic in which something happened."""
    patient = visits.new_patient(office)
    visit = visits.register(office, patient.id)
    visits.consult(office, visit.visit_id)
    prescription = visits.prescribe(office, visit.visit_id)
    visits.approve(office, prescription.id)
    visits.settle_all(office, patient.id)
    visits.hand_over(office, prescription.id)
    return office


@pytest.fixture
def owner(lived: Office) -> Iterator[psycopg.Connection[Any]]:
    """The owner's connection; what a test does is rolled back."""
    with psycopg.connect(lived.database.owner_dsn) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def service(lived: Office) -> Iterator[psycopg.Connection[Any]]:
    """A connection under the service's role."""
    with psycopg.connect(lived.database.dsn) as connection:
        yield connection
        connection.rollback()


def test_the_migrated_tables_are_those_of_the_service(office: Office) -> None:
    url = "postgresql+psycopg://" + office.database.owner_dsn.partition("://")[2]
    with warnings.catch_warnings(), create_engine(url).connect() as connection:
        warnings.filterwarnings("ignore", "Did not recognize type 'xid8'")  # SQLAlchemy cannot read this one type back
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        differences = [d for d in compare_metadata(context, metadata) if not _alembics_own(d)]
    assert differences == []


def _alembics_own(difference: Any) -> bool:
    return bool(difference[0] == "remove_table" and difference[1].name == "alembic_version")


def test_check_constraints_are_the_same_by_name(office: Office) -> None:
    """Alembic does not compare these."""
    there = {
        row[0]
        for row in office.rows("SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x') AND connamespace = 'public'::regnamespace")
    }
    from sqlalchemy import CheckConstraint
    from sqlalchemy.dialects.postgresql import ExcludeConstraint

    here = {
        str(c.name) for table in metadata.tables.values() for c in table.constraints if isinstance(c, CheckConstraint | ExcludeConstraint)
    }
    assert {name for name in there if not any(name == n or name.endswith(f"_{n}") for n in here)} == set()
    assert len(there) == len(here) > 15


# --- states


def states_in_database(office: Office, machine: Machine) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    source = office.rows("SELECT prosrc FROM pg_proc WHERE proname = %s", f"check_{machine.name}_state")[0][0]
    initial = frozenset(re.findall(r"'(\w+)'", re.search(r"NOT IN \((.*?)\)", source, re.DOTALL)[1]))  # type: ignore[index]
    edges: dict[str, set[str]] = {}
    for old, new in re.findall(r"'(\w+)>(\w+)'", source):
        edges.setdefault(old, set()).add(new)
    return initial, {old: frozenset(new) for old, new in edges.items()}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_the_triggers_hold_the_same_edges(office: Office, machine: Machine) -> None:
    assert states_in_database(office, machine) == (machine.initial, dict(machine.edges))
    triggers = office.rows("SELECT tgname FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal ORDER BY 1", machine.name)
    assert [row[0] for row in triggers] == ["begins", "steps"]


_SETTLEMENT = (
    "INSERT INTO settlement (kind, state, patient_id, plan, expected_fen, cashier_id, opened_at)"
    " SELECT 'SALE', 'OPEN', min(p.id), '{}', 100, min(s.id), now() FROM patient p, staff s"
)
_INSURANCE = (
    "INSERT INTO insurance_settlement (settlement_id, patient_id, state, psn_no, insutype, insuplc_admdvs, mdtrt_cert_type, med_type,"
    " ipt_otp_no, medfee_fen, fund_fen, account_fen, mutual_fen, hospital_fen, cash_fen, person, opened_at)"
    " SELECT max(id), min(patient_id), 'PERSON_READ', '', '', '', '', '', 'x', 0, 0, 0, 0, 0, 0, '{}', now() FROM settlement"
)
#: Rows of the tables that the clinic of these tests has no use for.
_EXAMPLE = {
    "drug_change": (
        "INSERT INTO drug_change (drug_id, state, before, after, effective_at, proposed_at, proposed_by)"
        " SELECT min(d.id), 'PROPOSED', '{}', '{}', now(), now(), min(s.id) FROM drug d, staff s",
    ),
    "decoction": (
        "INSERT INTO decoction (number, prescription_id, state, since, deliver) SELECT 'x', max(id), 'TAKEN_IN', now(), false FROM prescription",
    ),
    "stock_take": (
        "INSERT INTO stock_take (number, location_id, choice, state, opened_at, opened_by)"
        " SELECT 'x', min(p.id), 'ALL', 'OPEN', now(), min(s.id) FROM stock_location p, staff s",
    ),
    "price_change": (
        "INSERT INTO price_change (number, state, reason, effective_at, proposed_at, proposed_by)"
        " SELECT 'x', 'PROPOSED', '', now(), now(), min(id) FROM staff",
    ),
    "stock_paper": (
        "INSERT INTO stock_paper (number, kind, state, business_date, staff_id, at) VALUES ('x', 'DAMAGE', 'DRAFT', current_date, 1, now())",
    ),
    "quarantine": (
        "INSERT INTO quarantine (number, drug_id, lot, reason, state, staff_id, at) SELECT 'x', min(d.id), 'x', 'other', 'HELD', min(s.id), now()"
        " FROM drug d, staff s",
    ),
    "recall": (
        "INSERT INTO recall (number, drug_id, level, issuer, document, state, staff_id, at)"
        " SELECT 'x', min(d.id), 1, 'authority', 'x', 'OPEN', min(s.id), now() FROM drug d, staff s",
    ),
    "settlement": (_SETTLEMENT,),
    "channel_call": (
        _SETTLEMENT,
        "INSERT INTO channel_call (settlement_id, payment_id, channel, act, number, amount_fen, state, sent_at)"
        " SELECT max(s.id), max(y.id), 'wechat', 'PAY', 'x', 100, 'PENDING', now() FROM settlement s, payment y",
    ),
    "insurance_call": (
        "INSERT INTO insurance_call (infno, msgid, payload_hash, state, sent_at) VALUES ('2207', 'x', '', 'PENDING', now())",
    ),
    "insurance_settlement": (_SETTLEMENT, _INSURANCE),
    "einvoice": (
        "INSERT INTO einvoice (invoice_id, kind, platform, serial, state, payload, next_try_at, entered_at)"
        " SELECT max(id), 'BLUE', 'medical', 'x', 'PENDING', '{}', now(), now() FROM invoice",
    ),
    "purchase_order": (
        "INSERT INTO supplier (code, name) VALUES ('x', 'x')",
        "INSERT INTO purchase_order (number, supplier_id, state, business_date, made_at, made_by)"
        " SELECT 'x', max(p.id), 'DRAFT', now(), now(), min(s.id) FROM supplier p, staff s",
    ),
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_no_other_step_can_be_taken(owner: psycopg.Connection[Any], machine: Machine) -> None:
    """Tried for every pair of states, by the owner, past the service."""
    for statement in _EXAMPLE.get(machine.name, ()):
        owner.execute(statement)
    key = owner.execute(f"SELECT max(id) FROM {machine.name}").fetchone()
    assert key is not None
    assert key[0] is not None
    for old, new in itertools.product(machine.labels, repeat=2):
        if old == new:
            continue
        owner.execute("SAVEPOINT one")
        owner.execute(f"ALTER TABLE {machine.name} DISABLE TRIGGER steps")
        owner.execute(f"UPDATE {machine.name} SET {_fitting(machine, old)} WHERE id = %s", key)
        owner.execute(f"ALTER TABLE {machine.name} ENABLE TRIGGER steps")
        allowed = True
        try:
            owner.execute(f"UPDATE {machine.name} SET {_fitting(machine, new)} WHERE id = %s", key)
        except pg.CheckViolation as refused:
            assert "cannot go from" in str(refused), refused
            allowed = False
        owner.execute("ROLLBACK TO one")
        assert allowed is machine.allows(old, new), (old, new)


def _fitting(machine: Machine, state: str) -> str:
    """The state, with what other constraints want to go with it."""
    if machine.name == "stock_paper":
        return _paper(state)
    if machine.name == "quarantine":
        step = "now(), 1, 2, 'x'" if state == "RELEASED" else "NULL, NULL, NULL, ''"
        return f"state = '{state}', (released_at, released_by, agreed_by, release_note) = ROW({step})"
    if machine.name == "recall":
        step = "now(), 1, 'x'" if state == "CLOSED" else "NULL, NULL, ''"
        return f"state = '{state}', (closed_at, closed_by, report) = ROW({step})"
    if machine.name == "settlement":
        return f"state = '{state}', ended_at = {'NULL' if state in ('OPEN', 'QUOTED', 'UNKNOWN') else 'now()'}"
    if machine.name == "drug_change":
        ended = "NULL" if state == "PROPOSED" else "now()"
        return f"state = '{state}', ended_at = {ended}, ended_by = {'NULL' if state == 'PROPOSED' else '1'}"
    if machine.name == "einvoice":
        return f"state = '{state}', issued_at = {'now()' if state == 'ISSUED' else 'NULL'}"
    if machine.name != "charge_line":
        return f"state = '{state}'"
    bill = "NULL" if state in ("PENDING", "VOIDED") else "(SELECT min(id) FROM bill)"
    return f"state = '{state}', bill_id = {bill}"


def _paper(state: str) -> str:
    kind = {"OPEN": "REQUEST", "SERVED": "REQUEST", "CLOSED": "REQUEST"}.get(state, "DAMAGE")
    kind = "TRANSFER" if state in ("SENT", "RECEIVED", "CALLED_BACK") else kind
    places = "1, goes_to = 2" if kind == "TRANSFER" else "NULL, goes_to = NULL"
    decided = "NULL, NULL" if state in ("DRAFT", "OPEN", "SERVED", "SENT") else "2, now()"
    return f"state = '{state}', kind = '{kind}', out_of = {places}, (decided_by, decided_at) = ROW({decided})"


def test_the_least_owner_may_not_switch_the_guards_off(service: psycopg.Connection[Any]) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        service.execute("SET session_replication_role = replica")


# --- history


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_history_is_appended_to_and_never_changed(lived: Office, table: str) -> None:
    column = lived.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s ORDER BY ordinal_position LIMIT 1", table
    )[0][0]
    for sql in (f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        for dsn in (lived.database.dsn, lived.database.owner_dsn):
            with psycopg.connect(dsn) as connection, pytest.raises((pg.InsufficientPrivilege, pg.RestrictViolation)) as refused:
                connection.execute(sql)
            mine = dsn == lived.database.dsn
            assert isinstance(refused.value, pg.InsufficientPrivilege if mine else pg.RestrictViolation), (sql, mine)


def test_every_table_of_history_is_guarded(office: Office) -> None:
    guarded = {row[0] for row in office.rows("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'")}
    assert guarded == set(APPEND_ONLY)


def test_the_service_cannot_alter_tables(lived: Office) -> None:
    for sql in (
        "DROP TABLE outbox",
        "CREATE TABLE mine (id int)",
        "ALTER TABLE patient ADD COLUMN x int",
        "ALTER TABLE audit_entry DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON stock_move",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "TRUNCATE outbox",
        "DELETE FROM patient",
        "DELETE FROM charge_line",
        "SET ROLE xinglin_owner",
        "CREATE ROLE mine",
    ):
        with psycopg.connect(lived.database.dsn) as connection, pytest.raises(pg.InsufficientPrivilege):
            connection.execute(sql)


# --- the ledger


def post(connection: psycopg.Connection[Any], *amounts: int) -> int:
    row = connection.execute(
        "INSERT INTO ledger_operation (kind, at, business_date, staff_id) VALUES ('SALE', now(), current_date, 1) RETURNING id"
    ).fetchone()
    assert row is not None
    for amount in amounts:
        connection.execute(
            "INSERT INTO ledger_posting (operation_id, account, amount_fen) VALUES (%s, 'tender:cash', %s)", (row[0], amount)
        )
    return int(row[0])


@pytest.mark.parametrize("amounts", [(), (5,), (5, -4), (5, -5, 1), (2**62, 2**62, -1)])
def test_money_that_does_not_balance_is_not_committed(service: psycopg.Connection[Any], amounts: tuple[int, ...]) -> None:
    post(service, *amounts)
    with pytest.raises(pg.CheckViolation, match="does not balance"):
        service.commit()


def test_money_that_balances_is(owner: psycopg.Connection[Any]) -> None:
    post(owner, 500, -300, -200)
    owner.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_nothing_is_added_to_a_closed_operation(lived: Office, service: psycopg.Connection[Any]) -> None:
    old = lived.rows("SELECT min(id) FROM ledger_operation")[0][0]
    rows = "INSERT INTO ledger_posting (operation_id, account, amount_fen) VALUES (%s, 'tender:cash', 5), (%s, 'income:other', -5)"
    with pytest.raises(pg.RestrictViolation, match="closed"):
        service.execute(rows, (old, old))


def test_a_posting_of_nothing_and_one_to_no_account(service: psycopg.Connection[Any]) -> None:
    with pytest.raises(pg.CheckViolation):
        post(service, 0)
    service.rollback()
    operation = post(service, 1, -1)
    with pytest.raises(pg.ForeignKeyViolation):
        service.execute("INSERT INTO ledger_posting (operation_id, account, amount_fen) VALUES (%s, 'nobody', 1)", (operation,))


def test_a_sale_is_reversed_once(owner: psycopg.Connection[Any]) -> None:
    first = post(owner, 1, -1)
    for attempt in (1, 2):
        reversal = post(owner, -1, 1)
        sql = "INSERT INTO ledger_operation (kind, at, business_date, staff_id, reverses) VALUES ('REFUND', now(), current_date, 1, %s)"
        assert reversal > first
        if attempt == 2:
            with pytest.raises(pg.UniqueViolation):
                owner.execute(sql, (first,))
        else:
            owner.execute(sql, (first,))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stock_level SET on_hand = -1",
        "UPDATE stock_level SET reserved = on_hand + 1",
        "UPDATE stock_level SET reserved = -1",
        "UPDATE stock_balance SET on_hand = -0.0001",
        "UPDATE stock_balance SET picked = on_hand + 1",
        "UPDATE clinic_session SET taken = capacity + 1",
        "UPDATE clinic_session SET taken = -1",
        "UPDATE payment SET amount_fen = 0",
        "UPDATE prescription_line SET dispensed = quantity + 1",
        "UPDATE charge_line SET refunded_fen = amount_fen + 1",
        "UPDATE prescription SET reviewer_id = NULL",
        "INSERT INTO clinic (id, name) VALUES (2, 'x')",
    ],
)
def test_the_database_refuses_what_cannot_be(service: psycopg.Connection[Any], sql: str) -> None:
    with pytest.raises((pg.CheckViolation, pg.InsufficientPrivilege)) as refused:
        service.execute(sql)
    assert isinstance(refused.value, pg.CheckViolation), refused.value
