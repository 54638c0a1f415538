"""The system's libraries that Qt needs on Linux: which are missing, and which packages bring them. Standard library only.

Windows and macOS need none. The package names are those of Debian 12 and Ubuntu; each library is looked for by loading it.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from typing import Final

from common.i18n import tr
from installer.terminal import SetUpStopped, complain, is_root, say

WITHOUT_DISPLAY: Final = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libX11.so.6": "libx11-6",
    "libz.so.1": "zlib1g",
}
ON_DISPLAY: Final = {
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}


def missing(libraries: dict[str, str]) -> list[str]:
    """The packages of those libraries that cannot be loaded, in the order given."""
    return [package for soname, package in libraries.items() if not _loads(soname)]


def provide_libraries(display: bool) -> None:
    """Install what is missing (root with apt), or name it.

    Raises :class:`SetUpStopped` with the command to type if the program cannot run without it. With ``display`` False, libraries for
    windows on a screen are only mentioned.
    """
    if not sys.platform.startswith("linux"):
        return
    needed, for_display = missing(WITHOUT_DISPLAY), missing(ON_DISPLAY)
    if is_root() and shutil.which("apt-get") and (needed or (display and for_display)):
        install([*needed, *for_display])
        needed, for_display = missing(WITHOUT_DISPLAY), missing(ON_DISPLAY)
    if needed or (display and for_display):
        raise SetUpStopped(missing_sentence([*needed, *for_display]))
    if for_display and not is_root():
        complain(tr("For windows on a screen, these system packages are missing too: {packages}", packages=" ".join(for_display)))


def missing_sentence(packages: list[str]) -> str:
    """What is missing and the one command that brings it."""
    if shutil.which("apt-get"):
        return tr(
            "System libraries are missing. Have an administrator run this, then start again:\n  {command}",
            command=apt_command(packages),
        )
    return tr(
        "System libraries are missing. On Debian they are called: {packages}. Install what your system calls them, then start again.",
        packages=" ".join(packages),
    )


def apt_command(packages: list[str]) -> str:
    """The one line that installs ``packages``; a fresh machine has no lists yet, and a bare one no sudo."""
    sudo = "sudo " if shutil.which("sudo") else ""
    return f"{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {' '.join(packages)}"


def install(packages: list[str]) -> None:
    """Install Debian packages as root. Raises :class:`SetUpStopped` with apt's own words if that fails."""
    say(tr("Installing system libraries: {packages}", packages=" ".join(packages)))
    _apt("update", "-q")  # Its failure is no reason to stop: the lists on the machine may be enough.
    done = _apt("install", "-y", "-q", "--no-install-recommends", *packages)
    if done.returncode:
        complain(done.stdout)
        raise SetUpStopped(missing_sentence(packages))


def _apt(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["apt-get", *arguments],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True
