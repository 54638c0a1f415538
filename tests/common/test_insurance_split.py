"""The identities of DOMAIN.md §1.9: silent on every true division, and a word for each amount that is off by a fen."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.insurance_split import LineSplit, Split, line_warnings, split_warnings
from common.i18n import CHINESE, ENGLISH, current_language, set_language

fen = st.integers(0, 10**10)
PARTS = (
    "pooled_fen",
    "civil_servant_fen",
    "enterprise_fen",
    "residents_illness_fen",
    "employees_large_fen",
    "assistance_fen",
    "disabled_fen",
    "other_fen",
)


@st.composite
def divisions(draw: st.DrawFn, *, includes_account: bool) -> Split:
    """A settlement that divides its total truly; half of them cancelled ones."""
    sign = draw(st.sampled_from([1, -1]))
    parts = {name: sign * draw(fen) for name in PARTS}
    fund, account, mutual, cash, hospital = (sum(parts.values()), *(sign * draw(fen) for _ in range(4)))
    total = fund + account + mutual + cash + hospital
    cuts = sorted(draw(st.lists(st.integers(0, abs(total)), min_size=3, max_size=3)))
    scope = [sign * (after - before) for before, after in zip([0, *cuts], [*cuts, abs(total)], strict=True)]
    return Split(
        total_fen=total,
        full_own_fen=scope[0],
        over_limit_fen=scope[1],
        pre_own_fen=scope[2],
        in_scope_fen=scope[3],
        fund_fen=fund + account if includes_account else fund,
        account_fen=account,
        mutual_fen=mutual,
        cash_fen=cash,
        hospital_fen=hospital,
        **parts,
    )


@pytest.mark.parametrize("includes_account", [True, False])
@given(st.data())
def test_true_divisions_agree(includes_account: bool, data: st.DataObject) -> None:
    split = data.draw(divisions(includes_account=includes_account))
    assert split_warnings(split, fund_includes_account=includes_account, lines_fen=split.total_fen) == ()
    assert split.own_out_fen + split.own_scope_fen == split.account_fen + split.mutual_fen + split.cash_fen


CHECKED = (
    "total_fen",
    "full_own_fen",
    "over_limit_fen",
    "pre_own_fen",
    "in_scope_fen",
    "fund_fen",
    "mutual_fen",
    "cash_fen",
    "hospital_fen",
    *PARTS,
)


@pytest.mark.parametrize("name", CHECKED)
@given(st.data())
def test_any_amount_that_is_off_is_told(name: str, data: st.DataObject) -> None:
    split = data.draw(divisions(includes_account=False))
    by = data.draw(st.integers(-(10**6), 10**6).filter(bool))
    wrong = msgspec.structs.replace(split, **{name: getattr(split, name) + by})
    found = split_warnings(wrong, fund_includes_account=False, lines_fen=split.total_fen)
    assert found
    assert all(abs(one.should_fen - one.is_fen) == abs(by) for one in found)


@given(divisions(includes_account=False).filter(lambda split: split.account_fen != 0))
def test_the_provinces_switch_matters(split: Split) -> None:
    assert split_warnings(split, fund_includes_account=True)


def test_lines() -> None:
    fine = LineSplit(feedetl_sn="1", total_fen=100, pre_own_fen=10, in_scope_fen=90)
    assert line_warnings([fine], {"1": 100}) == ()
    assert [(one.should_fen, one.is_fen) for one in line_warnings([fine], {"1": 101, "2": 5})] == [(101, 100), (5, 0)]
    broken = msgspec.structs.replace(fine, in_scope_fen=89)
    assert [(one.should_fen, one.is_fen) for one in line_warnings([broken], {"1": 100})] == [(100, 99)]


def test_a_warning_is_a_sentence_with_both_amounts() -> None:
    (warning,) = line_warnings([LineSplit(feedetl_sn="1", total_fen=123_450, in_scope_fen=123_449)], {})
    before = current_language()
    try:
        set_language(ENGLISH)
        assert warning.text() == "Insurance: a line is ¥1,234.50, its parts come to ¥1,234.49"
        set_language(CHINESE)
        assert "¥1,234.49" in warning.text()
        assert warning.text().startswith("医保")
    finally:
        set_language(before)
