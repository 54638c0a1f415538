"""Windows of the pharmacy: what is paid goes to the one that has the least to do, and nothing is lost when one closes."""

from __future__ import annotations

import random
from functools import partial

import pytest

from common.errors import AlreadyExists, NotFound, NotPermitted, WrongState
from common.messages.consult import PrescriptionKind
from common.messages.pharmacy import Dispense, ListToDispense, NoCode, PharmacyEntry, PickPrescription
from common.messages.windows import (
    CallFacts,
    CallPatient,
    CloseWindow,
    ListCalls,
    ListWindows,
    OpenWindow,
    PassPatient,
    SetWindow,
    WindowFacts,
)
from common.window_errors import NotCalled, WindowIsClosed
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


# --- calling


def calls(office: Office) -> list[CallFacts]:
    return list(office.desk(visits.CLERK).call(ListCalls()).calls)


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
