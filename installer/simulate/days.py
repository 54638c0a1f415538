"""The clinic's days, from the first patient to the closed drawers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from common.errors import AlreadyExists
from common.messages.admin import ListStaff, OpenSession
from common.messages.catalogue import GetLists
from common.messages.consult import ExpirePrescriptions
from installer.sample import DUTY, FEES, PERIODS
from installer.simulate import counter, dispensary, front_desk, mischief
from installer.simulate.world import ZONE, World

_OPENS: Final = time(7, 30)
#: Stretches of a day with arrivals: from, to (minutes after opening), share.
_STRETCHES: Final = ((20, 100, 30), (100, 230, 28), (360, 500, 27), (500, 570, 8), (640, 740, 7))


def opening(day: date) -> datetime:
    """When the clinic opens."""
    return datetime.combine(day, _OPENS, ZONE)


def live_day(world: World, day: date, patients: int) -> None:
    """One day with so many arrivals; returns when nobody has anything left to do."""
    world.move_to(opening(day))
    while world.worker("admin").call(ExpirePrescriptions()).expired:
        pass
    _open_sessions(world, day, capacity=max(60, patients))
    mischief.mistype(world)
    world.at(5, lambda: dispensary.fill_up(world))
    for minutes in sorted(_arrivals(world, patients)):
        world.at(minutes, lambda: front_desk.arrive(world))
    for _ in range(1 + patients // 25):
        world.at(world.rng.randint(30, 600), lambda: mischief.trespass(world))
    world.live_until_quiet()
    counter.close(world)
    world.waiting.clear()


def _arrivals(world: World, patients: int) -> list[int]:
    shares = [share for _, _, share in _STRETCHES]
    return [world.rng.randint(begin, end) for begin, end, _ in world.rng.choices(_STRETCHES, shares, k=patients)]


def _open_sessions(world: World, day: date, capacity: int) -> None:
    admin = world.worker("admin")
    doctors = {line.login: line.id for line in admin.call(ListStaff()).staff}
    departments = {department.code: department.id for department in admin.call(GetLists()).departments}
    for login, department, chamber, level, fee in DUTY:
        for period, starts, ends in PERIODS:
            request = OpenSession(
                date=day,
                period=period,
                starts=starts,
                ends=ends,
                department_id=departments[department],
                doctor_id=doctors[login],
                room=chamber,
                level=level,
                capacity=min(capacity, 500),
                fee_codes=FEES[fee],
            )
            try:
                admin.call(request)
            except AlreadyExists:  # somebody opened the day before
                return


def live(world: World, start: date, days: int, patients: int) -> None:
    """So many days with so many arrivals each."""
    world.sign_in_all()
    mischief.guess(world)
    for number in range(days):
        live_day(world, start + timedelta(days=number), patients)
