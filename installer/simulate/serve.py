"""The training service's own process; :mod:`installer.simulate.service` starts it."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from datetime import datetime
from pathlib import Path

import uvicorn

from server.app import App, Service
from server.clock import Clock
from server.config import Config
from server.db import Database
from server.logs import set_up
from server.serving import listen, say_port
from server.tls import certificate


def main(argv: list[str]) -> int:
    """The service's own process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--now", type=datetime.fromisoformat, required=True)
    parser.add_argument("--keys", type=Path, required=True)
    given = parser.parse_args(argv)
    _serve(given.now, given.keys)
    return 0


def _serve(now: datetime, keys: Path) -> None:
    set_up("ERROR")
    listener = listen("127.0.0.1", 0)
    say_port(listener)
    clock = Clock(training=True)
    clock.set(now)
    _, _, fingerprint = certificate(keys)
    config = Config(
        dsn=os.environ["XINGLIN_DATABASE_URL"],
        keys=keys,
        port=listener.getsockname()[1],
        tls=False,
        threads=4,
        training=True,
        unpaired_desks=True,
        fingerprint=fingerprint,
    )
    app = App(Service(config, Database(config.dsn), clock))
    settings = uvicorn.Config(app, log_config=None, access_log=False, ws="websockets-sansio", timeout_graceful_shutdown=5)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(settings).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
