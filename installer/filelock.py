"""A lock between processes, released by the system also when its holder is killed. Standard library only."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO


class FileLock:
    """Hold ``path`` locked inside a ``with`` block; wait up to ``wait_s`` seconds for it, then raise ``TimeoutError``."""

    def __init__(self, path: Path, wait_s: float = 120.0) -> None:
        self.path = path
        self.wait_s = wait_s
        self._file: IO[bytes] | None = None

    def __enter__(self) -> FileLock:
        deadline = time.monotonic() + self.wait_s
        file = self.path.open("a+b")
        while not _try_lock(file):
            if time.monotonic() > deadline:
                file.close()
                raise TimeoutError(str(self.path))
            time.sleep(0.05)
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            _unlock(self._file)
            self._file.close()
            self._file = None


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
