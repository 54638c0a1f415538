"""A visit's whole way, by each province's transport and signature; and the order of the steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from common.domain.insurance_split import line_warnings, split_warnings
from server.insurance import chain
from server.insurance import requests as ask
from server.insurance.province import names, province
from server.insurance.simulator.process import Simulator
from server.outcome import Rejected
from tests.server.insurance.desk import EMPLOYEE, NOW, OMEPRAZOLE, RESIDENT, SUSPENDED, Line, Visit, done, fee, new


@pytest.mark.parametrize("name", names())
def test_a_whole_visit(bureaus: Callable[[str], Simulator], name: str) -> None:
    line = Line(bureaus(name))
    insurance, edition = line.insurance, province(name)
    visit = Visit(line)
    own = visit.person.valid[0]
    check = ask.BenefitCheck(psn_no=visit.person.psn_no, insutype="310", med_type="11", begins=NOW)
    assert [one.enjoyed for one in done(insurance.benefits(check, line.call()))] == [True]
    visit.open()
    done(visit.describe())
    lines = (fee(new(), 10_000), fee(new(), 5_005, OMEPRAZOLE), fee(new(), 3_000, hospital_approval="0"))
    sent = {one.feedetl_sn: one.amount_fen for one in lines}
    splits = done(insurance.upload_fees(visit.fees(*lines), line.call())).lines
    assert [(one.level, one.full_own_fen, one.pre_own_fen, one.in_scope_fen) for one in splits] == [
        ("01", 0, 0, 10_000),
        ("02", 0, 501, 4_504),
        ("01", 3_000, 0, 0),
    ]
    assert line_warnings(splits, sent) == ()

    quote = done(insurance.presettle(visit.settle_request(), line.call()))
    traced = (ask.TracedDrug(feedetl_sn=lines[0].feedetl_sn, code="81234567890123456789"),)
    request = visit.settle_request(full_own_fen=3_000, over_limit_fen=0, pre_own_fen=501, in_scope_fen=14_504, traced=traced)
    settled = done(insurance.settle(request, line.call()))
    assert quote.setl_id == ""
    assert settled.setl_id
    assert settled.split == quote.split
    split = settled.split
    assert split_warnings(split, fund_includes_account=edition.fund_includes_account, lines_fen=18_005) == ()
    alone = split.fund_alone_fen(includes_account=edition.fund_includes_account)
    assert (alone, split.account_fen, split.cash_fen) == (6_653, 11_352, 0)
    assert split.own_scope_fen + split.own_out_fen == 11_352
    assert split.balance_fen == own.balance_fen - 11_352
    assert done(insurance.query_settlement(visit.at(settled), line.call())).split == split

    again = visit.settle()
    assert isinstance(again, Rejected)
    cancelled = done(insurance.cancel_settlement(visit.at(settled), line.call()))
    assert cancelled.setl_id not in ("", settled.setl_id)
    assert (cancelled.split.total_fen, cancelled.split.account_fen) == (-18_005, -11_352)
    person = done(insurance.person(visit.shown, line.call("")))
    assert person.valid[0].balance_fen == own.balance_fen
    done(insurance.cancel_fees(ask.CancelFees(psn_no=visit.person.psn_no, mdtrt_id=visit.mdtrt_id), line.call()))
    taken_back = ask.CancelVisit(psn_no=visit.person.psn_no, mdtrt_id=visit.mdtrt_id, ipt_otp_no=visit.ipt_otp_no)
    done(insurance.cancel_visit(taken_back, line.call()))
    done(insurance.sign_out(ask.SignOut(sign_no=line.sign_no, operator_number="0007"), line.call()))
    assert isinstance(insurance.person(EMPLOYEE, line.call("")), Rejected)
    line.close()


def test_an_account_that_is_not_used_keeps_its_balance(line: Line) -> None:
    visit = Visit(line).charged(10_000)
    before = visit.person.valid[0].balance_fen
    alone = done(line.insurance.presettle(visit.settle_request(use_account=False), line.call())).split
    used = done(line.insurance.presettle(visit.settle_request(), line.call())).split
    assert (alone.account_fen, alone.balance_fen) == (0, before)
    assert used.account_fen > 0
    assert used.balance_fen == before - used.account_fen


def test_after_a_cancellation_the_rest_is_uploaded_and_settled_anew(line: Line) -> None:
    visit = Visit(line).charged(4_000, 6_000)
    first = done(visit.settle())
    done(line.insurance.cancel_settlement(visit.at(first), line.call()))
    done(line.insurance.cancel_fees(ask.CancelFees(psn_no=visit.person.psn_no, mdtrt_id=visit.mdtrt_id), line.call()))
    visit.batch, visit.total_fen = new(), 0
    done(line.insurance.upload_fees(visit.fees(fee(new(), 4_000)), line.call()))
    second = done(visit.settle())
    assert second.split.total_fen == 4_000
    taken = done(line.insurance.cancel_settlement(visit.at(second), line.call()))
    assert isinstance(line.insurance.cancel_settlement(visit.at(second), line.call()), Rejected)
    assert taken.split.total_fen == -4_000


def test_a_resident_has_no_account(line: Line) -> None:
    visit = Visit(line, RESIDENT, "390").charged(20_000)
    split = done(visit.settle()).split
    assert split.account_fen == 0
    assert split.fund_fen + split.cash_fen == 20_000


def test_who_is_insured(line: Line) -> None:
    for shown in (
        EMPLOYEE,
        ask.Certificate(kind="01", number=f"EC{EMPLOYEE.number}"),
        ask.Certificate(kind="03", number="A00000001", card_sn="1"),
    ):
        person = done(line.insurance.person(shown, line.call("")))
        assert (person.name, str(person.born), person.gender) == ("林静怡", "1985-03-12", "2")
        assert [one.insuplc for one in person.valid] == ["440300"]
    without_serial = line.insurance.person(ask.Certificate(kind="03", number="A00000001"), line.call(""))
    assert isinstance(without_serial, Rejected)
    assert "card_sn" in without_serial.message


def test_whoever_is_suspended_has_nothing_valid_and_is_refused(line: Line) -> None:
    visit = Visit(line, SUSPENDED)
    assert visit.person.valid == ()
    assert [one.status for one in visit.person.insurances] == ["2", "4"]
    check = ask.BenefitCheck(psn_no=visit.person.psn_no, insutype="310", med_type="11", begins=NOW)
    benefit = done(line.insurance.benefits(check, line.call()))[0]
    assert not benefit.enjoyed
    assert benefit.reason
    with pytest.raises(AssertionError, match="暂停"):
        visit.open()


def test_refusals_of_a_visit_out_of_order(line: Line) -> None:
    insurance = line.insurance
    assert isinstance(insurance.person(ask.Certificate(kind="02", number="110101200001010000"), line.call("")), Rejected)
    visit = Visit(line).open()
    early = insurance.upload_fees(visit.fees(fee(new(), 100)), line.call())
    assert isinstance(early, Rejected)
    assert isinstance(visit.describe(True, True), Rejected)
    assert isinstance(visit.describe(False), Rejected)
    done(visit.describe(True, False))
    unknown = insurance.upload_fees(visit.fees(fee(new(), 100, "NOSUCH")), line.call())
    assert isinstance(unknown, Rejected)
    assert "NOSUCH" in unknown.message
    visit.total_fen = 0
    twice = fee(new(), 100)
    assert isinstance(insurance.upload_fees(visit.fees(twice, twice), line.call()), Rejected)
    visit.total_fen = 0
    done(insurance.upload_fees(visit.fees(fee(new(), 100)), line.call()))
    wrong = insurance.settle(visit.settle_request(total_fen=101), line.call())
    assert isinstance(wrong, Rejected)
    settled = done(visit.settle())
    fees = ask.CancelFees(psn_no=visit.person.psn_no, mdtrt_id=visit.mdtrt_id, batch=visit.batch)
    assert isinstance(insurance.cancel_fees(fees, line.call()), Rejected)
    back = ask.CancelVisit(psn_no=visit.person.psn_no, mdtrt_id=visit.mdtrt_id, ipt_otp_no=visit.ipt_otp_no)
    assert isinstance(insurance.cancel_visit(back, line.call()), Rejected)
    done(insurance.cancel_settlement(visit.at(settled), line.call()))
    assert isinstance(insurance.cancel_visit(back, line.call()), Rejected)  # its details are open again
    no_region = insurance.presettle(visit.settle_request(), line.call(""))
    assert isinstance(no_region, Rejected)


def test_the_order_of_the_steps() -> None:
    assert chain.settling(province("hunan")) == ("1101", "2001", "2201", "2203", "2204", "2206", "2207")
    assert chain.quoting(province("single_endpoint")) == ("1101", "2201", "2203", "2204", "2206")
    assert chain.undoing(chain.settling(province("hunan"))) == ("2208", "2205", "2202")
    assert chain.undoing(("1101", "2201")) == ("2202",)
    ways = {infno: chain.after_unknown(infno) for infno in ("2207", "2208", "2204", "2201", "2203A", "2206", "3505A")}
    assert ways == {
        "2207": chain.AfterUnknown.REVERSE,
        "2208": chain.AfterUnknown.REVERSE,
        "2204": chain.AfterUnknown.WITHDRAW,
        "2201": chain.AfterUnknown.RENUMBER,
        "2203A": chain.AfterUnknown.REPEAT,
        "2206": chain.AfterUnknown.REPEAT,
        "3505A": chain.AfterUnknown.REPEAT,
    }
