"""A second person's yes: who may give it, for what, how long, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from common.errors import AlreadyExists, FieldWrong, LockedOut, MustChangePassword, NotFound, NotPermitted, WrongPassword
from common.messages.admin import ResetPassword
from common.messages.badges import RevokeBadge
from common.messages.settlement import Approve, Approved, GiveBadge
from common.money_errors import ApprovalNeeded, ApprovalNotValid, BadgeRevoked, SamePerson
from common.wire import new_request_id
from installer.sample import PASSWORD
from server import approvals
from server.db import Tx
from tests.server.office import Office, at_once, changed, refusals, successes

CASHIER, OTHER_CASHIER, MANAGER = "qianduo", "jinxing", "yuanzhang"
BADGE = "BADGE-0000-4711"


@pytest.fixture
def desk(own_office: Office) -> Iterator[Office]:
    """An office whose cashier sits in a session of her own."""
    person = own_office.desk(CASHIER)
    person.actor = changed(person.actor, session_id=77)
    yield own_office


def asked(**fields: object) -> Approve:
    return Approve(**{"act": "refund", "subject_id": 5, "amount_fen": 1000, "login": MANAGER, "password": PASSWORD, **fields})  # type: ignore[arg-type]


def use(office: Office, approval_id: int | None, act: str = "refund", subject: int = 5, fen: int = 1000, login: str = CASHIER) -> int:
    """Use an approval as an act of the service would."""
    with office.connections.of_thread().transaction() as _, office.connections.of_thread().cursor():
        tx = Tx(office.connections.of_thread(), office.desk(login).actor, office.clock, None)
        return approvals.use(tx, approval_id, act, subject, fen)


def staff(office: Office, login: str) -> int:
    return office.desk(login).actor.staff


def test_the_manager_approves_once_by_password(desk: Office) -> None:
    approved = desk.desk(CASHIER).call(asked())
    assert approved.approver == "袁璋"
    assert approved.expires_at - desk.clock.wall() <= timedelta(minutes=5)
    assert use(desk, approved.approval_id) == staff(desk, MANAGER)
    with pytest.raises(ApprovalNotValid) as refused:
        use(desk, approved.approval_id)
    assert refused.value.reason == "it was used already"


def test_without_an_approval_the_act_is_named(desk: Office) -> None:
    with pytest.raises(ApprovalNeeded) as refused:
        use(desk, None)
    assert refused.value.act == "refund"


@pytest.mark.parametrize("other", [{"act": "waiver"}, {"subject": 6}, {"login": OTHER_CASHIER}])
def test_an_approval_is_for_one_act_of_one_person(desk: Office, other: dict[str, str]) -> None:
    approved = desk.desk(CASHIER).call(asked())
    with pytest.raises(ApprovalNotValid):
        use(desk, approved.approval_id, **other)  # type: ignore[arg-type]
    assert use(desk, approved.approval_id)


def test_an_approval_belongs_to_the_session_that_asked(desk: Office) -> None:
    approved = desk.desk(CASHIER).call(asked())
    person = desk.desk(CASHIER)
    person.actor = changed(person.actor, session_id=78)
    with pytest.raises(ApprovalNotValid):
        use(desk, approved.approval_id)


def test_it_covers_so_much_and_no_more(desk: Office) -> None:
    approved = desk.desk(CASHIER).call(asked(amount_fen=1000))
    with pytest.raises(ApprovalNotValid) as refused:
        use(desk, approved.approval_id, fen=1001)
    assert refused.value.reason == "it was given for less"
    assert use(desk, approved.approval_id, fen=999)


def test_it_lapses_after_five_minutes(desk: Office) -> None:
    approved = desk.desk(CASHIER).call(asked())
    desk.clock.wall_by = timedelta(minutes=5, seconds=5)
    with pytest.raises(ApprovalNotValid) as refused:
        use(desk, approved.approval_id)
    assert refused.value.reason == "it is older than five minutes"


def test_two_acts_at_once_use_it_once(desk: Office) -> None:
    approved = desk.desk(CASHIER).call(asked())
    outcomes = at_once(*[partial(use, desk, approved.approval_id)] * 4)
    assert (len(successes(outcomes)), len(refusals(outcomes))) == (1, 3)


def test_nobody_approves_their_own_act(desk: Office) -> None:
    manager = desk.desk(MANAGER)
    with pytest.raises(SamePerson):
        manager.call(asked())


def test_a_cashier_may_not_approve(desk: Office) -> None:
    with pytest.raises(NotPermitted) as refused:
        desk.desk(CASHIER).call(asked(login=OTHER_CASHIER))
    assert refused.value.permission == "cashier.approve"
    with pytest.raises(NotPermitted) as refused:
        desk.desk(CASHIER).call(asked(login="suye", act="reopen"))
    assert refused.value.permission == "closing.roll_up"
    with pytest.raises(NotPermitted) as refused:
        desk.desk(CASHIER).call(asked(login="suye", act="green"))
    assert refused.value.permission == "credit.manage"


def test_a_password_that_somebody_else_gave_approves_nothing(desk: Office) -> None:
    desk.desk("admin").call(ResetPassword(staff_id=staff(desk, MANAGER), password="Temporary-2026"))
    with pytest.raises(MustChangePassword):
        desk.desk(CASHIER).call(asked(password="Temporary-2026"))


def test_wrong_tries_are_counted_kept_and_lock_out(desk: Office) -> None:
    for left in (4, 3, 2, 1):
        with pytest.raises(WrongPassword) as refused:
            desk.desk(CASHIER).call(asked(password="no"))
        assert refused.value.tries_left == left
    with pytest.raises(LockedOut):
        desk.desk(CASHIER).call(asked(password="no"))
    with pytest.raises(LockedOut):
        desk.desk(CASHIER).call(asked())
    desk.clock.wall_by = timedelta(seconds=61)
    assert isinstance(desk.desk(CASHIER).call(asked()), Approved)


def test_the_trail_knows_who_approved_what_and_no_password(desk: Office) -> None:
    with pytest.raises(WrongPassword):
        desk.desk(CASHIER).call(asked(password="Guess-12345"))
    desk.desk(CASHIER).call(asked())
    entries = desk.rows("SELECT act, detail::text FROM audit_entry WHERE act LIKE 'approve%%' ORDER BY id")
    assert [act for act, _ in entries] == ["approve_refused", "approve"]
    assert f'"approver": {staff(desk, MANAGER)}' in entries[1][1]
    assert all("Guess-12345" not in detail and PASSWORD not in detail for _, detail in entries)
    assert desk.rows("SELECT count(*) FROM request_log WHERE name = 'approve'") == [(0,)], "no quick hash of a password is kept"


def test_a_badge_stands_for_its_person(desk: Office) -> None:
    desk.desk("admin").call(GiveBadge(staff_id=staff(desk, MANAGER), code=BADGE))
    approved = desk.desk(CASHIER).call(asked(login="", password="", badge=BADGE))
    assert use(desk, approved.approval_id) == staff(desk, MANAGER)
    kept = desk.rows("SELECT code_hash, means FROM badge, approval")[0]
    assert BADGE.encode() not in bytes(kept[0])
    assert kept[1] == "badge"


def test_a_new_badge_revokes_the_old_one(desk: Office) -> None:
    admin = desk.desk("admin")
    admin.call(GiveBadge(staff_id=staff(desk, MANAGER), code=BADGE))
    admin.call(GiveBadge(staff_id=staff(desk, MANAGER), code="BADGE-0000-4712"))
    with pytest.raises(BadgeRevoked):
        desk.desk(CASHIER).call(asked(login="", password="", badge=BADGE))
    assert desk.desk(CASHIER).call(asked(login="", password="", badge="BADGE-0000-4712"))


def test_a_revoked_badge_is_refused_with_its_own_sentence_and_audited(desk: Office) -> None:
    admin, manager = desk.desk("admin"), staff(desk, MANAGER)
    with pytest.raises(NotFound):
        admin.call(RevokeBadge(staff_id=manager))
    admin.call(GiveBadge(staff_id=manager, code=BADGE))
    admin.call(RevokeBadge(staff_id=manager))
    for _ in range(6):  # no wrong tries: nobody is locked out by an old badge
        with pytest.raises(BadgeRevoked):
            desk.desk(CASHIER).call(asked(login="", password="", badge=BADGE))
    detail = "SELECT act, detail FROM audit_entry WHERE act IN ('revoke_badge', 'approve_refused') ORDER BY id LIMIT 2"
    assert desk.rows(detail) == [
        ("revoke_badge", {"staff": manager, "revoked": 1}),
        ("approve_refused", {**desk.rows(detail)[1][1], "reason": "revoked badge", "badge_of": manager}),
    ]
    admin.call(GiveBadge(staff_id=staff(desk, OTHER_CASHIER), code=BADGE))
    with pytest.raises(NotPermitted):  # it is another person's now, who may not agree
        desk.desk(CASHIER).call(asked(login="", password="", badge=BADGE))


def test_a_badge_is_one_persons(desk: Office) -> None:
    admin = desk.desk("admin")
    admin.call(GiveBadge(staff_id=staff(desk, MANAGER), code=BADGE))
    with pytest.raises(AlreadyExists):
        admin.call(GiveBadge(staff_id=staff(desk, OTHER_CASHIER), code=BADGE))
    with pytest.raises(NotFound):
        admin.call(GiveBadge(staff_id=999999, code=BADGE))


def test_unknown_badges_are_counted_at_the_desk_that_tries_them(desk: Office) -> None:
    admin = desk.desk("admin")
    admin.call(GiveBadge(staff_id=staff(desk, MANAGER), code=BADGE))
    # Counted in the process: a cashier of this test alone.
    login = "zhouqing"
    for _ in range(4):
        with pytest.raises(WrongPassword):
            desk.desk(login).call(asked(login="", password="", badge=new_request_id()))
    with pytest.raises(LockedOut):
        desk.desk(login).call(asked(login="", password="", badge=new_request_id()))
    with pytest.raises(LockedOut):
        desk.desk(login).call(asked(login="", password="", badge=BADGE))


def test_a_badge_of_somebody_locked_out_does_not_open(desk: Office) -> None:
    desk.desk("admin").call(GiveBadge(staff_id=staff(desk, MANAGER), code=BADGE))
    outcomes = []
    for _ in range(5):
        with pytest.raises((WrongPassword, LockedOut)) as refused:
            desk.desk(CASHIER).call(asked(password="no"))
        outcomes.append(refused.type)
    assert outcomes[-1] is LockedOut
    with pytest.raises(LockedOut):
        desk.desk(CASHIER).call(asked(login="", password="", badge=BADGE))


def test_what_is_asked_must_make_sense(desk: Office) -> None:
    with pytest.raises(FieldWrong):
        desk.desk(CASHIER).call(asked(act="holiday"))
    with pytest.raises(FieldWrong):
        desk.desk(CASHIER).call(asked(password=""))
