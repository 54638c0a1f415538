"""The line to the bureau as the clinic has set it up: the row ``insurance_setup``, with the secrets of ``outside.toml``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import psycopg

from server.db import Read
from server.insurance.client import Insurance
from server.insurance.protocol import Secrets, Setup

if TYPE_CHECKING:
    from server.db import Database

log = logging.getLogger("xinglin.insurance")

_SETUP: Final = Read(
    "SELECT province, url, fixmedins_code, fixmedins_name, mdtrtarea_admvs, recer_sys_code, timeout_seconds FROM insurance_setup"
    " WHERE id = 1 AND connected"
)


def line_to_bureau(database: Database, secrets: Secrets) -> Insurance | None:
    """The line, or ``None`` while the clinic is not connected. A set-up that cannot work is logged and leaves the clinic unconnected."""
    try:
        row = database.of_thread().execute(_SETUP.bytes).fetchone()
    except psycopg.Error as error:
        log.warning("the insurance's set-up cannot be read: %s", type(error).__name__)
        return None
    if row is None:
        return None
    names = ("province", "url", "fixmedins_code", "fixmedins_name", "mdtrtarea_admvs", "recer_sys_code", "timeout_seconds")
    try:
        return Insurance(Setup(**dict(zip(names, row, strict=True))), secrets)
    except ValueError as error:  # an unknown province, a key that is none, an address that is none
        log.error("the insurance's set-up cannot work: %s", error)
        return None
