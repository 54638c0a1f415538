"""What stops a command is told in one sentence, not by a traceback."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING, Final

from common.errors import XinglinError
from common.i18n import tr
from installer.terminal import SetUpStopped, complain

if TYPE_CHECKING:
    from collections.abc import Callable

_NOT_WRITABLE: Final = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC)


def told(run: Callable[[], int]) -> int:
    """The exit code of ``run()``; 1 after a sentence if it could not go on, 130 after Ctrl+C. A fault of the program itself is raised."""
    try:
        return run()
    except KeyboardInterrupt:
        return 130
    except Exception as trouble:
        sentence = _sentence(trouble)
        if sentence is None:
            raise
        complain(sentence)
        return 1


def _sentence(trouble: Exception) -> str | None:
    if isinstance(trouble, SetUpStopped | XinglinError):
        return str(trouble)
    if isinstance(trouble, OSError) and trouble.filename is not None:
        return disk_sentence(trouble)
    return _database_sentence(trouble)


def disk_sentence(trouble: OSError) -> str:
    """Which file or folder, and why not."""
    if trouble.errno in _NOT_WRITABLE:
        return tr(
            "{file} cannot be written: {reason}. The variable XINGLIN_HOME can name another folder for Xinglin's own files.",
            file=trouble.filename,
            reason=trouble.strerror,
        )
    return f"{trouble.filename}: {trouble.strerror}"


def _database_sentence(trouble: Exception) -> str | None:
    psycopg = sys.modules.get("psycopg")  # a desk never loads it
    if psycopg is None:
        return None
    if isinstance(trouble, psycopg.errors.UndefinedTable | psycopg.errors.UndefinedColumn):
        return tr("The database is not at this version yet. Run “xinglin migrate” first.")
    if isinstance(trouble, psycopg.OperationalError):
        return tr("The database broke off: {reason}", reason=str(trouble).strip().rpartition("\n")[2])
    return None
