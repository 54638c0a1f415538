"""Which lines, how much, and what stays when the service says something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from client.cashier.model import CashierModel, age, summary
from client.cashier.tenders import Tendering
from common.messages.cashier import Settle
from tests.client.cashier.samples import LINES, settled, unpaid


def model(*lines: object) -> CashierModel:
    """A desk with a bill in hand."""
    made = CashierModel(zone=UTC)
    made.begin(7)
    made.take_unpaid(unpaid(*(lines or LINES)))  # type: ignore[arg-type]
    return made


def sent(made: CashierModel) -> Settle:
    """What would be sent now."""
    request = made.request()
    assert isinstance(request, Settle)
    return request


def test_all_lines_are_ticked_and_summed() -> None:
    made = model()
    assert made.due_fen == sum(line.amount_fen for line in LINES)
    assert made.why_not() == ""
    assert sent(made).line_ids == tuple(line.id for line in LINES)


def test_lines_stand_under_their_sources_in_order() -> None:
    listed = model().rows()
    assert [(bool(row.line), len(row.lines)) for row in listed if row.line is None] == [(False, 1), (False, 3), (False, 2)]
    assert [row.line.id for row in listed if row.line] == [1, 2, 3, 4, 5, 6]
    heading = listed[2].source
    assert all(part in heading for part in ("处方", "26112100031", "王建国", "内科", "分钟前"))


def test_unticking_changes_the_amount_and_a_heading_takes_all_its_lines() -> None:
    made = model()
    heading = made.rows()[2]
    made.tick(heading.lines, False)
    assert made.tendering.due_fen == made.due_fen == 1500 + 12 + 6840
    assert not made.rows()[2].ticked
    made.tick(made.lines, False)
    assert made.why_not()


def test_a_prescription_is_paid_whole_or_not_at_all() -> None:
    made = model()
    made.tick([LINES[1]], False)
    assert made.unticked == {2, 3, 4}
    made.tick([LINES[3]], True)
    assert made.unticked == set()


def test_new_lines_are_ticked_and_what_was_unticked_stays_so() -> None:
    made = model(*LINES[:3])
    made.tick(LINES[:1], False)
    made.tendering.given_fen = 10000
    became_another = made.take_unpaid(unpaid(*LINES[:4]))
    assert became_another
    assert [line.id for line in made.ticked] == [2, 3, 4]
    assert made.tendering.given_fen == 10000
    assert made.tendering.due_fen == made.due_fen


def test_the_same_bill_again_is_no_change() -> None:
    made = model()
    assert not made.take_unpaid(unpaid(*LINES))


def test_settled_lines_are_gone_and_the_change_stays() -> None:
    made = model()
    made.tick(LINES[4:], False)
    made.tendering.given_fen = 10000
    request = sent(made)
    made.sending = True
    made.settled(7, settled(request), request.line_ids)
    assert [line.id for line in made.lines] == [5, 6]
    assert made.tendering == Tendering(due_fen=made.due_fen)
    last = made.last
    assert last is not None
    assert last.settled.change_fen == 10000 - request.expected_fen
    made.begin(8)
    assert made.last is not None


def test_an_answer_for_the_patient_before_does_not_touch_this_bill() -> None:
    made = model()
    request = sent(made)
    made.begin(8)
    made.take_unpaid(unpaid(LINES[0], patient_id=8))
    made.tendering.given_fen = 2000
    made.settled(7, settled(request), request.line_ids)
    assert made.tendering.given_fen == 2000
    assert made.lines == LINES[:1]


def test_ids_follow_the_contents() -> None:
    made = model()
    first = made.request_id(sent(made))
    assert made.request_id(sent(made)) == first
    made.tendering.given_fen = 50000
    assert made.request_id(sent(made)) != first


def test_ages_in_words() -> None:
    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    assert age(now, now) == "刚刚"
    assert age(now - timedelta(minutes=25), now) == "25 分钟前"
    assert age(now - timedelta(minutes=85), now) == "1 小时 25 分前"
    assert age(now - timedelta(days=2), now) == "2026-11-19"


def test_the_result_in_one_sentence() -> None:
    made = model(LINES[0])
    made.tendering.given_fen = 5000
    assert summary(settled(sent(made))) == "已收费 ¥15.00，找零 ¥35.00，票据 0000000123。"
    made.tendering.exact()
    assert "找零" not in summary(settled(sent(made)))
