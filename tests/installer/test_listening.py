"""A service on a port of its own choice says where it listens, and two of them never want the same one."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from installer.listening import port_of
from tests.harness import TestDatabase

REPO = Path(__file__).resolve().parents[2]


def _started(*arguments: str, dsn: str = "") -> subprocess.Popen[bytes]:
    environment = {**os.environ, "XINGLIN_DATABASE_URL": dsn}
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=REPO, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(60)
    assert process.stdout is not None
    process.stdout.close()


def test_two_services_at_once_have_ports_of_their_own_and_answer_there(database: TestDatabase, tmp_path: Path) -> None:
    serve = ("-m", "server", "--port", "0", "--plain-http", "--threads", "1", "--keys", str(tmp_path))
    both = [_started(*serve, dsn=database.dsn) for _ in range(2)]
    try:
        ports = [port_of(process) for process in both]
        assert len(set(ports)) == 2
        for port in ports:
            with closing(urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=60)) as answer:
                assert answer.status == 200
    finally:
        for process in both:
            _ended(process)


@pytest.mark.parametrize("said", ["", "print('listening')", "print('[]')", 'print(\'{"port": "x"}\')'])
def test_a_service_that_says_nothing_of_the_kind_did_not_start(said: str) -> None:
    process = _started("-c", said)
    try:
        with pytest.raises(ChildProcessError):
            port_of(process)
    finally:
        _ended(process)
