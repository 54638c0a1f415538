"""A second person's yes in place: by password or badge, for what the desk asks and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QVBoxLayout

from client.desk import Desk
from client.outbox import NOT_JOURNALLED, is_secret
from client.widgets.approval import ApprovalPane
from common.errors import WrongPassword
from common.messages.cashier import Tender, TenderKind
from common.messages.settlement import Approve, Approved, BeginSettlement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from client.desk import Workplace
    from tests.client.stage import Stage

YES = Approved(approval_id=41, approver="袁璋", expires_at=datetime(2026, 11, 22, tzinfo=UTC))
BADGE = "BADGE-0000-4711"


class AskingDesk(Desk):
    """A desk that wants a refund of bill 5 approved."""

    def __init__(self, place: Workplace) -> None:
        super().__init__(place)
        self.pane = ApprovalPane(place.ops, act="refund")
        self.heard: list[int] = []
        self.pane.approved.connect(self.heard.append)
        QVBoxLayout(self).addWidget(self.pane)
        self.pane.ask(5, 1000)

    def zones(self) -> Sequence[QWidget]:
        return (self.pane,)

    def scanned(self, code: str) -> bool:
        return self.pane.scanned(code)


@pytest.fixture
def desk(stage: Stage) -> AskingDesk:
    shown = AskingDesk(stage.place)
    stage.answers(Approve, YES)
    stage.show(shown)
    return shown


def test_login_and_password_by_keys_alone(stage: Stage, desk: AskingDesk) -> None:
    stage.press("Alt+1")
    stage.type("Yuanzhang")
    stage.press("Return")
    stage.type("Apricot-2026")
    stage.press("Return")
    assert stage.asked(Approve) == [Approve(act="refund", subject_id=5, amount_fen=1000, login="yuanzhang", password="Apricot-2026")]
    assert (desk.heard, desk.pane.approval_id) == ([41], 41)
    assert "袁璋" in desk.pane.given.text()
    assert not desk.pane.form.isVisible()
    assert desk.pane.password.text() == ""


def test_a_badge_is_scanned_wherever_the_focus_is(stage: Stage, desk: AskingDesk) -> None:
    stage.scan(BADGE)
    assert stage.asked(Approve) == [Approve(act="refund", subject_id=5, amount_fen=1000, badge=BADGE)]
    assert desk.heard == [41]


def test_a_short_code_is_no_badge(stage: Stage, desk: AskingDesk) -> None:
    stage.scan("12345678")
    assert stage.asked(Approve) == []


def test_a_password_typed_like_a_scan_is_still_one(stage: Stage, desk: AskingDesk) -> None:
    stage.press("Alt+1")
    stage.type("yuanzhang")
    stage.press("Return")
    stage.scan("Apricot-2026")
    assert stage.asked(Approve)[-1].password == "Apricot-2026"


def test_a_refusal_stands_in_place_and_what_was_typed_stays(stage: Stage, desk: AskingDesk) -> None:
    stage.answers(Approve, WrongPassword(tries_left=3))
    stage.press("Alt+1")
    stage.type("yuanzhang")
    stage.press("Return")
    stage.type("wrong-one")
    stage.press("Return")
    assert "3" in desk.pane.wrong.text()
    assert desk.pane.login.text() == "yuanzhang"
    assert desk.pane.password.hasFocus()
    assert desk.heard == []


def test_nothing_typed_asks_nobody(stage: Stage, desk: AskingDesk) -> None:
    desk.pane.submit()
    stage.settle()
    assert stage.asked(Approve) == []
    assert desk.pane.wrong.text()


def test_a_yes_holds_for_the_same_or_less_and_not_for_more(stage: Stage, desk: AskingDesk) -> None:
    stage.scan(BADGE)
    held = []
    for fen in (900, 1001):
        desk.pane.ask(5, fen)
        held.append(desk.pane.approval_id)
    assert held == [41, None]
    desk.pane.ask(6, 100)
    assert desk.pane.form.isVisible()


def test_a_yes_that_was_not_used_lapses(stage: Stage, desk: AskingDesk) -> None:
    lapsed: list[bool] = []
    desk.pane.lapsed.connect(lambda: lapsed.append(True))
    desk.pane._timer.setInterval(1)
    stage.scan(BADGE)
    stage.settle(until=lambda: bool(lapsed))
    assert desk.pane.approval_id is None
    stage.scan(BADGE)
    assert stage.asked(Approve)[-1].subject_id == 5


def test_passwords_and_badges_are_never_written_to_the_journal() -> None:
    assert {"approve", "give_badge"} <= NOT_JOURNALLED


def test_a_payment_code_is_never_written_down() -> None:
    def settle(code: str) -> BeginSettlement:
        return BeginSettlement(
            patient_id=1, line_ids=(1,), expected_fen=1, tenders=(Tender(kind=TenderKind.WECHAT, amount_fen=1, code=code),)
        )

    assert is_secret(settle("134512345678901234"))
    assert not is_secret(settle(""))
