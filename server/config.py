"""What a service process is told: where the database is, where it listens, where its keys lie."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """One service process's settings.

    ``keys``: folder of certificate and audit key, readable by the service alone. ``unpaired_desks`` lets a desk sign in without pairing: for
    one machine on loopback, where desk and service are the same person's.
    """

    dsn: str
    keys: Path
    host: str = "127.0.0.1"
    port: int = 8443
    tls: bool = True
    threads: int = 16
    zone: str = "Asia/Shanghai"
    training: bool = False
    unpaired_desks: bool = False
    fingerprint: bytes = b""
