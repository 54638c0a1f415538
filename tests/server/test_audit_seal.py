"""The sealed trail: a Merkle tree whose leaves never change their order, whoever seals and whatever breaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from server.audit_seal import ENTRY_TEXT, Sealer, statement
from server.db import Database
from server.merkle import Frontier, leaf_hash, node_hash
from tests import visits
from tests.harness import Clinic, TestDatabase
from tests.server.office import Office, at_once


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(naive_root(leaves[:k]), naive_root(leaves[k:]))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 100])
def test_the_frontier_is_the_tree_of_the_rfc(size: int) -> None:
    leaves = [leaf_hash(str(n).encode()) for n in range(size)]
    frontier = Frontier()
    frontier.extend(leaves)
    assert (frontier.size, frontier.root()) == (size, naive_root(leaves))


def test_the_rfcs_own_vectors() -> None:
    """RFC 6962's test data as published with Certificate Transparency."""
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    both = Frontier()
    both.extend([leaf_hash(b""), leaf_hash(b"\x00")])
    assert both.root().hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


def act(office: Office, times: int = 1) -> None:
    for _ in range(times):
        visits.new_patient(office)


def unsealed(database: TestDatabase) -> int:
    return int(database.value("SELECT count(*) FROM audit_entry e WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.entry_id = e.id)"))


def verify(database: TestDatabase, keys: Path) -> int:
    """Check every leaf and every checkpoint from nothing; gives back the tree's size."""
    with psycopg.connect(database.owner_dsn) as connection:
        rows = connection.execute(
            f"SELECT l.leaf, l.hash, {ENTRY_TEXT} FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.leaf"
        ).fetchall()
        checkpoints = connection.execute("SELECT size, root, at, signature FROM audit_checkpoint ORDER BY size").fetchall()
    assert [row[0] for row in rows] == list(range(len(rows)))
    assert [bytes(row[1]) for row in rows] == [leaf_hash(row[2].encode()) for row in rows]
    leaves = [bytes(row[1]) for row in rows]
    public = load_pem_public_key((keys / "audit.pub").read_bytes())
    for size, root, at, signature in checkpoints:
        assert bytes(root) == naive_root(leaves[:size])
        public.verify(bytes(signature), statement(size, bytes(root), at))  # type: ignore[call-arg, union-attr]
    assert not rows or checkpoints[-1][0] == len(rows)
    return len(rows)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def sealing(own_office: Office) -> Iterator[Database]:
    """Connections for sealers."""
    database = Database(own_office.database.dsn)
    yield database
    database.close()


def now(office: Office) -> datetime:
    return office.clock.wall()


def test_every_entry_is_sealed_once_in_order(own_office: Office, sealing: Database, keys: Path) -> None:
    sealer = Sealer(sealing, keys)
    everything = int(own_office.database.value("SELECT count(*) FROM audit_entry"))
    assert sealer.seal(now(own_office)) == everything > 20  # the sample clinic's own set-up
    assert sealer.seal(now(own_office)) == 0
    act(own_office, 3)
    assert sealer.seal(now(own_office)) == 3
    assert verify(own_office.database, keys) == everything + 3
    assert unsealed(own_office.database) == 0
    log = [json.loads(line) for line in (keys / "audit-checkpoints.log").read_text().splitlines()]
    assert [line["size"] for line in log] == [everything, everything + 3]
    with psycopg.connect(own_office.database.owner_dsn) as connection:
        kept = connection.execute("SELECT size, root, signature FROM audit_checkpoint ORDER BY size").fetchall()
    assert [(line["size"], line["root"], line["signature"]) for line in log] == [(s, bytes(r).hex(), bytes(g).hex()) for s, r, g in kept]


def test_nothing_is_sealed_while_an_older_transaction_is_open(own_office: Office, sealing: Database, keys: Path) -> None:
    """Otherwise its entry would have to go between leaves that are sealed already."""
    sealer = Sealer(sealing, keys)
    sealer.seal(now(own_office))
    with psycopg.connect(own_office.database.dsn) as older:
        older.execute("INSERT INTO audit_entry (at, act, subjects) VALUES (now(), 'older', '[]')")
        act(own_office, 2)
        assert sealer.seal(now(own_office)) == 0
        older.commit()
    assert sealer.seal(now(own_office)) == 3
    acts = own_office.rows("SELECT e.act FROM audit_leaf l JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.leaf DESC LIMIT 3")
    assert acts[-1] == ("older",)
    verify(own_office.database, keys)


def test_two_sealers_make_one_tree(own_office: Office, sealing: Database, keys: Path) -> None:
    sealers = [Sealer(sealing, keys) for _ in range(2)]
    for _ in range(4):
        act(own_office, 2)
        at_once(*(partial(sealer.seal, now(own_office)) for sealer in sealers))
    for sealer in sealers:
        act(own_office)
        sealer.seal(now(own_office))
    assert unsealed(own_office.database) == 0
    verify(own_office.database, keys)


def test_a_restarted_sealer_goes_on_where_the_last_one_stopped(own_office: Office, sealing: Database, keys: Path) -> None:
    for _ in range(3):
        act(own_office)
        assert Sealer(sealing, keys).seal(now(own_office)) > 0
    assert unsealed(own_office.database) == 0
    verify(own_office.database, keys)


def test_a_sealing_that_broke_off_is_made_up_for(own_office: Office, sealing: Database, keys: Path) -> None:
    sealer = Sealer(sealing, keys)
    sealer.seal(now(own_office))
    act(own_office, 3)
    own_office.database.run("ALTER TABLE audit_checkpoint ADD CONSTRAINT planted CHECK (false) NOT VALID")
    with pytest.raises(psycopg.Error):
        sealer.seal(now(own_office))
    own_office.database.run("ALTER TABLE audit_checkpoint DROP CONSTRAINT planted")
    act(own_office, 2)
    assert sealer.seal(now(own_office)) == 5
    assert unsealed(own_office.database) == 0
    verify(own_office.database, keys)


def test_a_service_that_stops_leaves_nothing_unsealed(clinic: Clinic) -> None:
    visits.new_patient(clinic)
    clinic.stop()
    assert clinic.database.value("SELECT count(*) FROM audit_entry WHERE act = 'register_patient'") == 1
    assert unsealed(clinic.database) == 0
    verify(clinic.database, clinic.service.config.keys)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE audit_entry SET act = 'x' WHERE id = (SELECT min(id) FROM audit_entry)",
        "UPDATE audit_leaf SET hash = '\\x00' WHERE leaf = 3",
        "DELETE FROM audit_leaf WHERE leaf = 3",
        "DELETE FROM audit_leaf WHERE leaf = (SELECT max(leaf) FROM audit_leaf)",
        "UPDATE audit_checkpoint SET signature = '\\x00'",
        "UPDATE audit_checkpoint SET at = at + interval '1 second'",
    ],
)
def test_tampering_does_not_verify(own_office: Office, sealing: Database, keys: Path, tampering: str) -> None:
    Sealer(sealing, keys).seal(now(own_office))
    verify(own_office.database, keys)
    for table in ("audit_entry", "audit_leaf", "audit_checkpoint"):
        own_office.database.run(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
    own_office.database.run(tampering)
    with pytest.raises((AssertionError, InvalidSignature)):
        verify(own_office.database, keys)
