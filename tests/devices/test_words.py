"""Every sentence of a device stands in both languages."""

from __future__ import annotations

import ast
import json
from importlib.resources import files
from pathlib import Path
from string import Formatter

import common.domain.barcodes
import devices
from common.i18n import catalogue, language
from devices.idcard.protocol import CardRecordWrong, ReaderRefused
from devices.idcard.record import NAME
from devices.printer import PrinterLost, PrinterNotReady, Reason


def marked() -> set[str]:
    sources = [*Path(devices.__path__[0]).rglob("*.py"), Path(common.domain.barcodes.__file__)]
    calls = (node for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id in ("N_", "tr")
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_marked_word_has_its_chinese_and_no_other_stands_there() -> None:
    own = json.loads((files("common") / "locale" / "zh_CN" / "devices.json").read_text("utf-8"))
    assert set(own) == marked()
    assert {source for source, text in own.items() if fields(source) != fields(text)} == set()
    assert own.items() <= catalogue("zh_CN").items()


def test_errors_speak_both_languages() -> None:
    refused = PrinterNotReady(reasons=(Reason.COVER_OPEN, Reason.PAPER_OUT))
    assert refused.sentence() == "打印机无法打印：上盖没有合上、缺纸。"
    assert PrinterLost(sent_bytes=3).sentence() == "不能确定是否已打印完整：没有响应。"
    assert ReaderRefused(action="read", code=0x41).sentence() == "读卡器提示：读卡失败（代码 41）。"
    assert CardRecordWrong(field=NAME).sentence() == "证件内容有误，无法识别：姓名。"
    with language("en"):
        assert refused.sentence() == "The printer does not print: its cover is open, it is out of paper."
        assert ReaderRefused(action="read", code=0x99).sentence() == "The card reader reports: unknown failure (code 99)."
        assert CardRecordWrong(field=NAME).sentence() == "The card's text cannot be read: name."
