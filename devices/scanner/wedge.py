"""A scanner that types like a keyboard: is this burst of keys a scan or a person?

:class:`Wedge` holds every character until it knows, at most 30 ms for a person: too short to be noticed, and nothing of a scan ever
reaches a field or a shortcut. It knows no Qt; ``docs/devices.md`` says how the window's event filter feeds it, also where a Chinese
input method is on. Time comes from the caller's monotonic clock, read when the key arrives: the events' own stamps are not reliable.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.domain.barcodes import GS, strip_aim
from devices.scanner.protocol import Scan

ENTER: Final = "\r"
TAB: Final = "\t"

GAP_NS: Final = 30_000_000
"""Keys of a scan follow each other faster than this. Fast typists need 60 ms and more."""

HICCUP_NS: Final = 120_000_000
"""One gap of a burst may be this long, after its first four keys: the window was busy, not the scanner slow."""

AFTERMATH_NS: Final = 80_000_000
"""What an input method still makes of a scan's keys arrives within this time."""

SHORTEST: Final = 4
LONGEST: Final = 4096


@dataclass(frozen=True)
class Key:
    """A key press. ``character`` is its text, ``"\\r"`` or ``"\\n"`` Enter, ``"\\t"`` Tab, empty for keys without text (F8, arrows).

    ``at_ns`` is the monotonic time in nanoseconds, ``repeated`` whether the key is being held down, ``payload`` whatever the caller needs
    to replay it.
    """

    character: str
    at_ns: int
    payload: object = None
    repeated: bool = False

    @property
    def ends_scan(self) -> bool:
        """Whether a scan may end with this key."""
        return self.character in (ENTER, "\n", TAB)

    @property
    def may_belong(self) -> bool:
        """Whether this character may stand in a scanned code."""
        return len(self.character) == 1 and (self.character.isprintable() or self.character == GS) and not self.repeated


@dataclass(frozen=True)
class Verdict:
    """What to do now: deliver ``replay`` in this order as typed by a person, then act on ``scan``. All else stays swallowed."""

    replay: tuple[Key, ...] = ()
    scan: Scan | None = None


NOTHING: Final = Verdict()


class Wedge:
    """Tells scans from typing. Every key goes through :meth:`feed`; when :attr:`deadline_ns` has passed, call :meth:`expire`."""

    def __init__(self) -> None:
        self._held: list[Key] = []
        self._last_ns = 0
        self._characters = 0
        self._had_hiccup = False
        self._scanned_ns: int | None = None

    @property
    def deadline_ns(self) -> int | None:
        """When the keys held now are a person's, unless another one comes; ``None`` while nothing is held."""
        return self._last_ns + self._patience() if self._held else None

    def feed(self, key: Key) -> Verdict:
        """Take a key press. It is held, replayed with those before it, or ends a scan."""
        if not self._held:
            return self._begin(key)
        if not self._follows(key):
            before = self._release()
            return Verdict(before + self._begin(key).replay)
        if key.ends_scan and self._characters >= SHORTEST and not key.repeated:
            return Verdict(scan=self._finish(key))
        if key.ends_scan or key.repeated or self._characters >= LONGEST:
            return Verdict((*self._release(), key))
        self._hold(key)
        return NOTHING

    def expire(self, now_ns: int) -> Verdict:
        """Give the held keys back if their time is over. Harmless at any other time."""
        deadline = self.deadline_ns
        return Verdict(self._release()) if deadline is not None and now_ns >= deadline else NOTHING

    def carry(self, payload: object, at_ns: int) -> Verdict:
        """Take something that is no key but comes of keys, such as an input method's text: it shares the fate of the keys around it."""
        passenger = Key("", at_ns, payload)
        if self._held:
            self._held.append(passenger)
            return NOTHING
        if self._scanned_ns is not None and 0 <= at_ns - self._scanned_ns < AFTERMATH_NS:
            return NOTHING
        return Verdict((passenger,))

    def _begin(self, key: Key) -> Verdict:
        if not key.may_belong:
            return Verdict((key,))
        self._hold(key)
        return NOTHING

    def _hold(self, key: Key) -> None:
        self._had_hiccup = self._had_hiccup or (bool(self._held) and key.at_ns - self._last_ns >= GAP_NS)
        self._held.append(key)
        self._last_ns = key.at_ns
        self._characters += key.may_belong

    def _follows(self, key: Key) -> bool:
        return 0 <= key.at_ns - self._last_ns < self._patience()

    def _patience(self) -> int:
        return HICCUP_NS if self._characters >= SHORTEST and not self._had_hiccup else GAP_NS

    def _finish(self, key: Key) -> Scan:
        text = "".join(held.character for held in self._release() if held.may_belong)
        self._scanned_ns = key.at_ns
        aim, body = strip_aim(text)
        return Scan(body, aim)

    def _release(self) -> tuple[Key, ...]:
        held, self._held = tuple(self._held), []
        self._characters = 0
        self._had_hiccup = False
        return held
