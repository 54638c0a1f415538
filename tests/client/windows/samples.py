"""Three windows on a busy morning, and who is called."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Final

from common.messages.consult import PrescriptionKind
from common.messages.windows import CallFacts, CallList, WindowFacts, WindowList

AT: Final = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=8)))


def window(id: int, **fields: Any) -> WindowFacts:
    """An open window."""
    return WindowFacts(
        **{
            "id": id,
            "name": f"{id}号窗口",
            "kinds": (),
            "active": True,
            "open": True,
            "staff": "苏叶",
            "waiting": 4,
            "load": 17,
            **fields,
        }
    )


def windows() -> WindowList:
    """Two open, one closed, one for controlled drugs."""
    controlled = (PrescriptionKind.NARCOTIC, PrescriptionKind.PSYCHOTROPIC_2)
    rows = (
        window(1, staff="王芳"),
        window(2, waiting=3, load=16),
        window(3, open=False, staff="", waiting=0, load=0),
        window(4, name="麻精药品窗", kinds=controlled, staff="江蓝", waiting=1, load=3),
    )
    return WindowList(windows=rows, unplaced=2)


def call(id: int, patient: str, **fields: Any) -> CallFacts:
    """A patient who is called."""
    at = AT + timedelta(seconds=20 * id)
    return CallFacts(
        **{
            "call_id": id,
            "number": f"{id:04d}",
            "window": f"{id % 3 + 1}号窗口",
            "patient": patient,
            "times": 1,
            "passed": False,
            "at": at,
            **fields,
        }
    )


def calls(*more: CallFacts) -> CallList:
    """Four are called, two did not come."""
    rows = (
        call(6, "阿***提"),
        call(5, "欧**凤"),
        call(4, "李*远"),
        call(3, "张*"),
        call(2, "王*兰", passed=True, times=2),
        call(1, "赵*", passed=True),
    )
    return CallList(clinic="杏林门诊部", calls=(*more, *rows))
