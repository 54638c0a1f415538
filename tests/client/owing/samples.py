"""Facts in tiny literals for the tests of the desk of owed drugs."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from common.messages.dispensing import AloneEntry, AloneList, OpenPackEntry, OpenPackList, OwedEntry, OwedList
from common.messages.pharmacy import OwedLine, OwedSlip

AT = datetime(2026, 11, 19, 2, 30, tzinfo=UTC)


def line(id: int, name: str = "阿莫西林胶囊", owed: int = 24, there: int = 0) -> OwedLine:
    """So much of a drug is owed, and so much is there."""
    return OwedLine(
        line_id=id,
        name=name,
        specification="0.25g×24粒/盒",
        owed=Decimal(owed),
        quantity_text=f"{owed // 24}盒" if owed % 24 == 0 else f"{owed}粒",
        unit="粒",
        there=Decimal(there),
    )


def entry(id: int, name: str, promised: date, *lines: OwedLine) -> OwedEntry:
    """A row of the list."""
    return OwedEntry(
        prescription_id=id,
        prescription_number=f"261119{id:05d}",
        slip_number=f"Q261119{id:04d}",
        patient_id=id,
        patient_name=name,
        sex="2",
        age="47岁",
        phone="13812345678",
        since=AT,
        promised=promised,
        note="到货打电话" if id == 7 else "",
        lines=lines,
        ready=all(each.there >= each.owed for each in lines),
    )


OWED = OwedList(
    entries=(
        entry(7, "欧阳若溪", date(2026, 11, 20), line(1, there=240)),
        entry(8, "张三", date(2026, 11, 21), line(2, there=240), line(3, "盐酸氨溴索口服溶液", owed=2)),
        entry(9, "李四", date(2026, 11, 24), line(4, "布洛芬缓释胶囊", owed=40)),
    )
)
PACKS = OpenPackList(
    packs=(
        OpenPackEntry(
            pack_id=5,
            code="89000010000000000099",
            drug_id=1,
            name="阿莫西林胶囊",
            specification="0.25g×24粒/盒",
            unit="粒",
            lot="260318",
            expires=date(2026, 12, 10),
            size=Decimal(24),
            left=Decimal(18),
            aside=Decimal(6),
            shelf="A-1",
            opened_at=AT,
            opened_by="苏叶",
        ),
    )
)
ALONE = AloneList(
    entries=(
        AloneEntry(
            hand_over_id=3,
            at=AT,
            prescription_id=4,
            prescription_number="26111900004",
            patient_name="王五",
            drugs="盐酸吗啡片",
            by="苏叶",
            reason="夜班一人值班",
        ),
    )
)
SLIP = OwedSlip(
    number="Q2611190007",
    clinic="杏林诊所",
    prescription_id=7,
    prescription_number="26111900007",
    patient_name="欧阳若溪",
    sex="2",
    age="47岁",
    phone="13812345678",
    promised=date(2026, 11, 20),
    note="",
    at=AT,
    by="苏叶",
    lines=(line(1),),
)
