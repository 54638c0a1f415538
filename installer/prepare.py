"""The fonts for paper, cut once at set-up beside whatever else is going on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from common import places
from common.i18n import tr
from installer.programs import NO_WINDOW
from installer.terminal import SetUpStopped, say

_SILENT_S: Final = 1.5  # To find out that nothing is to be done takes less.
CUT_FONTS: Final = """
import sys
from printing.fonts import font_folder, prepare_fonts
if __name__ == "__main__":
    try:
        prepare_fonts(font_folder())
    except OSError as trouble:
        sys.exit(f"{trouble.filename}: {trouble.strerror}")
"""


def fonts_beside_the_rest() -> None:
    """Keep the fonts in the cache of this home, also for the children, whose home may be another one (the demonstration's is)."""
    os.environ.setdefault("XINGLIN_FONTS", str(places.cache_folder() / "fonts"))


@contextmanager
def fonts_prepared() -> Iterator[None]:
    """Cut the fonts in another process while the block runs; at its end they are there. Raises :class:`SetUpStopped`."""
    with subprocess.Popen([sys.executable, "-P", "-c", CUT_FONTS], creationflags=NO_WINDOW) as cutting:
        yield
        try:
            cutting.wait(_SILENT_S)
        except subprocess.TimeoutExpired:
            say(tr("Preparing the fonts for printing (once, about half a minute) …"))
    if cutting.returncode:
        raise SetUpStopped(tr("The fonts for printing could not be prepared."))
