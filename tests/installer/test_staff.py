"""``xinglin staff`` as it is typed, on a real database: what is stored, what is said, and no traceback."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator

import pytest

from common.errors import MustChangePassword, WrongPassword
from common.i18n import CHINESE, ENGLISH, language, set_language
from common.messages.admin import ListStaff, StaffLine
from common.messages.session import ChangePassword
from common.messages.settlement import Approve
from common.money_errors import BadgeRevoked
from common.permissions import Role
from installer import staff
from installer.database import SERVICE_VARIABLE
from server.local import LocalDesk
from tests.harness import Clinic, SignedInDesk, TestDatabase

BADGE = "XLGP-2026-0004711"
OTHER_BADGE = "XLGP-2026-0004712"

Typed = Callable[..., tuple[int, str, str]]


@pytest.fixture
def typed(database: TestDatabase, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types ``xinglin staff …`` and gives back exit code, output and complaints, in English."""
    monkeypatch.setenv(SERVICE_VARIABLE, database.dsn)
    set_language(ENGLISH)

    def type_it(*argv: str) -> tuple[int, str, str]:
        try:
            code = staff.main(list(argv))
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    yield type_it


def found(desk: LocalDesk, login: str) -> StaffLine:
    return next(line for line in desk.perform(ListStaff()).staff if line.login == login)


def password_in(said: str) -> str:
    shown = re.search(r": (Xl-\S+)$", said, re.MULTILINE)
    assert shown
    return shown[1]


def test_a_doctor_is_taken_on_with_all_that_a_doctor_has(typed: Typed, local: LocalDesk) -> None:
    code, said, _ = typed(
        *("add", "liwei", "李苇", "doctor", "pharmacist", "--department", "nk", "--title", "主治医师", "--antibacterial", "restricted")
    )
    assert code == 0
    assert password_in(said)
    line = found(local, "liwei")
    assert (line.name, line.title, line.department, line.antibacterial_level) == ("李苇", "主治医师", "内科", "restricted")
    assert line.roles == (Role.DOCTOR, Role.PHARMACIST)


@pytest.mark.parametrize(
    ("argv", "code", "sentence"),
    [
        (("add", "liwei", "李苇", "doctor", "--department", "XX"), 1, "Department XX"),
        (("add", "qianduo", "钱朵", "cashier"), 1, "qianduo exists already"),
        (("add", "Li Wei", "李苇", "doctor"), 2, "2 to 30 characters"),
        (("add", "liwei", "李" * 51, "doctor"), 2, "1 to 50 characters"),
        (("add", "liwei", "李苇", "wizard"), 2, "wizard"),
        (("add", "liwei", "李苇", "doctor", "--antibacterial", "all"), 2, "all"),
        (("correct", "nobody", "--title", "院长"), 1, "Person nobody"),
        (("correct", "qianduo"), 2, "Nothing to correct"),
        (("correct", "system", "--roles", "administrator"), 1, "Person system"),
        (("reset-password", "nobody"), 1, "Person nobody"),
        (("deactivate", "admin"), 1, "last active administrator"),
        (("correct", "admin", "--roles", "manager"), 1, "last active administrator"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_stores_nothing(
    typed: Typed, local: LocalDesk, argv: tuple[str, ...], code: int, sentence: str
) -> None:
    before = local.perform(ListStaff())
    done, _, complaint = typed(*argv)
    assert (done, sentence in complaint) == (code, True), complaint
    assert local.perform(ListStaff()) == before


def test_a_correction_changes_what_is_named_and_nothing_else(typed: Typed, local: LocalDesk) -> None:
    before = found(local, "fangzhou")
    assert typed("correct", "fangzhou", "--title", "副主任医师", "--antibacterial", "special")[0] == 0
    after = found(local, "fangzhou")
    assert (after.title, after.antibacterial_level) == ("副主任医师", "special")
    assert (after.name, after.department, after.roles, after.active) == (before.name, before.department, before.roles, True)
    assert typed("correct", "fangzhou", "--department", "")[0] == 0
    assert found(local, "fangzhou").department_id is None
    assert typed("correct", "fangzhou", "--department", "wk", "--roles", "nurse", "doctor", "--name", "方洲")[0] == 0
    last = found(local, "fangzhou")
    assert (last.name, last.department, last.roles) == ("方洲", "外科", (Role.NURSE, Role.DOCTOR))


def test_who_leaves_is_out_at_once_and_what_remains_is_told(typed: Typed, clinic: Clinic, local: LocalDesk) -> None:
    clinic.desk("fangzhou")
    code, said, complaint = typed("deactivate", "fangzhou")
    assert code == 0
    assert "Sign-ins ended: 1." in said
    assert "under this name: 3." in complaint
    with pytest.raises(WrongPassword):
        SignedInDesk(clinic.url, "fangzhou")
    assert "deactivated" in next(line for line in typed("list")[1].splitlines() if line.startswith("fangzhou"))
    assert typed("correct", "fangzhou", "--active")[0] == 0
    assert found(local, "fangzhou").active
    SignedInDesk(clinic.url, "fangzhou")


def test_a_new_password_opens_nothing_but_its_change(typed: Typed, clinic: Clinic) -> None:
    _, said, _ = typed("reset-password", "admin")
    given = password_in(said)
    desk = SignedInDesk(clinic.url, "admin", given)
    with pytest.raises(MustChangePassword):
        desk.call(ListStaff())
    desk.call(ChangePassword(old=given, new="Own-Password-1"))
    assert SignedInDesk(clinic.url, "admin", "Own-Password-1").call(ListStaff()).staff


def test_a_password_may_be_typed_twice(typed: Typed, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(("Typed-Word-1", "Typed-Word-2", "short", "short", "Typed-Word-1", "Typed-Word-1"))
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    assert "differently the second time" in typed("reset-password", "admin", "--ask-password")[2]
    assert "at least 10 characters" in typed("reset-password", "admin", "--ask-password")[2]
    code, said, _ = typed("reset-password", "admin", "--ask-password")
    assert (code, "Typed" in said) == (0, False)
    assert SignedInDesk(clinic.url, "admin", "Typed-Word-1").signed_in.must_change_password


def scanner(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """What is typed into the command comes from a pipe."""
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{code}\n"))


def agreed(clinic: Clinic, code: str) -> str:
    """Who agrees to a cashier's refund by this badge."""
    return clinic.desk("qianduo").call(Approve(act="refund", subject_id=1, badge=code)).approver


def test_a_badge_is_scanned_and_agrees_at_a_desk(typed: Typed, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    scanner(monkeypatch, BADGE)
    code, said, complaint = typed("badge", "yuanzhang")
    assert (code, "yuanzhang" in said, BADGE in said + complaint) == (0, True, False)
    assert agreed(clinic, BADGE)
    scanner(monkeypatch, OTHER_BADGE)
    assert typed("badge", "yuanzhang")[0] == 0
    with pytest.raises(BadgeRevoked):
        agreed(clinic, BADGE)
    assert agreed(clinic, OTHER_BADGE)


def test_a_badge_is_revoked(typed: Typed, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    scanner(monkeypatch, BADGE)
    assert typed("badge", "yuanzhang")[0] == 0
    code, said, _ = typed("badge", "yuanzhang", "--revoke")
    assert (code, "revoked" in said) == (0, True)
    with pytest.raises(BadgeRevoked):
        agreed(clinic, BADGE)
    code, _, complaint = typed("badge", "yuanzhang", "--revoke")
    assert (code, "yuanzhang" in complaint) == (1, True)


def test_at_a_terminal_a_badge_is_not_echoed(typed: Typed, clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("what would be seen\n"))
    monkeypatch.setattr("getpass.getpass", lambda _: BADGE)
    assert typed("badge", "yuanzhang")[0] == 0
    assert agreed(clinic, BADGE)


@pytest.mark.parametrize(
    ("login", "code", "sentence"),
    [
        ("yuanzhang", "", "12 to 64 characters"),
        ("yuanzhang", "12345678901", "12 to 64 characters"),
        ("yuanzhang", "1" * 65, "12 to 64 characters"),
        ("nobody", "XLGP-2026-0004711", "Person nobody"),
        ("system", "XLGP-2026-0004711", "Person system"),
        ("yuanzhang", "XLGP-2026-0004712", "Somebody else's badge"),
        ("suye", "XLGP-2026-0004711", "deactivated"),
    ],
)
def test_a_badge_that_cannot_be_given_is_a_sentence(
    typed: Typed, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, login: str, code: str, sentence: str
) -> None:
    typed("deactivate", "suye")
    scanner(monkeypatch, OTHER_BADGE)
    assert typed("badge", "jinxing")[0] == 0
    scanner(monkeypatch, code)
    done, said, complaint = typed("badge", login)
    assert (done, sentence in complaint, said) == (1, True, ""), complaint
    assert not code or code not in complaint
    assert clinic.database.value("SELECT count(*) FROM badge WHERE revoked_at IS NULL") == 1


def test_the_list_shows_everybody_in_the_persons_language(typed: Typed) -> None:
    said = typed("list")[1]
    assert re.search(r"^linyue +林悦 .*副主任医师 +内科 +\[Doctor\] +antibacterials: special grade$", said, re.MULTILINE)
    assert "system" not in said
    with language(CHINESE):
        assert "抗菌药物：特殊使用级" in typed("list")[1]


def test_a_database_without_tables_is_a_sentence(typed: Typed, database: TestDatabase) -> None:
    database.run("DROP TABLE staff CASCADE")
    code, _, complaint = typed("list")
    assert (code, complaint) == (1, "The database is not at this version yet. Run “xinglin migrate” first.\n")


@pytest.mark.parametrize(("code", "words"), [(ENGLISH, ("options:", "arguments:", "ROLE")), (CHINESE, ("选项:", "参数:", "角色"))])
def test_help_is_in_the_persons_language(code: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with language(code), pytest.raises(SystemExit) as ended:
        staff.main(["add", "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert [word for word in words if word not in said] == []
