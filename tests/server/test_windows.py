"""Windows of the pharmacy: what is paid goes to the one that has the least to do, and nothing is lost when one closes."""

from __future__ import annotations

import random
from datetime import datetime, time, timedelta
from functools import partial

import msgspec
import pytest

from common.errors import AlreadyExists, NotFound, NotPermitted, WrongState
from common.messages.consult import PrescriptionKind
from common.messages.pharmacy import Dispense, ListToDispense, NoCode, PharmacyEntry, PickPrescription
from common.messages.windows import (
    CallFacts,
    CallPatient,
    CloseLeftWindow,
    CloseWindow,
    ListCalls,
    ListWindows,
    OpenWindow,
    PassPatient,
    SetWindow,
    WindowFacts,
)
from common.permissions import Permission, Role, permissions_of
from common.window_errors import NotCalled, WindowIsClosed, WindowNotLeft
from common.wire import new_request_id, request_types
from server import windows
from tests import visits
from tests.server.office import Office, at_once
from tests.server.test_pharmacy import OTHER, PHARMACIST, paid, pick

MANAGER = "yuanzhang"


def window(office: Office, name: str, *kinds: PrescriptionKind) -> int:
    """A window that is open, with the pharmacist behind it."""
    made = office.desk(MANAGER).call(SetWindow(name=name, kinds=kinds)).window_id
    office.desk(PHARMACIST).call(OpenWindow(window_id=made))
    return made


def close(office: Office, window_id: int) -> int:
    return office.desk(PHARMACIST).call(CloseWindow(window_id=window_id)).moved


def listed(office: Office) -> dict[int, PharmacyEntry]:
    return {entry.prescription_id: entry for entry in office.desk(PHARMACIST).call(ListToDispense()).entries}


def at(office: Office) -> list[int | None]:
    """The window of each waiting prescription, longest waiting first."""
    return [entry.window_id for entry in listed(office).values()]


def facts(office: Office, window_id: int) -> WindowFacts:
    return next(each for each in office.desk(PHARMACIST).call(ListWindows()).windows if each.id == window_id)


def test_without_windows_everything_waits_for_any(own_office: Office) -> None:
    prescription = paid(own_office)
    entry = listed(own_office)[prescription.id]
    assert (entry.window_id, entry.window) == (None, "")
    assert own_office.desk(PHARMACIST).call(ListWindows()).unplaced == 1


def test_the_least_loaded_window_gets_it_and_of_two_alike_the_older(own_office: Office) -> None:
    office = own_office
    first, second = window(office, "1号窗"), window(office, "2号窗")
    paid(office, "窗一", None, "布洛芬", "氯雷他定")  # heavier than one line
    assert at(office) == [first]
    paid(office, "窗二")
    paid(office, "窗三")
    assert at(office) == [first, second, second]  # two lines weigh as much as two prescriptions of one
    paid(office, "窗四")
    assert at(office)[3] == first  # alike
    loads = {id: facts(office, id).load for id in (first, second)}
    packs = dict(office.rows("SELECT prescription_id, sum(1 + packs) FROM prescription_line GROUP BY 1"))
    assert sum(loads.values()) == sum(packs.values())
    assert facts(office, first).waiting + facts(office, second).waiting == 4


def test_a_window_takes_only_its_kinds(own_office: Office) -> None:
    office = own_office
    window(office, "麻精窗", PrescriptionKind.NARCOTIC)
    paid(office, "窗五")
    assert at(office) == [None]
    every = window(office, "普通窗")  # takes what waited for any
    assert at(office) == [every]
    moved = office.desk(MANAGER).call(SetWindow(window_id=every, name="普通窗", kinds=(PrescriptionKind.HERBAL,)))
    assert (moved.moved, facts(office, every).waiting) == (0, 1)  # nobody else takes it
    assert office.desk(PHARMACIST).call(ListWindows()).unplaced == 1


def test_closing_hands_over_balanced_and_the_last_leaves_all_to_any_window(own_office: Office) -> None:
    office = own_office
    first, second, third = (window(office, name) for name in ("甲", "乙", "丙"))
    for name in ("关一", "关二", "关三", "关四", "关五", "关六"):
        paid(office, name)
    assert sorted(at(office), key=str) == [first, first, second, second, third, third]
    picked = next(id for id, entry in listed(office).items() if entry.window_id == third)
    office.desk(PHARMACIST).call(PickPrescription(prescription_id=picked))  # the tray goes along
    assert close(office, third) == 2
    assert sorted(at(office), key=str) == [first] * 3 + [second] * 3
    assert close(office, third) == 0  # closed already
    assert close(office, second) == 3
    assert at(office) == [first] * 6
    assert close(office, first) == 0
    assert at(office) == [None] * 6
    assert office.desk(PHARMACIST).call(ListWindows()).unplaced == 6
    assert office.desk(OTHER).call(OpenWindow(window_id=second)).moved == 6
    assert at(office) == [second] * 6
    assert (facts(office, second).staff, facts(office, first).staff) == ("江蓝", "")


def test_windows_that_close_and_open_at_once_lose_nothing(own_office: Office) -> None:
    office = own_office
    ids = [window(office, name) for name in ("同一", "同二", "同三")]
    for name in ("同甲", "同乙", "同丙", "同丁"):
        paid(office, name)
    for _ in range(3):
        one, other = office.desk(PHARMACIST), office.desk(OTHER)
        at_once(
            partial(one.call, CloseWindow(window_id=ids[0])),
            partial(other.call, CloseWindow(window_id=ids[1])),
            partial(one.call, OpenWindow(window_id=ids[2])),
        )
        assert at(office) == [ids[2]] * 4
        at_once(
            partial(one.call, OpenWindow(window_id=ids[0])),
            partial(other.call, CloseWindow(window_id=ids[2])),
        )
        assert at(office) == [ids[0]] * 4
        one.call(OpenWindow(window_id=ids[1]))


def test_what_is_paid_while_its_window_closes_is_at_no_closed_window(own_office: Office) -> None:
    office = own_office
    first, second = window(office, "付一"), window(office, "付二")
    for name in ("付甲", "付乙", "付丙"):
        patient = visits.new_patient(office, name)
        visit = visits.register(office, patient.id)
        visits.consult(office, visit.visit_id)
        visits.approve(office, visits.prescribe(office, visit.visit_id).id)
        office.desk(PHARMACIST).call(OpenWindow(window_id=first))
        at_once(partial(visits.settle_all, office, patient.id), partial(close, office, first))
    assert at(office) == [second] * 3


def test_an_undone_hand_over_waits_where_somebody_stands(own_office: Office) -> None:
    from common.messages.returns import UndoDispense, UndoReason

    office = own_office
    only = window(office, "独一")
    prescription = paid(office, "独二")
    visits.hand_over(office, prescription.id)
    close(office, only)
    office.desk(PHARMACIST).call(UndoDispense(prescription_id=prescription.id, reason=UndoReason.WRONG_PATIENT))
    assert at(office) == [None]
    other = window(office, "独三")
    assert at(office) == [other]


def test_who_may_set_windows(office: Office) -> None:
    with pytest.raises(NotPermitted):
        office.desk(PHARMACIST).call(SetWindow(name="药师的窗"))
    with pytest.raises(NotPermitted):
        office.desk(MANAGER).call(OpenWindow(window_id=1))
    made = office.desk(MANAGER).call(SetWindow(name="同名")).window_id
    with pytest.raises(AlreadyExists):
        office.desk(MANAGER).call(SetWindow(name="同名"))
    assert office.desk(MANAGER).call(SetWindow(window_id=made, name="改名", active=False)).moved == 0
    with pytest.raises(NotFound):
        office.desk(PHARMACIST).call(OpenWindow(window_id=made))
    assert made not in [each.id for each in office.desk(MANAGER).call(ListWindows()).windows]


# --- left alone


def sign_in(office: Office, login: str, ago: timedelta = timedelta(), seen: timedelta | None = None) -> int:
    """A session of this person, begun and last seen so long ago."""
    wall = office.clock.wall()
    (row,) = office.rows(
        "INSERT INTO session (token_hash, staff_id, created_at, last_seen_at, expires_at) SELECT %s, id, %s, %s, %s FROM staff WHERE login = %s"
        " RETURNING id",
        random.randbytes(32),
        wall - ago,
        wall - (ago if seen is None else seen),
        wall - ago + timedelta(hours=14),
        login,
    )
    return int(row[0])


def is_open(office: Office, window_id: int) -> bool:
    return facts(office, window_id).open


def closings(office: Office) -> list[dict[str, object]]:
    return [row[0] for row in office.rows("SELECT detail FROM audit_entry WHERE act = 'close_left_window' ORDER BY id")]


def left(office: Office) -> None:
    """The service's round."""
    windows.close_left(office.connections, office.dispatch, office.clock)


def test_a_window_left_alone_hands_over_once_and_loses_nothing(own_office: Office) -> None:
    office = own_office
    gone, stays = sign_in(office, PHARMACIST), sign_in(office, OTHER)
    first = window(office, "忘一")
    second = office.desk(MANAGER).call(SetWindow(name="忘二")).window_id
    office.desk(OTHER).call(OpenWindow(window_id=second))
    for name in ("忘甲", "忘乙"):
        paid(office, name)
    assert at(office) == [first, second]
    left(office)
    assert is_open(office, first)
    office.rows("UPDATE session SET ended_at = now() - interval '29 minutes' WHERE id = %s RETURNING id", gone)
    left(office)
    assert is_open(office, first)  # he may come back
    office.rows("UPDATE session SET ended_at = now() - interval '31 minutes' WHERE id = %s RETURNING id", gone)
    at_once(partial(left, office), partial(left, office), partial(left, office))
    left(office)
    assert (is_open(office, first), is_open(office, second)) == (False, True)
    assert at(office) == [second, second]
    assert [(told["window"], told["moved"]) for told in closings(office)] == [("忘一", 1)]
    office.rows("UPDATE session SET last_seen_at = now() - interval '40 minutes' WHERE id = %s RETURNING id", stays)
    left(office)
    assert is_open(office, second)  # idle, and the lock fell 25 minutes ago
    office.rows("UPDATE session SET last_seen_at = now() - interval '46 minutes' WHERE id = %s RETURNING id", stays)
    left(office)
    assert at(office) == [None, None]
    assert len(closings(office)) == 2


def test_on_a_new_day_nobody_stands_where_he_stood_the_day_before_but_on_night_duty(own_office: Office) -> None:
    office = own_office
    forgotten = window(office, "隔夜")
    night = office.desk(MANAGER).call(SetWindow(name="夜班")).window_id
    office.desk(OTHER).call(OpenWindow(window_id=night))
    prescription = paid(office, "隔夜甲")
    now = office.clock.now()
    office.clock.by = office.clock.wall_by = datetime.combine(now + timedelta(days=1), time(2), now.tzinfo) - now
    sign_in(office, PHARMACIST)  # who is early at work again, at whichever window
    sign_in(office, OTHER, timedelta(hours=5), timedelta())
    left(office)
    assert (is_open(office, forgotten), is_open(office, night)) == (False, True)
    assert list(listed(office)) == [prescription.id]
    assert at(office) == [night]
    office.desk(PHARMACIST).call(OpenWindow(window_id=forgotten))
    left(office)
    assert is_open(office, forgotten)


def test_what_nobody_came_for_stays_listed_behind_what_is_of_today(own_office: Office) -> None:
    office = own_office
    ids = [paid(office, name).id for name in ("剩一", "剩二", "剩三", "剩四")]
    for id, days in ((ids[0], 5), (ids[1], 2)):
        office.database.run("UPDATE prescription SET paid_at = paid_at - make_interval(days => %s) WHERE id = %s", days, id)
    assert list(listed(office)) == [ids[2], ids[3], ids[1], ids[0]]


def test_a_window_opened_anew_is_not_closed_by_what_was_seen_before(own_office: Office) -> None:
    office = own_office
    made = window(office, "重开")
    ((since,),) = office.rows("SELECT since FROM pharmacy_window WHERE id = %s", made)
    service = msgspec.structs.replace(office.actor(PHARMACIST), permissions=frozenset({Permission.SERVICE}))
    sign_in(office, OTHER)
    office.desk(OTHER).call(OpenWindow(window_id=made))
    with pytest.raises(WindowNotLeft):
        office.dispatch.perform(CloseLeftWindow(window_id=made, since=since), service, new_request_id())
    with pytest.raises(NotPermitted):
        office.desk(OTHER).call(CloseLeftWindow(window_id=made, since=since))
    assert is_open(office, made)


# --- calling


def calls(office: Office) -> list[CallFacts]:
    return list(office.desk(PHARMACIST).call(ListCalls()).calls)


def test_a_picked_prescription_is_called_by_a_masked_name_and_again(own_office: Office) -> None:
    office = own_office
    first, second = window(office, "3号窗口"), window(office, "4号窗口")
    prescription = paid(office, "欧阳小明")
    desk = office.desk(PHARMACIST)
    with pytest.raises(WrongState):
        desk.call(CallPatient(prescription_id=prescription.id, window_id=first))
    pick(office, prescription)
    with pytest.raises(NotCalled):
        desk.call(PassPatient(prescription_id=prescription.id))
    called = desk.call(CallPatient(prescription_id=prescription.id, window_id=second))
    assert (called.patient, called.window, called.times, called.passed) == ("欧**明", "4号窗口", 1, False)
    assert listed(office)[prescription.id].window_id == second
    assert calls(office) == [called]
    assert called.number == office.rows("SELECT number FROM visit WHERE id = %s", prescription.visit_id)[0][0][-4:]
    office.clock.by = timedelta(days=1)
    assert (calls(office), list(listed(office))) == ([], [prescription.id])  # not collected: listed still, and called no more
    office.clock.by = timedelta()
    assert desk.call(PassPatient(prescription_id=prescription.id)).passed
    with pytest.raises(NotCalled):
        desk.call(PassPatient(prescription_id=prescription.id))
    entry = listed(office)[prescription.id]
    assert (entry.called, entry.passed) == (1, True)
    again = desk.call(CallPatient(prescription_id=prescription.id, window_id=first))
    assert (again.times, again.passed, again.window) == (2, False, "3号窗口")
    assert [call.call_id for call in calls(office)] == [again.call_id]
    reasons = tuple(NoCode(line_id=line.id, reason="damaged") for line in prescription.lines)
    desk.call(Dispense(prescription_id=prescription.id, scans=(), without_code=reasons))
    assert calls(office) == []


def test_the_hall_sees_who_is_called_and_can_do_nothing_else(office: Office) -> None:
    actor = msgspec.structs.replace(
        office.actor(PHARMACIST), roles=frozenset({Role.HALL_SCREEN}), permissions=permissions_of({Role.HALL_SCREEN})
    )
    assert office.dispatch.perform(ListCalls(), actor).status == 200
    own = {ListCalls, *(kind for kind in request_types().values() if kind.permission in (Permission.ANYONE, Permission.SESSION_OWN))}
    assert {kind for kind in request_types().values() if kind.permission in actor.permissions | {Permission.ANYONE}} == own
    with pytest.raises(NotPermitted):
        office.dispatch.perform(ListToDispense(), actor)


def test_nobody_is_called_to_a_closed_window(own_office: Office) -> None:
    office = own_office
    shut = office.desk(MANAGER).call(SetWindow(name="关着")).window_id
    prescription = paid(office, "闭一")
    pick(office, prescription)
    with pytest.raises(WindowIsClosed):
        office.desk(PHARMACIST).call(CallPatient(prescription_id=prescription.id, window_id=shut))
    assert calls(office) == []


# --- whatever happens


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_opens_closes_and_changes_what_waits_is_where_it_can_be_handed_out(own_office: Office, seed: int) -> None:
    office, chance = own_office, random.Random(seed)
    ids = [office.desk(MANAGER).call(SetWindow(name=f"{number}号窗")).window_id for number in (1, 2, 3)]
    waiting = [paid(office, name).id for name in ("随甲", "随乙", "随丙")]
    kinds: dict[int, tuple[PrescriptionKind, ...]] = dict.fromkeys(ids, ())
    opened: set[int] = set()
    for _ in range(40):
        id = chance.choice(ids)
        act = chance.choice(("open", "close", "kinds", "open"))
        if act == "open":
            office.desk(chance.choice((PHARMACIST, OTHER))).call(OpenWindow(window_id=id))
            opened.add(id)
        elif act == "close":
            close(office, id)
            opened.discard(id)
        else:
            kinds[id] = chance.choice(((), (PrescriptionKind.ORDINARY,), (PrescriptionKind.HERBAL,)))
            name = f"{ids.index(id) + 1}号窗"
            office.desk(MANAGER).call(SetWindow(window_id=id, name=name, kinds=kinds[id]))
        takes = {id for id in opened if PrescriptionKind.ORDINARY in (kinds[id] or (PrescriptionKind.ORDINARY,))}
        places = listed(office)
        assert list(places) == waiting  # nobody is lost, nobody changes place in the queue
        assert all((entry.window_id in takes) if takes else entry.window_id not in takes for entry in places.values())
        told = {window.id: window.waiting for window in office.desk(PHARMACIST).call(ListWindows()).windows if window.open}
        assert set(told) == opened
