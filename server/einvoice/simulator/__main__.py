"""``python -m server.einvoice.simulator``: one platform with both wires, until it is ended, or the process that started it is gone."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec
import psutil

from server.channels.simulator.faults import Faults
from server.channels.simulator.http import listen
from server.einvoice.medical_wire import Account as MedicalAccount
from server.einvoice.simulator.book import Book
from server.einvoice.simulator.medical import Medical
from server.einvoice.simulator.service import Control, Wires
from server.einvoice.simulator.tax import Tax
from server.einvoice.tax import Account as TaxAccount

#: Known to everybody, as this issues nothing that is worth anything.
MEDICAL = MedicalAccount("SIMULATED", "simulated-key")
TAX = TaxAccount("simulated", "simulated-secret", "simulated-token", "91310000MA1SIMUL8X")
_LOOK_SECONDS = 2.0


def options(argv: list[str] | None = None) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="python -m server.einvoice.simulator", description="An e-invoice platform to practise with.")
    parser.add_argument("--port", type=int, default=0, help="port of the wires on this machine; 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control; 0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the file that holds what it has issued")
    parser.add_argument("--sign", choices=["md5", "sm3"], default="md5", help="digest of the medical wire")
    parser.add_argument("--parent", type=int, default=0, help="end when this process is gone")
    return parser.parse_args(argv)


async def serve(given: argparse.Namespace) -> None:
    """Listen, say where, and answer."""
    book, faults = Book(given.state), Faults()
    wires = Wires(Medical(book, MEDICAL._replace(digest=given.sign)), Tax(book, TAX), faults)
    server, port = await listen(given.port, wires.answer)
    _control, control_port = await listen(given.control_port, Control(book, faults, wires).answer)
    sys.stdout.write(msgspec.json.encode({"port": port, "control_port": control_port}).decode() + "\n")
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
