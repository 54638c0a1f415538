"""How the set-up speaks to the person in front of the terminal. Standard library only."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper

from common.i18n import CHINESE, ENGLISH, set_language
from installer import arguments


class SetUpStopped(Exception):
    """The set-up cannot go on. The message is a sentence in the person's language that says what to do."""


def say(sentence: str) -> None:
    """Print one line at once, also into a pipe."""
    print(sentence, flush=True)


def complain(sentence: str) -> None:
    """Print one line to the error output."""
    print(sentence, file=sys.stderr, flush=True)


def speak_system_language() -> None:
    """Chinese if the system is Chinese, else English; and never stumble over a terminal that cannot show a character."""
    arguments.speak()
    set_language(CHINESE if system_language().lower().startswith(("zh", "chinese")) else ENGLISH)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def system_language() -> str:
    """The system's language as it names it, for example ``zh_CN.UTF-8``; the variables in the order that POSIX gives them."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value
    return _interface_language()


if sys.platform == "win32":

    def _interface_language() -> str:
        import ctypes
        import locale

        return locale.windows_locale.get(ctypes.windll.kernel32.GetUserDefaultUILanguage(), "")

else:

    def _interface_language() -> str:
        return ""


def has_display() -> bool:
    """Whether windows can be shown here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_root() -> bool:
    """Whether we are root; never on Windows."""
    return sys.platform != "win32" and os.geteuid() == 0
