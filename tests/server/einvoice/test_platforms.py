"""Both drivers against the simulated platform: what is issued, what is taken back, and every way in which the line can fail."""

from __future__ import annotations

import itertools
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from common.messages.cashier import InsuranceShare
from common.messages.einvoice import EInvoiceDocument, EInvoiceLine, IssuedBefore
from server.channels.simulator.faults import Fault, FaultKind
from server.einvoice import medical_wire
from server.einvoice.protocol import NOT_FOUND, NOT_SENT, Issued, Platform
from server.einvoice.settings import platforms
from server.einvoice.simulator.process import Simulator, start_simulator
from server.einvoice.tax import BEING_ISSUED, Account
from server.outcome import Rejected, Success, Unknown
from tests.server.einvoice.conftest import HASTY, connect

_serials = itertools.count(26112200001)
AT = datetime(2026, 11, 22, 9, 30, 15, 120_000, ZoneInfo("Asia/Shanghai"))


def document(**fields: Any) -> EInvoiceDocument:
    """A receipt of two lines."""
    return EInvoiceDocument(
        **{
            "serial": str(next(_serials)),
            "clinic": "杏林诊所",
            "invoice_number": "0000000017",
            "visit_number": "26112200003",
            "patient_number": "00000007",
            "payer": "张小三",
            "sex": "1",
            "cashier": "钱朵",
            "at": AT,
            "total_fen": 38_60,
            "lines": (line("western_drug", "阿莫西林胶囊", 26_10), line("consultation", "诊察费", 12_50)),
            **fields,
        }
    )


def line(category: str, name: str, fen: int) -> EInvoiceLine:
    return EInvoiceLine(category=category, name=name, specification="0.25g×24粒", quantity=Decimal("1.5"), unit="盒", amount_fen=fen)


def red_of(blue: EInvoiceDocument, issued: Issued) -> EInvoiceDocument:
    before = IssuedBefore(serial=blue.serial, code=issued.code, number=issued.number, issued_at=issued.issued_at)
    return msgspec.structs.replace(blue, serial=str(next(_serials)), original=before, reason="药品质量")


@pytest.fixture(params=["medical", "tax"])
def platform(request: pytest.FixtureRequest, simulator: Simulator, tmp_path: Path) -> Platform:
    return connect(tmp_path, simulator)[request.param]


def spoil(simulator: Simulator, kind: FaultKind, serial: str, **fields: Any) -> None:
    simulator.control("faults", [Fault(kind=kind, order_prefix=serial, **fields)])


def in_book(simulator: Simulator, serial: str) -> list[dict[str, Any]]:
    return [entry for entry in simulator.control("book") if entry["serial"] == serial]


def of(outcome: object) -> Issued:
    assert isinstance(outcome, Success), outcome
    assert isinstance(outcome.value, Issued)
    return outcome.value


def test_a_blue_one_and_the_red_one_that_takes_it_back(platform: Platform, simulator: Simulator) -> None:
    asked = document()
    blue = of(platform.issue(asked))
    assert blue.number
    assert blue.url.endswith(blue.number)
    assert of(platform.query(asked)) == blue
    red_asked = red_of(asked, blue)
    assert platform.query(red_asked) == Rejected(NOT_FOUND, "")
    red = of(platform.red_flush(red_asked))
    assert of(platform.query(red_asked)) == red
    (there,) = in_book(simulator, red_asked.serial)
    assert (there["kind"], there["amount"], there["reverses"], there["number"]) == ("RED", "-38.60", blue.number, red.number)


def test_a_serial_is_issued_once(platform: Platform, simulator: Simulator) -> None:
    asked = document()
    first = of(platform.issue(asked))
    assert of(platform.issue(asked)) == first
    red_asked = red_of(asked, first)
    assert of(platform.red_flush(red_asked)) == of(platform.red_flush(red_asked))
    assert len(in_book(simulator, asked.serial)) == len(in_book(simulator, red_asked.serial)) == 1


def test_what_was_never_sent_is_not_found(platform: Platform) -> None:
    outcome = platform.query(document())
    assert isinstance(outcome, Rejected)
    assert outcome.code == NOT_FOUND


def test_shares_of_the_insurance_and_cash_rounding(platform: Platform, simulator: Simulator) -> None:
    share = InsuranceShare(
        psn_no="31", insutype="310", insutype_name="职工基本医疗保险", total_fen=38_60, fund_fen=20_00, account_fen=10_00, mutual_aid_fen=0,
        hospital_fen=0, cash_fen=8_60, own_scope_fen=5_00, own_out_fen=3_60, balance_fen=0,
    )  # fmt: skip
    rounded = document(total_fen=38_50, insurance=share, lines=(*document().lines, line("other", "舍入差额", -10)))
    of(platform.issue(rounded))
    assert in_book(simulator, rounded.serial)[0]["amount"] == "38.50"


@pytest.mark.parametrize(
    ("kind", "carried_out"),
    [
        (FaultKind.SILENT_BEFORE, False),
        (FaultKind.SILENT_AFTER, True),
        (FaultKind.RESET_BEFORE, False),
        (FaultKind.RESET_AFTER, True),
        (FaultKind.CUT_AFTER, True),
        (FaultKind.GARBAGE, True),
        (FaultKind.ERROR_BEFORE, False),
        (FaultKind.ERROR_AFTER, True),
    ],
)
def test_a_line_that_fails_says_unknown_and_then_the_truth(
    platform: Platform, simulator: Simulator, tmp_path: Path, kind: FaultKind, carried_out: bool
) -> None:
    asked = document()
    spoil(simulator, kind, asked.serial)
    asking = connect(tmp_path, simulator, HASTY)[platform.name] if kind.startswith("SILENT") else platform
    assert isinstance(asking.issue(asked), Unknown)
    assert bool(in_book(simulator, asked.serial)) is carried_out
    if carried_out:
        of(platform.query(asked))
    else:
        assert isinstance(platform.query(asked), Rejected)
    assert of(platform.issue(asked)) == of(platform.query(asked))
    assert len(in_book(simulator, asked.serial)) == 1


def test_a_refusal_is_told_in_the_platforms_words(platform: Platform, simulator: Simulator) -> None:
    asked = document()
    spoil(simulator, FaultKind.REJECT, asked.serial, code="E7777", message="开票点已停用")
    assert platform.issue(asked) == Rejected("E7777", "开票点已停用")
    assert in_book(simulator, asked.serial) == []


def test_a_refused_question_says_nothing_about_the_invoice(platform: Platform, simulator: Simulator) -> None:
    asked = document()
    of(platform.issue(asked))
    spoil(simulator, FaultKind.REJECT, asked.serial, code="E7777", message="busy")
    assert platform.query(asked) == Unknown("E7777 busy")


def test_a_late_reply_and_one_that_comes_twice(platform: Platform, simulator: Simulator) -> None:
    for kind, seconds in ((FaultKind.SLOW, 0.2), (FaultKind.DUPLICATE, 0)):
        asked = document()
        spoil(simulator, kind, asked.serial, seconds=seconds)
        of(platform.issue(asked))
        assert len(in_book(simulator, asked.serial)) == 1


def test_nobody_there_is_not_sent(tmp_path: Path) -> None:
    gone = start_simulator(tmp_path / "book.sqlite")
    gone.stop()
    for platform in connect(tmp_path, gone).values():
        for outcome in (platform.issue(document()), platform.query(document())):
            assert isinstance(outcome, Rejected)
            assert outcome.code == NOT_SENT


def test_a_reply_that_another_signed_is_not_believed(simulator: Simulator, tmp_path: Path) -> None:
    asked = document()
    spoil(simulator, FaultKind.WRONG_SIGNATURE, asked.serial)
    assert connect(tmp_path, simulator)["medical"].issue(asked) == Unknown("the reply cannot be read (ValueError)")


def test_a_key_that_is_wrong_is_refused(simulator: Simulator, tmp_path: Path) -> None:
    text = simulator.outside().replace("simulated-key", "another-key").replace("simulated-secret", "another-secret")
    (tmp_path / "outside.toml").write_text(text, encoding="utf-8")
    connected = platforms(tmp_path)
    assert isinstance(connected["medical"].issue(document()), Unknown)  # nobody can tell whose reply that is
    refused = connected["tax"].issue(document())
    assert isinstance(refused, Rejected)
    assert refused.code == "E0401"


def test_a_provider_that_issues_in_its_own_time(simulator: Simulator, tmp_path: Path) -> None:
    platform = connect(tmp_path, simulator)["tax"]
    asked = document()
    spoil(simulator, FaultKind.UNDECIDED, asked.serial)
    assert platform.issue(asked) == BEING_ISSUED
    of(platform.query(asked))


def test_another_amount_under_our_serial_is_not_taken_for_ours(simulator: Simulator, tmp_path: Path) -> None:
    platform = connect(tmp_path, simulator)["medical"]
    asked = document()
    of(platform.issue(asked))
    other = msgspec.structs.replace(asked, total_fen=99_00, lines=(line("other", "x", 99_00),))
    assert platform.issue(other) == Unknown("the platform has this serial with another amount")


def test_the_sm3_digest(tmp_path: Path) -> None:
    running = start_simulator(tmp_path / "book.sqlite", digest="sm3")
    try:
        of(connect(tmp_path, running)["medical"].issue(document()))
    finally:
        running.stop()


def test_the_signatures_by_hand() -> None:
    """MD5 and HMAC-SHA1 over the texts that docs/interfaces/einvoice.md describes, computed independently."""
    account = medical_wire.Account("APP", "KEY")
    assert account.sign("ZGF0YQ==", "n1") == "9D7E0F0179F369879F683C6D8F260F95"
    assert account._replace(digest="sm3").sign("ZGF0YQ==", "n1") == "D5FBE4926F67C1880910330681A32F455523CAA32B2D0C5EACB857B83E061133"
    assert Account("k", "s", "t", "x").sign("i", "n", "1", "{}") == "OmdZMTTA1Mmj+AxrAsz3PD9071A="


def test_what_it_issued_survives_its_death(tmp_path: Path) -> None:
    first = start_simulator(tmp_path / "book.sqlite")
    asked = document()
    blue = of(connect(tmp_path, first)["medical"].issue(asked))
    first.process.kill()
    first.stop()
    second = start_simulator(tmp_path / "book.sqlite")
    try:
        assert of(connect(tmp_path, second)["medical"].query(asked)) == blue
    finally:
        second.stop()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[einvoice.customs]\n", "einvoice.customs"),
        ('[einvoice.medical]\nurl = "https://x"\nappid = "a"\n', "key"),
        ('[einvoice.medical]\nurl = "http://8.8.8.8/x"\nappid = "a"\nkey = "12345678"\n', "https"),
        (
            '[einvoice.tax]\nurl = "https://x"\napp_key = "a"\napp_secret = "12345678"\naccess_token = "12345678"\ntax_number = "1"\n',
            "tax_number",
        ),
    ],
)
def test_a_wrong_section_ends_the_service_with_a_sentence(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "outside.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit, match=named):
        platforms(tmp_path)


def test_no_file_connects_nothing(tmp_path: Path) -> None:
    assert platforms(tmp_path) == {}


def test_what_the_control_cannot_play_it_refuses(simulator: Simulator) -> None:
    with pytest.raises(ValueError, match="WRONG_AMOUNT"):
        spoil(simulator, FaultKind.WRONG_AMOUNT, "")
    with pytest.raises(ValueError, match="no such order"):
        simulator.control("dance")
    assert simulator.control("calls")["invoiceEBillOutpatient"] > 0
