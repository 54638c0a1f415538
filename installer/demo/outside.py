"""Who stands outside the demonstration's clinic: simulated payment channels, a simulated bureau and a simulated invoice platform.

Each is a process of its own that speaks the same wire as the real one, so that the service takes the very path that it takes in a clinic. They
forget nothing between two demonstrations, and end with this process at the latest.
"""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from installer.demo.insured import insure_sample
from server.channels.simulator import start_simulator as start_channels
from server.einvoice.simulator.process import start_simulator as start_platform
from server.insurance.simulator.process import start_simulator as start_bureau
from server.outside import FILE
from server.tls import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.local import LocalDesk

_PROVINCE: Final = "guangdong"


@contextlib.contextmanager
def outside_world(keys: Path, memory: Path, desk: LocalDesk) -> Iterator[None]:
    """Start all of them, and connect the clinic of ``desk`` whose service will read ``keys``."""
    memory.mkdir(parents=True, exist_ok=True)
    keys.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(3) as starting, contextlib.ExitStack() as running:
        first = starting.submit(start_channels, memory / "channels.db")
        second = starting.submit(start_bureau, memory / "bureau.db", province=_PROVINCE, arguments=("--lenient",))
        third = starting.submit(start_platform, memory / "platform.db")
        channels, bureau, platform = first.result(), second.result(), third.result()
        for simulator in (channels, bureau, platform):
            running.callback(simulator.stop)
        insure_sample(desk, bureau)
        secrets = bureau.secrets
        insurance = f'[insurance]\npaasid = "{secrets.paasid}"\ntoken = "{secrets.token}"\nprivate_key = "{secrets.private_key}"\n\n'
        write_private(keys / FILE, (channels.outside() + insurance + platform.outside()).encode())
        yield
