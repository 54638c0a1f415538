"""``xinglin serve``: run the service in front of the database that ``XINGLIN_DATABASE_URL`` names."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from common import places
from common.i18n import tr
from server.config import Config


def options(argv: list[str]) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="xinglin serve", description=tr("Run the service that all desks talk to."))
    parser.add_argument("--host", default="127.0.0.1", help=tr("address to listen on; 0.0.0.0 for desks on other machines"))
    parser.add_argument("--port", type=int, default=8443, help=tr("port to listen on; 0 takes a free one and prints it as JSON"))
    parser.add_argument("--threads", type=int, default=16, help=tr("worker threads, each with a database connection"))
    parser.add_argument("--zone", default="Asia/Shanghai", help=tr("the clinic's time zone"))
    parser.add_argument("--plain-http", action="store_true", help=tr("no TLS; on loopback only"))
    parser.add_argument("--training", action="store_true", help=tr("a training service, whose clock can be moved"))
    parser.add_argument("--unpaired-desks", action="store_true", help=tr("let desks of this machine in without pairing"))
    parser.add_argument("--log-level", default="INFO", choices=["DEBUG", "INFO", "WARNING", "ERROR"], help=tr("how much to log"))
    parser.add_argument("--keys", type=Path, default=None, help=tr("folder of certificate and keys"))
    given = parser.parse_args(argv)
    if not 0 <= given.port <= 65535:
        parser.error(tr("--port: 0 to 65535"))
    try:
        ZoneInfo(given.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        parser.error(tr("--zone: there is no time zone “{name}”; for example Asia/Shanghai", name=given.zone))
    return given


def config_of(given: argparse.Namespace) -> Config:
    """The settings, checked: what is only safe on loopback is refused elsewhere."""
    loopback = given.host in ("127.0.0.1", "localhost", "::1")
    if not loopback and (given.plain_http or given.unpaired_desks):
        raise SystemExit(tr("Plain HTTP and unpaired desks are for loopback only."))
    return Config(
        dsn=os.environ["XINGLIN_DATABASE_URL"],
        keys=given.keys or places.data_folder() / "keys",
        host=given.host,
        port=given.port,
        tls=not given.plain_http,
        threads=given.threads,
        zone=given.zone,
        training=given.training,
        unpaired_desks=given.unpaired_desks,
    )


def run(config: Config, log_level: str = "INFO") -> None:
    """Serve until told to stop."""
    import uvicorn

    from server.app import App, Service
    from server.clock import Clock
    from server.db import Database
    from server.logs import set_up
    from server.serving import PromptServer, listen, say_port
    from server.tls import certificate

    set_up(log_level)
    listener = listen(config.host, config.port)
    if config.port == 0:
        say_port(listener)
    certificate_file, key_file, fingerprint = certificate(config.keys)
    config = msgspec.structs.replace(config, port=listener.getsockname()[1], fingerprint=fingerprint)
    service = Service(config, Database(config.dsn, zone=config.zone), Clock(config.zone, training=config.training))
    tls = {"ssl_certfile": str(certificate_file), "ssl_keyfile": str(key_file)} if config.tls else {}
    logging.getLogger("xinglin").info("listening on %s:%d, certificate %s", config.host, config.port, fingerprint.hex())
    settings = uvicorn.Config(
        App(service),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        server_header=False,
        date_header=False,
        ws="websockets-sansio",
        **tls,  # type: ignore[arg-type]
    )
    server = PromptServer(settings)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    if not server.started:
        raise SystemExit(1)


def main(argv: list[str]) -> int:
    """``xinglin serve``."""
    given = options(argv)
    run(config_of(given), given.log_level)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
