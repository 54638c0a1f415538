"""``xinglin simulate`` against the real service: what it leaves behind is clean, and the same seed leaves the same."""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from common.domain.documents import check_person
from common.domain.idcard import parse_id_number
from common.messages.patients import AllergyState, DocumentKind
from installer.postgres import EmbeddedPostgres
from installer.simulate import ground
from installer.simulate.command import Plan, simulate
from installer.simulate.digest import digest_of
from installer.simulate.illnesses import ADULTS, CHILDREN, DRUGS
from installer.simulate.people import CHILD_YEARS, invent
from installer.terminal import SetUpStopped
from server.catalogue.starter import starter
from server.check.examine import examine_database
from tests.harness import ZONE, TestDatabase

pytestmark = pytest.mark.slow
START = datetime.now(ZONE).date() + timedelta(days=1)


def test_the_same_seed_gives_the_same_clinic_and_it_is_clean(
    database: TestDatabase, postgres: EmbeddedPostgres, template: str, tmp_path: Path
) -> None:
    plan = Plan(days=2, patients=10, seed=7, start=START)
    first = simulate(plan, database.dsn, tmp_path / "first")
    assert examine_database(database.dsn, tmp_path / "first").findings == []

    postgres.create_from_template("simulated_again", template)
    try:
        again = simulate(plan, postgres.dsn(dbname="simulated_again"), tmp_path / "again")
    finally:
        postgres.drop("simulated_again")
    assert again == first
    assert first.visits["FINISHED"] > 10
    assert first.prescriptions["DISPENSED"] > 5
    assert sum(first.takings_fen.values()) > 0
    assert {"WrongPassword", "LockedOut", "NotPermitted"} <= set(first.refusals)


def test_the_digest_sees_every_change_of_the_business(database: TestDatabase) -> None:
    def digest() -> str:
        with psycopg.connect(database.dsn) as connection:
            return digest_of(connection)

    before = digest()
    assert digest() == before
    database.run("UPDATE stock_level SET reserved = reserved + 1 WHERE drug_id = 1")
    assert digest() != before


def test_invented_people_are_valid_and_varied() -> None:
    rng, today = random.Random(3), date(2026, 3, 3)
    people = [invent(rng, today) for _ in range(600)]
    for person in people:
        assert check_person(person.file, today) == person.file
        if person.file.document_kind is DocumentKind.ID_CARD:
            assert parse_id_number(person.file.document_number, today).birth_date == person.file.birth_date
        assert bool(person.file.guardian_name) is (person.years < CHILD_YEARS)
    assert {person.file.document_kind for person in people} >= {DocumentKind.ID_CARD, DocumentKind.PASSPORT, DocumentKind.NONE}
    assert {person.file.allergy_state for person in people} >= {AllergyState.KNOWN, AllergyState.NONE_KNOWN}
    assert len({person.file.name for person in people}) > 400


def test_illnesses_name_what_the_catalogue_has() -> None:
    assert set(DRUGS) <= {row.code for row in starter("drugs")}
    names = {row.code: row.name for row in starter("diagnoses")}
    for illness in (*ADULTS, *CHILDREN):
        assert names[illness.code] == illness.name


def test_nothing_is_simulated_in_a_real_clinic_or_on_a_day_that_was_lived(database: TestDatabase) -> None:
    assert ground.first_free_day(database.dsn, START) == START
    database.run("UPDATE clinic SET name = '仁和诊所'")
    with pytest.raises(SetUpStopped):
        ground.first_free_day(database.dsn, START)
    with pytest.raises(SetUpStopped):
        ground.check_name("Robert'); --")


def test_a_fresh_clinic_is_made_beside_the_one_at_hand(
    postgres: EmbeddedPostgres, template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from installer.simulate import main

    superuser = postgres.dsn("postgres", template)
    monkeypatch.setenv("XINGLIN_HOME", str(tmp_path))
    monkeypatch.setenv("XINGLIN_DATABASE_URL", superuser)
    monkeypatch.setenv("XINGLIN_OWNER_URL", superuser)
    try:
        assert main(["--days", "1", "--patients", "3", "--seed", "2", "--fresh", "lived_once"]) == 0
        said = json.loads(capsys.readouterr().out)
        assert said["plan"]["start"] == "2026-01-05"
        assert said["acts"]["register_visit"] >= 2
        assert examine_database(postgres.dsn(dbname="lived_once"), Path(said["keys"])).ok
        with pytest.raises(SetUpStopped):
            main(["--fresh", "lived_once"])
    finally:
        postgres.drop("lived_once")
