"""The refund slip: what is reversed, what is charged anew, and the one figure that the patient signs for."""

from __future__ import annotations

from common.i18n import language
from common.messages.cashier import Tender, TenderKind
from printing.documents.refund_slip import RefundSlip
from printing.strip import Row, Size, compose
from tests.printing.samples import refund_slip


def _rows(document: RefundSlip) -> list[str]:
    with language(document.language):
        return [row.text for row in compose(document.strip(table=False), 32) if isinstance(row, Row)]


def test_a_refund_slip_says_large_what_the_patient_gets() -> None:
    rows = _rows(refund_slip())
    start = rows.index("冲红合计                  -18.60")
    assert rows[start : start + 6] == [
        "冲红合计                  -18.60",
        "--------------------------------",
        "实退金额                 ￥18.60",
        "大写：壹拾捌圆陆角",
        "微信支付                 ￥18.60",
        "退费原因：医师更改用药，药品未拆",
    ]
    with language("zh_CN"):
        tall = [row.text for row in compose(refund_slip().strip(table=False), 32) if isinstance(row, Row) and row.style.size is Size.TALL]
    assert [text.split()[0] for text in tall] == ["杏林中医西医结合门诊部", "实退金额"]


def test_after_a_partial_refund_the_difference_is_signed_for() -> None:
    """All of 98.40 is reversed, 79.80 are charged anew: what the fund and the patient get back stands apart."""
    kinds = (TenderKind.WECHAT, TenderKind.FUND, TenderKind.WAIVER)
    back = tuple(Tender(kind=kind, amount_fen=fen) for kind, fen in zip(kinds, (660, 1000, 200), strict=True))
    tenders = tuple(Tender(kind=kind, amount_fen=fen) for kind, fen in zip(kinds, (860, 500, 500), strict=True))
    slip = refund_slip(tenders=tenders, paid_back=back, rest_number="0000132", rest_fen=7980)
    rows = _rows(slip)
    start = rows.index("冲红合计                  -18.60")
    assert rows[start : start + 11] == [
        "冲红合计                  -18.60",
        "重开金额                   79.80",
        "重开票据号               0000132",
        "--------------------------------",
        "实退金额                  ￥6.60",
        "大写：陆圆陆角",
        "微信支付                  ￥6.60",
        "退回医保                 ￥10.00",
        "其中：医保统筹           ￥10.00",
        "原减免，不退              ￥2.00",
        "退费原因：医师更改用药，药品未拆",
    ]


def test_what_has_to_be_added_to_a_rest_is_no_refund() -> None:
    back = (Tender(kind=TenderKind.FUND, amount_fen=1000), Tender(kind=TenderKind.CASH, amount_fen=-300))
    rows = _rows(refund_slip(paid_back=back, rest_number="0000132", rest_fen=7980))
    assert {"患者补缴                  ￥3.00", "补收：现金                ￥3.00", "退回医保                 ￥10.00"} <= set(rows)
    assert not any("实退" in row for row in rows)
