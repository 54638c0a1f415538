"""The simulated clinic: its clock and what is going to happen, its people at work, and what they know."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import httpx
import msgspec

from common.messages.admin import SetTrainingClock
from common.messages.cashier import Tender, TenderKind
from common.messages.catalogue import DrugFacts, SearchDrugs
from common.messages.consult import RecordText
from common.messages.patients import PatientFile
from installer.listening import NO_TLS
from installer.sample import PASSWORD, PEOPLE
from installer.simulate.illnesses import DRUGS, Illness
from installer.simulate.worker import Tally, Worker

ZONE: Final = ZoneInfo("Asia/Shanghai")
CLERKS: Final = ("zhouqing", "hulan")
CASHIERS: Final = ("qianduo", "jinxing")
PHARMACISTS: Final = ("suye", "jianglan")
DOCTORS: Final = ("linyue", "fangzhou", "qinshan", "baihe", "duheng")


class Known(msgspec.Struct, kw_only=True):
    """A patient whom the clinic knows."""

    id: int
    number: str
    file: PatientFile
    version: int
    years: int
    last_day: date | None = None


class Waiting(msgspec.Struct, kw_only=True):
    """A registered patient: who, with what, and how often he will not hear his name."""

    patient: Known
    illness: Illness
    deaf: int
    record: RecordText | None = None


class World:
    """One simulated clinic. Acts are Python calls that happen at a time of the clinic; chance comes from ``rng`` alone."""

    def __init__(self, url: str, seed: int, now: datetime) -> None:
        self.rng = random.Random(seed)
        self.tally = Tally()
        self.now = now
        self.patients: list[Known] = []
        self.drugs: dict[str, DrugFacts] = {}
        #: Who registered today, by visit; and the doctors who have somebody in the room.
        self.waiting: dict[int, Waiting] = {}
        self.busy: set[str] = set()
        #: Drugs that a doctor asked for in vain.
        self.short: set[str] = set()
        #: Serial numbers of packs, one after the other; the day of the start keeps later runs apart.
        self.serials = itertools.count(now.date().toordinal() * 1_000_000)
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._http = httpx.Client(base_url=url, timeout=60, verify=NO_TLS, trust_env=False)
        self.staff = {person.login: Worker(self._http, self.tally) for person in PEOPLE}

    def worker(self, login: str) -> Worker:
        """One of the staff."""
        return self.staff[login]

    def stranger(self) -> Worker:
        """Somebody who is not signed in."""
        return Worker(self._http, self.tally)

    def one_of(self, logins: tuple[str, ...]) -> Worker:
        """Whoever of these is free."""
        return self.staff[self.rng.choice(logins)]

    def chance(self, probability: float) -> bool:
        """Whether it happens."""
        return self.rng.random() < probability

    def sign_in_all(self) -> None:
        """Everybody comes to work, and the doctors' lists are read."""
        for login in self.staff:
            self.staff[login].sign_in(login, PASSWORD)
        for code in DRUGS:
            self.drugs[code] = self.staff[DOCTORS[0]].call(SearchDrugs(text=code)).drugs[0]

    # --- time ---------------------------------------------------------------------------------------------------------

    def at(self, minutes: float, act: Callable[[], None]) -> None:
        """Let ``act`` happen in so many minutes of the clinic's time."""
        heapq.heappush(self._events, (self.now + timedelta(seconds=round(minutes * 60)), next(self._order), act))

    def move_to(self, moment: datetime) -> None:
        """Move the clinic's clock forward."""
        if moment > self.now:
            self.now = moment
            self.staff["admin"].call(SetTrainingClock(now=moment))

    def live_until_quiet(self) -> None:
        """Let everything happen that is going to happen, in its order."""
        while self._events:
            moment, _, act = heapq.heappop(self._events)
            self.move_to(moment)
            act()

    @property
    def today(self) -> date:
        """The clinic's day."""
        return self.now.date()

    def time_of_day(self) -> time:
        """The clinic's time of day."""
        return self.now.time().replace(tzinfo=None)

    # --- money --------------------------------------------------------------------------------------------------------

    def tenders(self, due_fen: int) -> tuple[Tender, ...]:
        """How somebody pays: mostly by telephone, some in cash with change, a few by two ways."""
        if not due_fen:
            return ()
        kind = self.rng.choices(("wechat", "alipay", "card", "cash", "both"), (45, 20, 8, 24, 3))[0]
        if kind == "cash":
            return (self._cash(due_fen),)
        if kind == "both" and due_fen > 100:
            part = self.rng.randint(1, due_fen - 1)
            return (self._by_telephone(TenderKind.WECHAT, part), self._cash(due_fen - part))
        return (self._by_telephone(TenderKind.WECHAT if kind == "both" else TenderKind(kind), due_fen),)

    def _cash(self, due_fen: int) -> Tender:
        note = self.rng.choice((100, 1000, 5000, 10000))
        return Tender(kind=TenderKind.CASH, amount_fen=due_fen, given_fen=-(-due_fen // note) * note)

    def _by_telephone(self, kind: TenderKind, fen: int) -> Tender:
        return Tender(kind=kind, amount_fen=fen, reference=f"{self.rng.randint(0, 10**12 - 1):012d}")
