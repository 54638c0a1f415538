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
    from server.insurance.protocol import Bureau

log = logging.getLogger("xinglin.insurance")

_SETUP: Final = Read(
    "SELECT province, url, fixmedins_code, fixmedins_name, mdtrtarea_admvs, recer_sys_code, timeout_seconds FROM insurance_setup"
    " WHERE id = 1 AND connected"
)


def line_to_bureau(database: Database, secrets: Secrets, standing: Bureau | None = None) -> Bureau | None:
    """The line as it is set up now: ``standing``, if that is it, or ``None`` while the clinic is not connected. A set-up that cannot work is logged
    and leaves the clinic unconnected; one that cannot be read leaves everything as it is."""
    try:
        row = database.of_thread().execute(_SETUP.bytes).fetchone()
    except psycopg.Error as error:
        log.warning("the insurance's set-up cannot be read: %s", type(error).__name__)
        return standing
    if row is None:
        return None
    names = ("province", "url", "fixmedins_code", "fixmedins_name", "mdtrtarea_admvs", "recer_sys_code", "timeout_seconds")
    setup = Setup(**dict(zip(names, row, strict=True)))
    if isinstance(standing, Insurance) and standing.setup == setup:
        return standing
    try:
        return Insurance(setup, secrets)
    except ValueError as error:  # an unknown province, a key that is none, an address that is none
        log.error("the insurance's set-up cannot work: %s", error)
        return None
