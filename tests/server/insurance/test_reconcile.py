"""3201 and 3202 with their files, settlements that one side alone has, lists and dictionaries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from msgspec.structs import replace

from server.insurance import files
from server.insurance import requests as ask
from server.insurance.files import StatementRow
from server.insurance.protocol import BEIJING
from server.insurance.reading import Unreadable
from server.insurance.simulator.process import Simulator
from server.outcome import Rejected, Unknown
from tests.server.insurance.desk import Line, Visit, done, new


@pytest.fixture(params=["guangdong", "single_endpoint"])
def own_line(request: pytest.FixtureRequest, own_bureau: Callable[..., Simulator]) -> Line:
    """A line to a bureau that nobody else settles with."""
    return Line(own_bureau(province=request.param))


def statement(line: Line, rows: list[StatementRow]) -> ask.TotalStatement:
    today = datetime.now(BEIJING).date()
    return ask.TotalStatement(
        insutype="310",
        clr_type="11",
        clr_optins="440300",
        begins=today,
        ends=today,
        total_fen=sum(row.total_fen for row in rows),
        fund_fen=sum(row.fund_fen for row in rows),
        account_fen=sum(row.account_fen for row in rows),
        count=len(rows),
    )


def differences(line: Line, rows: list[StatementRow]) -> list[files.Difference]:
    """The whole way: file up, 3202, file down."""
    insurance = line.insurance
    sent = done(insurance.upload(ask.UploadFile(filename="s.zip", content=files.statement_file(rows)), line.call()))
    total = statement(line, rows)
    request = ask.DetailStatement(
        clr_optins="440300",
        file_qury_no=sent.file_qury_no,
        begins=total.begins,
        ends=total.ends,
        total_fen=total.total_fen,
        fund_fen=total.fund_fen,
        cash_fen=0,
        count=total.count,
    )
    found = done(insurance.reconcile_detail(request, line.call()))
    content = done(insurance.download(ask.DownloadFile(file_qury_no=found.file_qury_no, filename=found.filename), line.call()))
    return files.difference_rows(content)


def settled(line: Line, *, cancelled: bool = False) -> list[StatementRow]:
    """A settlement as our books have it, with its cancellation if there is one."""
    visit = Visit(line).charged(10_000)
    first = done(visit.settle())
    kept = [first, done(line.insurance.cancel_settlement(visit.at(first), line.call()))] if cancelled else [first]
    return [
        StatementRow(
            setl_id=one.setl_id,
            mdtrt_id=one.mdtrt_id,
            psn_no=one.psn_no,
            total_fen=one.split.total_fen,
            fund_fen=one.split.fund_fen,
            account_fen=one.split.account_fen,
            refund=one is not first,
        )
        for one in kept
    ]


def test_both_sides_agree(own_line: Line) -> None:
    rows = [*settled(own_line), *settled(own_line, cancelled=True)]
    assert [row.total_fen for row in rows] == [10_000, 10_000, -10_000]
    result = done(own_line.insurance.reconcile_total(statement(own_line, rows), own_line.call()))
    assert (result.code, result.equal) == ("000000", True)
    assert differences(own_line, rows) == []


def test_what_one_side_alone_has_is_found(own_line: Line) -> None:
    rows = settled(own_line)
    planted = own_line.simulator.control(
        "plant", {"msgid": "H44030000001202601150930059999", "psn_no": "p", "total_fen": 500, "fund_fen": 300, "account_fen": 100}
    )
    more = done(own_line.insurance.reconcile_total(statement(own_line, rows), own_line.call()))
    assert (more.code, more.equal) == ("000101", False)
    (found,) = differences(own_line, rows)
    assert (found.setl_id, found.code, found.msgid, found.total_fen) == (planted, "000101", "H44030000001202601150930059999", 500)
    done(own_line.insurance.reverse(ask.Reverse(psn_no="p", msgid=found.msgid, infno="2207"), own_line.call()))
    assert differences(own_line, rows) == []

    assert own_line.simulator.control("erase", rows[0].setl_id) is True
    less = done(own_line.insurance.reconcile_total(statement(own_line, rows), own_line.call()))
    assert less.code == "000102"
    (lost,) = differences(own_line, rows)
    assert (lost.setl_id, lost.code, lost.total_fen, lost.msgid) == (rows[0].setl_id, "000102", 10_000, "")


def test_amounts_that_differ_are_found(own_line: Line) -> None:
    rows = settled(own_line)
    wrong = [replace(rows[0], fund_fen=rows[0].fund_fen - 1)]
    assert done(own_line.insurance.reconcile_total(statement(own_line, wrong), own_line.call())).code == "000103"
    (found,) = differences(own_line, wrong)
    assert (found.code, found.fund_fen) == ("000103", rows[0].fund_fen)


def test_files_hold_what_was_put_in() -> None:
    rows = [StatementRow(setl_id="1", mdtrt_id="", psn_no="3", total_fen=-1, fund_fen=0, account_fen=100, refund=True)]
    assert files.statement_rows(files.statement_file(rows)) == rows
    assert files.unpack(files.pack("x.txt", [("a\tb", "", "c\nd")])) == [("a b", "", "c d")]
    for wrong in (b"", b"PK", b"no zip", files.pack("x.txt", [("only", "two")])):
        with pytest.raises(Unreadable):
            files.statement_rows(wrong)
    with pytest.raises(Unreadable):
        files.catalogue_rows("1301", files.pack("x.txt", [("code", "too", "short")]))


def test_a_list_is_downloaded_until_there_is_nothing_newer(line: Line) -> None:
    insurance, version, files_read = line.insurance, "", 0
    names: dict[str, files.CatalogueRow] = {}
    while True:
        handle = done(insurance.catalogue("1301", ask.CatalogueSince(version=version), line.call()))
        if not handle.file_qury_no:
            break
        content = done(insurance.download(ask.DownloadFile(file_qury_no=handle.file_qury_no, filename=handle.filename), line.call()))
        rows = files.catalogue_rows("1301", content)
        assert len(rows) == handle.count
        names |= {row.code: row for row in rows}
        version, files_read = max(row.version for row in rows), files_read + 1
    assert files_read == 1
    amoxicillin = names["XJ01CAA040E001010101001"]
    assert (amoxicillin.name, amoxicillin.specification, amoxicillin.chrgitm_lv, amoxicillin.list_type, amoxicillin.valid) == (
        "阿莫西林胶囊",
        "0.25g×24粒",
        "01",
        "101",
        True,
    )
    assert amoxicillin.manufacturer
    assert amoxicillin.approval_number
    code = new()
    row = {"list": "1301", "code": code, "name": "新药", "specification": "", "manufacturer": "", "approval_number": "", "level": "02"}
    line.simulator.control("list_row", {**row, "version": "F001_20261101000000_C", "valid": "0"})
    handle = done(insurance.catalogue("1301", ask.CatalogueSince(version=version), line.call()))
    content = done(insurance.download(ask.DownloadFile(file_qury_no=handle.file_qury_no, filename=handle.filename), line.call()))
    (newer,) = files.catalogue_rows("1301", content)
    assert (newer.code, newer.name, newer.valid) == (code, "新药", False)


@pytest.mark.parametrize("infno", ["1302", "1305", "1306"])
def test_the_other_lists(line: Line, infno: str) -> None:
    handle = done(line.insurance.catalogue(infno, ask.CatalogueSince(version=""), line.call()))
    content = done(line.insurance.download(ask.DownloadFile(file_qury_no=handle.file_qury_no, filename=handle.filename), line.call()))
    rows = files.catalogue_rows(infno, content)
    assert len(rows) == handle.count
    assert all(row.name and row.code and row.version and row.valid for row in rows)


def test_a_file_that_is_none(line: Line) -> None:
    insurance = line.insurance
    assert isinstance(insurance.download(ask.DownloadFile(file_qury_no="x", filename="x"), line.call()), Rejected)
    assert isinstance(insurance.upload(ask.UploadFile(filename="x", content=b"no zip"), line.call()), Rejected)
    assert isinstance(insurance.catalogue("1399", ask.CatalogueSince(version=""), line.call()), Rejected)
    handle = done(insurance.catalogue("1302", ask.CatalogueSince(version=""), line.call()))
    line.fault("GARBAGE", "9102")
    garbled = insurance.download(ask.DownloadFile(file_qury_no=handle.file_qury_no, filename=handle.filename), line.call())
    assert isinstance(garbled, Unknown)


def test_dictionaries_come_from_the_bureau(line: Line) -> None:
    asked = ask.DictionaryOf(type="insutype", on=datetime.now(BEIJING).date())
    values = done(line.insurance.dictionary(asked, line.call()))
    assert ("310", "职工基本医疗保险") in {(one.value, one.label) for one in values}
    assert all(one.type == "insutype" and one.valid for one in values)
    nothing = ask.DictionaryOf(type="no such", on=asked.on)
    assert done(line.insurance.dictionary(nothing, line.call())) == ()
