"""``xinglin clinic`` as it is typed, on a real database; and the help of ``xinglin pair``, its neighbour on the first day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time, timedelta

import pytest

from common.i18n import CHINESE, ENGLISH, language, set_language
from common.messages.admin import GetRoster, ListDepartments, RosterLine
from common.messages.registration import Level, Period
from common.messages.session import ClinicFacts, WhoAmI
from installer import clinic as command
from installer.database import SERVICE_VARIABLE
from installer.postgres import EmbeddedPostgres
from migrations.run import migrate
from server import pairing
from server.local import LocalDesk
from tests import visits
from tests.harness import Clinic, TestDatabase

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types ``xinglin clinic …`` and gives back exit code, output and complaints, in English."""
    monkeypatch.setenv(SERVICE_VARIABLE, database.dsn)
    set_language(ENGLISH)

    def type_it(*argv: str) -> tuple[int, str, str]:
        try:
            code = command.main(list(argv))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    yield type_it


@pytest.fixture
def monday(local: LocalDesk) -> date:
    """A Monday after today."""
    today = facts(local).today
    return today + timedelta(days=8 - today.isoweekday())


def facts(desk: LocalDesk) -> ClinicFacts:
    return desk.perform(WhoAmI()).clinic


def roster(desk: LocalDesk, day: date, doctor: str = "fangzhou") -> list[RosterLine]:
    return [line for line in desk.perform(GetRoster(date=day)).sessions if line.doctor_login == doctor]


def opening(days: str, *more: str, period: str = "morning", fee: tuple[str, ...] = ("--fee", "C001", "G001")) -> tuple[str, ...]:
    """The words that open clinic sessions."""
    who = ("--doctor", "fangzhou", "--department", "nk", "--room", "101", "--period", period, "--capacity", "20")
    return ("sessions", "open", *who, "--days", days, *more, *fee)


# --- name and departments


def test_the_clinic_is_named_and_what_is_not_given_stays(typed: Typed, local: LocalDesk) -> None:
    assert typed("name", "杏花门诊部", "--english", "Apricot Clinic", "--triage-desk", "yes", "--idle-lock", "20")[0] == 0
    first = facts(local)
    assert (first.name, first.name_en, first.triage_desk, first.idle_lock_minutes) == ("杏花门诊部", "Apricot Clinic", True, 20)
    _, said, complaint = typed("name", "杏花诊所")
    assert "no triage desk" in complaint
    assert "杏花诊所 Apricot Clinic\nTriage desk: yes\nAn idle desk locks after 20 minutes." in said
    second = facts(local)
    assert (second.name, second.name_en, second.triage_desk, second.idle_lock_minutes) == ("杏花诊所", "Apricot Clinic", True, 20)
    typed("name", "杏花诊所", "--english", "", "--triage-desk", "否")
    assert (facts(local).name_en, facts(local).triage_desk) == ("", False)


def test_a_department_is_opened_once(typed: Typed, local: LocalDesk) -> None:
    assert typed("department", "add", "KQ", "口腔科", "--english", "Dentistry")[0] == 0
    line = next(line for line in local.perform(ListDepartments()).departments if line.code == "KQ")
    assert (line.name, line.name_en, line.kind) == ("口腔科", "Dentistry", "clinical")
    code, _, complaint = typed("department", "add", "KQ", "口腔二科")
    assert (code, "KQ exists already" in complaint) == (1, True)
    listed = typed("department", "list")[1]
    assert [row.split()[:3] for row in listed.splitlines() if row.startswith(("KQ", "YF"))] == [
        ["KQ", "口腔科", "clinical"],
        ["YF", "药房", "pharmacy"],
    ]


def test_a_clinic_of_which_nothing_is_known_says_what_to_type(
    typed: Typed, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.ensure_database("new_clinic")
    migrate(postgres.dsn("xinglin_owner", "new_clinic"))
    monkeypatch.setenv(SERVICE_VARIABLE, postgres.dsn(dbname="new_clinic"))
    nothing = "The clinic has no name yet: xinglin clinic name …\nThere is no department yet: xinglin clinic department add …\n"
    assert typed("show") == (0, nothing, "")


# --- clinic sessions


def test_a_month_of_clinic_sessions_is_opened_on_its_weekdays(typed: Typed, local: LocalDesk, monday: date) -> None:
    last = monday + timedelta(days=13)
    code, said, _ = typed(*opening(f"{monday}..{last}", "--weekdays", "1,5", "--level", "expert"))
    assert (code, said) == (0, "Opened: 4. Passed over: 0.\n")
    days = [monday + timedelta(days=n) for n in range(14)]
    assert [day.isoweekday() for day in days if roster(local, day)] == [1, 5, 1, 5]
    (line,) = roster(local, monday)
    assert (line.starts, line.ends, line.period, line.level) == (time(8), time(12), Period.MORNING, Level.EXPERT)
    assert (line.room, line.department, line.capacity, line.taken, line.fee_fen) == ("101", "内科", 20, 0, 1100)


def test_days_that_are_open_already_are_told_and_passed_over(typed: Typed, local: LocalDesk, monday: date) -> None:
    typed(*opening(str(monday)))
    (first,) = roster(local, monday)
    code, said, _ = typed(*opening(f"{monday}..{monday + timedelta(days=1)}", "--from", "11:00", "--to", "13:00"))
    assert code == 0
    assert f"{monday}: passed over, there is already:" in said
    assert f" {first.id}  08:00–12:00" in said
    assert "Opened: 1. Passed over: 1." in said
    assert len(roster(local, monday)) == len(roster(local, monday + timedelta(days=1))) == 1


@pytest.mark.parametrize(("period", "begins", "ends"), [("afternoon", time(13, 30), time(17, 30)), ("evening", time(18), time(21))])
def test_a_period_has_its_usual_hours(typed: Typed, local: LocalDesk, monday: date, period: str, begins: time, ends: time) -> None:
    assert typed(*opening(str(monday), period=period, fee=("--free",)))[0] == 0
    (line,) = roster(local, monday)
    assert (line.starts, line.ends, line.fee_fen) == (begins, ends, 0)


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        (("--fee", "C001", "C9999"), 1, "Service item C9999"),
        (("--doctor", "nobody"), 1, "Person nobody"),
        (("--doctor", "qianduo"), 1, "Doctor qianduo"),
        (("--department", "XX"), 1, "Department XX"),
        (("--days", "2020-01-01"), 2, "2020-01-01 is over"),
        (("--days", "2030-02-02..2030-02-01"), 2, "the last day comes after the first"),
        (("--days", "2030-02-30"), 2, "a date like 2026-12-01"),
        (("--days", "2030-01-01", "--weekdays", "1"), 2, "No such weekday"),
        (("--weekdays", "0,8"), 2, "1 (Monday) to 7"),
        (("--capacity", "0"), 2, "a whole number from 1 to 500"),
        (("--from", "25:00"), 2, "write it like 8:30"),
        (("--from", "12:00"), 1, "it ends before it begins"),
        (("--room", "一" * 21), 2, "0 to 20 characters"),
        (("--free",), 2, "not allowed with"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_opens_nothing(
    typed: Typed, database: TestDatabase, monday: date, change: tuple[str, ...], code: int, sentence: str
) -> None:
    before = database.value("SELECT count(*) FROM clinic_session")
    done, _, complaint = typed(*opening(str(monday)), *change)
    assert (done, sentence in complaint) == (code, True), complaint
    assert database.value("SELECT count(*) FROM clinic_session") == before


def test_a_clinic_session_is_closed_listed_and_opened_again(typed: Typed, local: LocalDesk, monday: date) -> None:
    typed(*opening(str(monday)))
    number = str(roster(local, monday)[0].id)
    assert "taken 0 of 20" in typed("sessions", "list", str(monday))[1]
    assert typed("sessions", "close", number)[0] == 0
    assert typed("sessions", "list", str(monday))[1].rstrip().endswith("closed")
    assert typed("sessions", "capacity", number, "5")[0] == 0
    assert "taken 0 of 5" in typed("sessions", "list", str(monday))[1]
    assert "no clinic session" in typed("sessions", "list", "2035-01-01")[1]
    assert typed("sessions", "close")[0] == 2


def test_a_doctor_who_is_ill_keeps_the_patients_who_have_numbers(typed: Typed, clinic: Clinic, local: LocalDesk) -> None:
    visits.register(clinic, visits.new_patient(clinic).id)
    today = facts(local).today
    others = [line.capacity for line in roster(local, today, "linyue")]
    taken = next(line for line in roster(local, today) if line.taken)
    code, said, complaint = typed("sessions", "close", "--doctor", "fangzhou", "--days", str(today))
    assert (code, said.count("is closed")) == (1, 2)
    assert f"Clinic session {taken.id} stays open." in complaint
    assert sorted(line.capacity for line in roster(local, today)) == [0, 0, taken.capacity]
    assert [line.capacity for line in roster(local, today, "linyue")] == others
    assert typed("sessions", "capacity", str(taken.id), "1")[0] == 0


# --- help


@pytest.mark.parametrize(
    ("code", "words"), [(ENGLISH, ("options:", "--weekdays", "1 is Monday")), (CHINESE, ("选项:", "1 是星期一", "挂号不收费"))]
)
def test_help_is_in_the_persons_language(code: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with language(code), pytest.raises(SystemExit) as ended:
        command.main(["sessions", "open", "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert [word for word in words if word not in said] == []


@pytest.mark.parametrize(("code", "words"), [(ENGLISH, ("options:", "pairs a new desk")), (CHINESE, ("选项:", "配对新工作站"))])
def test_pair_explains_itself_without_a_database(
    code: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SERVICE_VARIABLE, raising=False)
    with language(code), pytest.raises(SystemExit) as ended:
        pairing.main(["--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert [word for word in words if word not in said] == []


def test_pair_makes_a_code_for_the_named_desk(
    database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(SERVICE_VARIABLE, database.dsn)
    assert pairing.main(["Front", "1"]) == 0
    assert len(capsys.readouterr().out.splitlines()[0]) == len("1234 5678")
    assert database.value("SELECT desk_name FROM pairing_offer") == "Front 1"
    with pytest.raises(SystemExit):
        pairing.main(["x" * 41])
    assert database.value("SELECT count(*) FROM pairing_offer") == 1
