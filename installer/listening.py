"""Where a service listens that was started on a port of its own choice: nobody else can get that port in between."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import subprocess

#: For clients of such a service, which speaks plain HTTP: without it each would first read the certificates of all authorities.
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def port_of(process: subprocess.Popen[bytes]) -> int:
    """The port that ``process`` names in its first line (see :func:`server.serving.say_port`); its output is a pipe that nothing else reads.

    Waits for that line. Raises ``ChildProcessError`` if the process ends without one, or says something else.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    match said:
        case {"port": int() as port}:
            return port
        case _:
            raise ChildProcessError(f"the service did not say where it listens, but {line!r}")
