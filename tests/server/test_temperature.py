"""Temperatures by hand, twice a day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from common.errors import AlreadyExists, FieldWrong, NotFound, NotPermitted
from common.messages.alerts import ListAlerts
from common.messages.temperature import (
    EnterReading,
    EnterRemedy,
    GetTemperatures,
    Half,
    ListColdPlaces,
    SaveColdPlace,
    TemperatureLog,
)
from tests import visits
from tests.server.office import Office

KEEPER = "kuyan"
D = Decimal


def at(office: Office, days: int, clock: time) -> None:
    """The clinic's clock stands at a time of the day, so many days from today."""
    real = datetime.now(office.clock.zone)
    office.clock.by = datetime.combine(real.date() + timedelta(days=days), clock, office.clock.zone) - real


def place(office: Office, name: str, driest: str | None = None, dampest: str | None = None) -> int:
    limits = [None if limit is None else D(limit) for limit in (driest, dampest)]
    request = SaveColdPlace(name=name, coldest=D(2), warmest=D(8), driest=limits[0], dampest=limits[1])
    return office.desk(KEEPER).call(request).place_id


def read(office: Office, place_id: int, celsius: str, humidity: str | None = None, remedy: str = "") -> bool:
    request = EnterReading(place_id=place_id, celsius=D(celsius), humidity=None if humidity is None else D(humidity), remedy=remedy)
    return office.desk(KEEPER).call(request).within


def log(office: Office, place_id: int) -> TemperatureLog:
    return office.desk(visits.PHARMACIST).call(
        GetTemperatures(place_id=place_id, first_day=office.today - timedelta(days=30), last_day=office.today)
    )


def alerts(office: Office, place_id: int) -> list[tuple[int, str, Decimal | None]]:
    """Days ago, half, temperature."""
    found = office.desk(visits.PHARMACIST).call(ListAlerts()).temperatures
    return [((office.today - alert.day).days, str(alert.half), alert.celsius) for alert in found if alert.place_id == place_id]


def test_a_reading_is_of_the_half_day_in_which_it_is_entered(office: Office) -> None:
    at(office, 0, time(9, 0))
    fridge = place(office, "甲冰箱")
    assert read(office, fridge, "4.5")
    (found,) = (p for p in office.desk(KEEPER).call(ListColdPlaces()).places if p.id == fridge)
    assert found.read == D("4.5")
    at(office, 0, time(12, 0))
    assert not read(office, fridge, "8.1")
    assert read(office, fridge, "8", remedy="调低温控，复测")
    shown = log(office, fridge)
    assert [(r.half, r.celsius, r.within, r.by) for r in shown.readings] == [
        (Half.MORNING, D("4.5"), True, "顾砚"),
        (Half.AFTERNOON, D("8.1"), False, "顾砚"),
        (Half.AFTERNOON, D("8.0"), True, "顾砚"),
    ]
    assert [(r.half, r.words) for r in shown.remedies] == [(Half.AFTERNOON, "调低温控，复测")]
    with pytest.raises(NotPermitted):
        office.desk(visits.PHARMACIST).call(EnterReading(place_id=fridge, celsius=D(4)))


def test_humidity_where_it_is_watched(office: Office) -> None:
    room = place(office, "乙库", "35", "75")
    assert read(office, room, "5", "35")
    assert not read(office, room, "5", "75.1")
    for celsius, humidity in (("5", None), ("5", "101"), ("5", "-1"), ("5.55", "50"), ("100", "50")):
        with pytest.raises(FieldWrong):
            read(office, room, celsius, humidity)
    with pytest.raises(FieldWrong):
        read(office, place(office, "乙冰箱"), "5", "50")
    with pytest.raises(NotFound):
        read(office, 10**6, "5")


def test_places_have_names_of_their_own_and_limits_in_order(office: Office) -> None:
    fridge = place(office, "丙冰箱")
    with pytest.raises(AlreadyExists):
        place(office, "丙冰箱")
    for fields in ({"coldest": D(8), "warmest": D(2)}, {"driest": D(30)}, {"driest": D(70), "dampest": D(30)}, {"coldest": D("2.55")}):
        base = {"name": "丙二", "coldest": D(2), "warmest": D(8)}
        with pytest.raises(FieldWrong):
            office.desk(KEEPER).call(SaveColdPlace(**(base | fields)))  # type: ignore[arg-type]
    office.desk(KEEPER).call(SaveColdPlace(place_id=fridge, name="丙柜", coldest=D(0), warmest=D(20), active=False))
    assert fridge not in {p.id for p in office.desk(KEEPER).call(ListColdPlaces()).places}
    (kept,) = (p for p in office.desk(KEEPER).call(ListColdPlaces(inactive=True)).places if p.id == fridge)
    assert (kept.name, kept.warmest) == ("丙柜", D(20))


def test_what_was_not_read_wants_an_answer(office: Office) -> None:
    at(office, 0, time(9, 0))
    fridge = place(office, "丁冰箱")
    at(office, 0, time(23, 0))
    assert alerts(office, fridge) == []  # on its first day nobody had to
    at(office, 1, time(11, 59))
    assert alerts(office, fridge) == []
    at(office, 1, time(12, 1))
    assert alerts(office, fridge) == [(0, "MORNING", None)]
    read(office, fridge, "5")
    at(office, 2, time(0, 1))
    assert alerts(office, fridge) == [(1, "MORNING", None)]
    day = office.today - timedelta(days=1)
    office.desk(KEEPER).call(EnterRemedy(place_id=fridge, day=day, half=Half.MORNING, words="值班人员外出，下午已补测"))
    assert alerts(office, fridge) == []
    at(office, 5, time(8, 0))
    assert alerts(office, fridge) == [(d, half, None) for d in (1, 2, 3) for half in ("AFTERNOON", "MORNING")]
    at(office, 40, time(8, 0))
    assert len(alerts(office, fridge)) == 14  # a week is enough to look at
    office.desk(KEEPER).call(SaveColdPlace(place_id=fridge, name="丁冰箱", coldest=D(2), warmest=D(8), active=False))
    assert alerts(office, fridge) == []


def test_what_was_out_of_limits_wants_an_answer_at_once(office: Office) -> None:
    at(office, 0, time(9, 0))
    fridge = place(office, "戊冰箱")
    read(office, fridge, "9.5")
    assert alerts(office, fridge) == [(0, "MORNING", D("9.5"))]
    read(office, fridge, "6")
    assert alerts(office, fridge) == [(0, "MORNING", D("9.5"))]  # a better reading alone does not say what was done
    answer = EnterRemedy(place_id=fridge, day=office.today, half=Half.MORNING, words="移药至备用冰箱")
    office.desk(KEEPER).call(answer)
    assert alerts(office, fridge) == []
    read(office, fridge, "1.9")
    assert alerts(office, fridge) == [(0, "MORNING", D("1.9"))]
    read(office, fridge, "9", remedy="报修")
    assert alerts(office, fridge) == []
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(EnterRemedy(place_id=fridge, day=office.today, half=Half.AFTERNOON, words="还没到"))


def test_limits_that_change_accuse_nobody(office: Office) -> None:
    fridge = place(office, "己冰箱")
    read(office, fridge, "7.5")
    office.desk(KEEPER).call(SaveColdPlace(place_id=fridge, name="己冰箱", coldest=D(2), warmest=D(5)))
    assert alerts(office, fridge) == []
    assert [r.within for r in log(office, fridge).readings] == [True]
    with pytest.raises(FieldWrong):
        office.desk(KEEPER).call(GetTemperatures(place_id=fridge, first_day=office.today, last_day=office.today - timedelta(days=1)))
