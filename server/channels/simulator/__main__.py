"""``python -m server.channels.simulator``: one acquirer, until it is ended, or the process that started it is gone."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import msgspec
import psutil

from server.channels.signing import HmacSigner, RsaSigner, Signer
from server.channels.simulator.faults import Faults
from server.channels.simulator.http import listen
from server.channels.simulator.ledger import Ledger
from server.channels.simulator.service import Acquirer, Control


def options(argv: list[str] | None = None) -> argparse.Namespace:
    """The command's own options."""
    parser = argparse.ArgumentParser(prog="python -m server.channels.simulator", description="A payment channel to practise with.")
    parser.add_argument("--port", type=int, default=0, help="port of the API on this machine; 0 takes a free one")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control; 0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the file that holds what it remembers")
    parser.add_argument("--merchant", default="SIMULATED", help="the merchant that it serves")
    parser.add_argument("--parent", type=int, default=0, help="end when this process is gone")
    parser.add_argument("--own-key", type=Path, help="for RSA2: its own private key (PEM)")
    parser.add_argument("--merchant-key", type=Path, help="for RSA2: the merchant's public key (PEM)")
    return parser.parse_args(argv)


def signers_of(given: argparse.Namespace, secret: str) -> dict[str, Signer]:
    """The schemes by which it can be asked."""
    signers: dict[str, Signer] = {HmacSigner.scheme: HmacSigner(secret)}
    if given.own_key and given.merchant_key:
        signers[RsaSigner.scheme] = RsaSigner.from_files(given.own_key, given.merchant_key)
    return signers


async def serve(given: argparse.Namespace) -> None:
    """Listen, say where, and answer."""
    ledger, faults = Ledger(given.state), Faults()
    acquirer = Acquirer(given.merchant, signers_of(given, ledger.secret), ledger, faults)
    server, port = await listen(given.port, acquirer.answer)
    _control, control_port = await listen(given.control_port, Control(ledger, faults, acquirer).answer)
    told = {"port": port, "control_port": control_port, "merchant": given.merchant, "secret": ledger.secret}
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


_LOOK_SECONDS = 2.0


if __name__ == "__main__":
    asyncio.run(serve(options()))
