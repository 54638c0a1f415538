"""Chinese sentences spoken aloud in a hall, one after the other, by the voice that the system has; without one a chime says that something is new.

Qt's own speech is in the large add-on package that this program does without. On Linux ``espeak-ng`` speaks (with Mandarin, offline), on Windows
the voices of the system (SAPI, by PowerShell). The sentence goes in by standard input, so that nothing in it is ever taken for a command.
"""

from __future__ import annotations

import shutil
import sys
from collections import deque
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from client import sounds

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Each sentence is said so often, since a hall is loud.
TIMES: Final = 2
#: No sentence takes longer; a voice that hangs is given up.
_LONGEST_MS: Final = 20_000
#: More than these wait when many are called at once; the screen shows them all.
_MOST: Final = 12

_SAPI: Final = (
    "[Console]::InputEncoding=[Text.Encoding]::UTF8;Add-Type -AssemblyName System.Speech;"
    "$s=New-Object System.Speech.Synthesis.SpeechSynthesizer;$s.SelectVoiceByHints('NotSet','NotSet',0,'zh-CN');"
    "$s.Speak([Console]::In.ReadToEnd())"
)
#: Where Windows keeps its voices, and the number that stands for Chinese of the mainland among their languages.
_SAPI_VOICES: Final = r"SOFTWARE\Microsoft\Speech\Voices\Tokens"
_SAPI_CHINESE: Final = "804"


def voice() -> list[str] | None:
    """The program that speaks what comes by standard input, with its arguments; ``None``: this computer has no Chinese voice."""
    if sys.platform == "win32":
        shell = shutil.which("powershell")
        return [shell, "-NoProfile", "-NonInteractive", "-Command", _SAPI] if shell and _windows_speaks_chinese() else None
    program = shutil.which("espeak-ng")
    return [program, "--stdin", "-s", "150", "-v", "cmn"] if program else None


def has_voice() -> bool:
    """Whether calls are spoken here; else a chime sounds."""
    return voice() is not None


def _windows_speaks_chinese() -> bool:
    if sys.platform == "win32":
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _SAPI_VOICES) as voices:
                names = [winreg.EnumKey(voices, place) for place in range(winreg.QueryInfoKey(voices)[0])]
                languages = [winreg.QueryValueEx(winreg.OpenKey(voices, rf"{name}\Attributes"), "Language")[0] for name in names]
        except OSError:
            return False
        return any(_SAPI_CHINESE in each.split(";") for each in languages)
    return False


class Speech(QObject):
    """Says sentences in turn. ``said(str)`` fires after each; ``program`` is :func:`voice` unless given."""

    said = Signal(str)

    def __init__(self, program: Sequence[str] | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._given = program
        self._waiting: deque[str] = deque(maxlen=_MOST)
        self._now = ""
        self._process: QProcess | None = None
        self._limit = QTimer(self, singleShot=True, interval=_LONGEST_MS)
        self._limit.timeout.connect(self._give_up)

    def say(self, sentence: str) -> None:
        """Speak it after what is being said."""
        self._waiting.extend([sentence] * TIMES)
        if self._process is None:
            self._next()

    def stop(self) -> None:
        """Be silent."""
        self._waiting.clear()
        self._give_up()

    def _next(self) -> None:
        if not self._waiting:
            return
        self._now = self._waiting.popleft()
        program = list(self._given) if self._given is not None else voice()
        if not program:
            self._chime()
            return
        process = self._process = QProcess(self)
        process.finished.connect(self._over)
        process.errorOccurred.connect(self._failed)
        process.start(program[0], program[1:])
        process.write(self._now.encode())
        process.closeWriteChannel()
        self._limit.start()

    def _chime(self) -> None:
        """Tones, once for what would be said several times."""
        sentence = self._now
        while self._waiting and self._waiting[0] == sentence:
            self._waiting.popleft()
        sounds.called()
        self.said.emit(sentence)
        self._next()

    def _over(self) -> None:
        self._limit.stop()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
            self.said.emit(self._now)
            self._next()

    def _failed(self, problem: QProcess.ProcessError) -> None:
        if problem is QProcess.ProcessError.FailedToStart and self._process is not None:
            self._limit.stop()
            process, self._process = self._process, None
            process.deleteLater()
            self._chime()

    def _give_up(self) -> None:
        if self._process is not None:
            self._process.kill()
