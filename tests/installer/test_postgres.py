"""The embedded server lives through everything that happens to a desk machine: kills, power cuts, rivals, taken ports."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from installer.errors import ForeignCluster, MadeByOtherVersion, PasswordsLost
from installer.postgres import EmbeddedPostgres

REPO = Path(__file__).resolve().parents[2]

OTHER_STARTER = """
import sys
from pathlib import Path
from installer.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
print("started", flush=True)
sys.stdin.readline()
server.stop()
print("stopped", flush=True)
"""


@contextmanager
def other_starter(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER_STARTER, str(folder)], cwd=REPO, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def let_stop(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()
    assert said(process) == "stopped"


def main_process(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "cluster" / "postmaster.pid").read_text().split()[0]))


def working(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def port(server: EmbeddedPostgres) -> int:
    return int(str(server.cluster.remembered()["port"]))


def test_starts_stops_and_starts_again_with_its_rows_and_its_port(made_folder: Path) -> None:
    with EmbeddedPostgres(made_folder) as server:
        assert server.running()
        first_port = port(server)
        with psycopg.connect(server.dsn("xinglin_owner")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT '杏林' AS name")
    assert not server.running()
    with EmbeddedPostgres(made_folder) as server, psycopg.connect(server.dsn()) as connection:
        assert port(server) == first_port
        assert connection.execute("SELECT name FROM kept").fetchone() == ("杏林",)


def test_second_starter_attaches_and_only_the_first_one_stops(made_folder: Path) -> None:
    with EmbeddedPostgres(made_folder) as first:
        with EmbeddedPostgres(made_folder) as second:
            assert second.dsn() == first.dsn()
        assert first.running(), "who attached must not stop it"
    assert not first.running()


def test_force_stops_what_another_started(made_folder: Path) -> None:
    first, second = EmbeddedPostgres(made_folder), EmbeddedPostgres(made_folder)
    first.start()
    second.stop(force=True)
    assert not first.running()
    first.stop()


def test_two_starters_at_once_share_one_server(folder: Path) -> None:
    with other_starter(folder) as one, other_starter(folder) as two:
        assert said(one) == said(two) == "started"
        server = main_process(folder)
        starter = EmbeddedPostgres(folder).cluster.remembered()["starter"]
        first, second = (one, two) if starter == [one.pid, psutil.Process(one.pid).create_time()] else (two, one)
        let_stop(second)
        assert working(server)
        let_stop(first)
        assert not EmbeddedPostgres(folder).running()


def test_the_next_starter_takes_the_place_of_a_killed_one(made_folder: Path) -> None:
    with other_starter(made_folder) as doomed:
        assert said(doomed) == "started"
        doomed.kill()
        doomed.wait()
    survivor = main_process(made_folder)
    with EmbeddedPostgres(made_folder) as heir:
        assert main_process(made_folder) == survivor, "the running server is used"
    assert not heir.running(), "and stopped by its heir"


def test_killed_server_starts_again_while_its_children_still_work(made_folder: Path) -> None:
    server = EmbeddedPostgres(made_folder)
    server.start()
    with psycopg.connect(server.dsn("xinglin_owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    orphan = psycopg.connect(server.dsn("xinglin_owner"))
    orphan.execute("INSERT INTO kept VALUES (1001)")
    orphan.pgconn.send_query(b"SELECT sum(sqrt(n)) FROM generate_series(1, 8000000) AS n")  # busy for about a second
    child = psutil.Process(orphan.info.backend_pid)
    main_process(made_folder).kill()
    server.start()
    assert not working(child), "two servers must never write into one cluster"
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)
    orphan.close()
    server.stop()
    assert not server.running()


@pytest.mark.parametrize("first_line", ["", str(os.getpid())], ids=["emptied by a power cut", "number of another program"])
def test_stale_pid_file_is_no_obstacle(made_folder: Path, first_line: str) -> None:
    with EmbeddedPostgres(made_folder) as server:
        pid_file = made_folder / "cluster" / "postmaster.pid"
        rest = pid_file.read_text().split("\n", 1)[1]
    pid_file.write_text(f"{first_line}\n{rest}" if first_line else "")
    pid_file.chmod(0o600)
    if server.cluster.account:
        os.chown(pid_file, server.cluster.account.uid, server.cluster.account.gid)
    assert not server.running()
    with server:
        assert server.running()


def test_taken_port_is_chosen_anew(made_folder: Path) -> None:
    with EmbeddedPostgres(made_folder) as server:
        before = port(server)
    with socket.create_server(("127.0.0.1", before)), server:
        assert port(server) != before
        assert server.running()


def test_killed_initdb_is_done_again(folder: Path) -> None:
    for _ in range(10):
        kill_in_the_middle_of_initdb(folder)
        if not (folder / "cluster" / "xinglin.complete").exists():
            break
        EmbeddedPostgres(folder).stop(force=True)  # this machine was too slow to kill it in time
        shutil.rmtree(folder / "cluster")
    assert not (folder / "cluster" / "xinglin.complete").exists()
    with EmbeddedPostgres(folder) as server:
        assert server.running()


def kill_in_the_middle_of_initdb(folder: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OTHER_STARTER, str(folder)], cwd=REPO, start_new_session=True) as starter:
        while not (folder / "cluster" / "PG_VERSION").exists():
            assert starter.poll() is None
            time.sleep(0.005)
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(starter.pid).children(recursive=True):
                child.kill()
        starter.kill()


def test_cluster_in_use_without_our_stamp_is_left_alone(made_folder: Path) -> None:
    with EmbeddedPostgres(made_folder):
        pass
    (made_folder / "cluster" / "xinglin.complete").unlink()
    with pytest.raises(ForeignCluster):
        EmbeddedPostgres(made_folder).start()
    assert (made_folder / "cluster" / "PG_VERSION").exists()


def test_cluster_of_another_version_and_lost_passwords_are_named(made_folder: Path) -> None:
    with EmbeddedPostgres(made_folder) as server:
        pass
    version = made_folder / "cluster" / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(MadeByOtherVersion, match="14"):
        server.start()
    version.write_text("18\n")
    (made_folder / "passwords.json").rename(made_folder / "elsewhere")
    with pytest.raises(PasswordsLost, match=r"passwords\.json"):
        server.dsn()


def test_ports_are_open_on_loopback_only_and_nobody_is_root(server: EmbeddedPostgres) -> None:
    process = main_process(server.cluster.folder)
    listening = [c.laddr for c in process.net_connections() if c.status == psutil.CONN_LISTEN]
    assert [(address.ip, address.port) for address in listening] == [("127.0.0.1", port(server))]
    assert process.username() != "root"
    assert not list(server.cluster.data.glob(".s.PGSQL*"))


def test_passwords_are_the_users_alone(server: EmbeddedPostgres) -> None:
    file = server.cluster.folder / "passwords.json"
    assert sys.platform == "win32" or file.stat().st_mode & 0o777 == 0o600
    secret = server.cluster.password("xinglin_app")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(server.dsn().replace(secret, "guess"))
    with psycopg.connect(server.dsn("postgres")) as connection:
        stored = connection.execute("SELECT rolpassword FROM pg_authid WHERE rolname = 'xinglin_app'").fetchone()
    assert stored and str(stored[0]).startswith("SCRAM-SHA-256$")


def test_environment_of_another_postgresql_changes_nothing(server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PGSSLMODE": "require", "PGHOST": "elsewhere", "PGPORT": "1", "PGDATA": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    assert server.running()


def test_log_names_no_patient(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn("xinglin_owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE patient (name text PRIMARY KEY)")
        connection.execute("INSERT INTO patient VALUES ('欧阳测试')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO patient VALUES (%s)", ("欧阳测试",))
        with pytest.raises(psycopg.errors.UndefinedColumn):
            connection.execute("SELECT wrong FROM patient WHERE name = '欧阳测试'")
        connection.execute("DROP TABLE patient")
    logs = "".join(log.read_text("utf-8") for log in server.cluster.logs.iterdir())
    assert "duplicate key value" in logs
    assert "欧阳测试" not in logs
