"""How an insurance settlement divides a bill, and whether its amounts agree with each other (DOMAIN.md §1.9).

The identities are checked softly: what does not agree is shown and kept, but the bureau's figures stand, and what is collected at the desk is
``cash_fen`` (``psn_cash_pay``) as it was returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from common.domain.money import format_yuan
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Iterable


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """The amounts of ``setlinfo`` in fen. A cancelled settlement has them all negative.

    The total is divided twice: by scope (``full_own`` 全自费, ``over_limit`` 超限价自费, ``pre_own`` 先行自付, ``in_scope`` 符合范围) and by
    payer (``fund``, ``account`` 个人账户, ``mutual`` 共济账户, ``cash`` 个人现金, ``hospital`` 医院负担). ``fund`` is the sum of its parts:
    ``pooled`` 统筹, ``civil_servant`` 公务员补助, ``enterprise`` 企业补充, ``residents_illness`` 居民大病, ``employees_large`` 职工大额,
    ``assistance`` 医疗救助, ``disabled`` 伤残, ``other`` 其他. ``balance`` is the account's after this settlement, ``deductible`` 起付线 what
    this one counted towards it.
    """

    total_fen: int
    full_own_fen: int = 0
    over_limit_fen: int = 0
    pre_own_fen: int = 0
    in_scope_fen: int = 0
    deductible_fen: int = 0
    pooled_fen: int = 0
    civil_servant_fen: int = 0
    enterprise_fen: int = 0
    residents_illness_fen: int = 0
    employees_large_fen: int = 0
    assistance_fen: int = 0
    disabled_fen: int = 0
    other_fen: int = 0
    fund_fen: int = 0
    person_fen: int = 0
    account_fen: int = 0
    mutual_fen: int = 0
    cash_fen: int = 0
    hospital_fen: int = 0
    balance_fen: int = 0

    @property
    def fund_parts_fen(self) -> int:
        """The sum of the funds' parts."""
        basic = self.pooled_fen + self.civil_servant_fen + self.enterprise_fen + self.residents_illness_fen
        return basic + self.employees_large_fen + self.assistance_fen + self.disabled_fen + self.other_fen

    def fund_alone_fen(self, *, includes_account: bool) -> int:
        """What the funds pay. In some provinces ``fund_pay_sumamt`` has the personal account in it: ``includes_account``."""
        return self.fund_fen - self.account_fen if includes_account else self.fund_fen

    @property
    def own_out_fen(self) -> int:
        """个人自费: what lies outside the scope."""
        return self.full_own_fen + self.over_limit_fen

    @property
    def own_scope_fen(self) -> int:
        """个人自付: the rest of what the person pays by account and cash, so that 自付 + 自费 = account + cash (§5.1)."""
        return self.account_fen + self.mutual_fen + self.cash_fen - self.own_out_fen


class SplitWarning(msgspec.Struct, frozen=True, kw_only=True):
    """Two amounts that should be equal and are not. ``source`` is an English source string; ``text()`` says it in the current language."""

    source: str
    should_fen: int
    is_fen: int

    def text(self) -> str:
        """The whole sentence with both amounts."""
        return tr(self.source, should=format_yuan(self.should_fen), found=format_yuan(self.is_fen))


class LineSplit(msgspec.Struct, frozen=True, kw_only=True):
    """How the bureau sees one fee line (2204), in fen. ``level`` is ``chrgitm_lv``: 01 甲, 02 乙, 03 丙."""

    feedetl_sn: str
    total_fen: int
    full_own_fen: int = 0
    over_limit_fen: int = 0
    pre_own_fen: int = 0
    in_scope_fen: int = 0
    level: str = ""
    restricted: bool = False
    memo: str = ""

    @property
    def parts_fen(self) -> int:
        """The sum of the four parts."""
        return self.full_own_fen + self.over_limit_fen + self.pre_own_fen + self.in_scope_fen


_LINES = N_("Insurance: the lines come to {should}, the settlement to {found}")
_SCOPE = N_("Insurance: the total is {should}, its parts by scope come to {found}")
_FUND = N_("Insurance: the funds' parts come to {should}, the fund's sum is {found}")
_PAYERS = N_("Insurance: the total is {should}, what the payers bear comes to {found}")
_LINE = N_("Insurance: a line is {should}, its parts come to {found}")
_OWN_LINE = N_("Insurance: a line was sent as {should}, the bureau counts {found}")


def split_warnings(split: Split, *, fund_includes_account: bool, lines_fen: int | None = None) -> tuple[SplitWarning, ...]:
    """What in a settlement does not agree. ``lines_fen``: the sum of the batch's lines as we sent them; ``None`` to leave that out."""
    fund = split.fund_alone_fen(includes_account=fund_includes_account)
    scope = split.full_own_fen + split.over_limit_fen + split.pre_own_fen + split.in_scope_fen
    payers = fund + split.account_fen + split.mutual_fen + split.cash_fen + split.hospital_fen
    pairs = [
        (_LINES, split.total_fen if lines_fen is None else lines_fen, split.total_fen),
        (_SCOPE, split.total_fen, scope),
        (_FUND, split.fund_parts_fen, fund),
        (_PAYERS, split.total_fen, payers),
    ]
    return _differing(pairs)


def line_warnings(lines: Iterable[LineSplit], sent_fen: dict[str, int]) -> tuple[SplitWarning, ...]:
    """What in the answer to a fee upload does not agree. ``sent_fen``: our amounts by ``feedetl_sn``; a line that is missing counts as 0."""
    answered = {line.feedetl_sn: line for line in lines}
    parts = [(_LINE, line.total_fen, line.parts_fen) for line in answered.values()]
    ours = [(_OWN_LINE, fen, answered[number].total_fen if number in answered else 0) for number, fen in sent_fen.items()]
    return _differing(ours + parts)


def _differing(pairs: list[tuple[str, int, int]]) -> tuple[SplitWarning, ...]:
    return tuple(SplitWarning(source=source, should_fen=should, is_fen=found) for source, should, found in pairs if should != found)
