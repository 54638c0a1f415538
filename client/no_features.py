"""PySide6 reads the source text of every module that is imported after it, to learn whether it might switch on one of its ``__feature__``.

This program has none of them. Reading costs a tenth of the start and 6 MB that stay, so PySide6 is told not to look. Should a later version
of PySide6 do it another way, nothing is changed and nothing breaks.
"""

from __future__ import annotations

import sys


def spare_sources() -> None:
    """From now on modules are imported without being read a second time."""
    import PySide6  # noqa: F401 - it puts its import hook in place

    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and hasattr(feature, "_mod_uses_pyside"):
        vars(feature)["_mod_uses_pyside"] = _uses_none


def _uses_none(_module: object) -> bool:
    return False
