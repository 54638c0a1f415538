"""``python -m server.insurance.simulator``: one bureau, until it is ended, or the process that started it is gone."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from pathlib import Path
from typing import Final

import msgspec
import psutil

from server.channels.simulator.http import listen
from server.insurance.province import names, province
from server.insurance.simulator import people
from server.insurance.simulator.bureau import Bureau, Keys
from server.insurance.simulator.control import Control
from server.insurance.simulator.faults import Faults
from server.insurance.simulator.office import Office
from server.insurance.simulator.store import Store

_LOOK_SECONDS: Final = 2.0


def options(argv: list[str] | None = None) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="python -m server.insurance.simulator", description="An insurance bureau to practise with.")
    parser.add_argument("--port", type=int, default=0, help="port of the interface on this machine; 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control; 0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the file that holds what it remembers")
    parser.add_argument("--province", choices=names(), default="single_endpoint", help="whose edition it speaks")
    parser.add_argument("--lenient", action="store_true", help="insure whoever shows an ID number, know every code")
    parser.add_argument("--delay", type=float, default=0, help="seconds that every call takes more")
    parser.add_argument("--parent", type=int, default=0, help="end when this process is gone")
    return parser.parse_args(argv)


def keys_of(store: Store) -> Keys:
    """What it issued to its institution, once and for all."""
    with store:
        kept = store.get("keys", "own")
        if kept is None:
            kept = {"paasid": "simulated", "token": secrets.token_urlsafe(24), "private_key": secrets.token_hex(31).zfill(64)}
            store.put("keys", "own", kept)
    return msgspec.convert(kept, Keys)


async def serve(given: argparse.Namespace) -> None:
    """Listen, say where, and answer."""
    store = Store(given.state)
    office = Office(store=store, province=province(given.province), lenient=given.lenient)
    keys = keys_of(store)
    with store:
        people.enrol_first(office)
    bureau = Bureau(office, keys, Faults(), seconds=given.delay)
    server, port = await listen(given.port, bureau.answer)
    _control, control_port = await listen(given.control_port, Control(bureau).answer)
    told = {"port": port, "control_port": control_port, "province": given.province, **msgspec.to_builtins(keys)}
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")
    sys.stdout.flush()
    await _gone(given.parent)
    server.close()


async def _gone(process_id: int) -> None:
    """Returns when that process is gone; never for process 0."""
    try:
        parent = psutil.Process(process_id) if process_id else None
    except psutil.NoSuchProcess:
        return
    while parent is None or parent.is_running():  # knows a later process of the same number from it
        await asyncio.sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    asyncio.run(serve(options()))
