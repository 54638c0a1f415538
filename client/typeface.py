"""Where the typeface lies: the variable Noto Sans SC inside its wheel, found without importing anything of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

_INSIDE: Final = Path("justmytype_intl_cjk", "fonts", "ofl", "notosanssc", "NotoSansSC[wght].ttf")


def variable_font() -> Path | None:
    """The font file, or ``None`` if the wheel is not installed."""
    for folder in sys.path:
        file = Path(folder) / _INSIDE
        if file.is_file():
            return file
    return None
