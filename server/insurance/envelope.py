"""The envelope of every message: numbering, filling, and taking a reply apart (DOMAIN.md §1.1 to §1.3)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from server.insurance import reading
from server.insurance.protocol import BEIJING
from server.insurance.reading import Unreadable

if TYPE_CHECKING:
    from server.insurance.protocol import Operator, Setup, Wire
    from server.insurance.province import Province

#: The institution's code in a msgid, and how long a msgid may be.
CODE_LENGTH: Final = 12
MSGID_LENGTH: Final = 30
_PLACES: Final = 10_000

_numbers: Final = msgspec.json.Encoder(decimal_format="number")
_texts: Final = msgspec.json.Encoder(decimal_format="string")


class Parsed(msgspec.Struct, frozen=True, kw_only=True):
    """A reply's envelope. ``done`` is ``infcode`` 0; ``message`` is ``err_msg`` or, if it is done, ``warn_msg``."""

    done: bool
    infcode: str
    message: str
    refmsgid: str
    output: Wire


def message_id(fixmedins_code: str, at: datetime, sequence: int) -> str:
    """``fixmedins_code(12) + yyyyMMddHHmmss + sequence(4)``; the sequence is the database's and counts modulo 10,000."""
    msgid = f"{fixmedins_code}{at.astimezone(BEIJING):%Y%m%d%H%M%S}{sequence % _PLACES:04d}"
    if len(fixmedins_code) > CODE_LENGTH or not fixmedins_code:
        raise ValueError("the institution's code has 12 characters")
    return msgid


def envelope(
    setup: Setup, province: Province, infno: str, asked: Wire, *, msgid: str, at: datetime, operator: Operator, sign_no: str, insuplc: str
) -> dict[str, Any]:
    """The message as an object. ``cainfo``, ``signtype``, ``dev_no`` and ``dev_safe_info`` are there, empty, for whoever fills them."""
    return {
        "infno": infno,
        "msgid": msgid,
        "mdtrtarea_admvs": setup.mdtrtarea_admvs,
        "insuplc_admdvs": insuplc,
        "recer_sys_code": setup.recer_sys_code,
        "dev_no": "",
        "dev_safe_info": "",
        "cainfo": "",
        "signtype": "",
        "infver": "V1.0",
        "opter_type": operator.kind,
        "opter": operator.number,
        "opter_name": operator.name,
        "inf_time": wall(at),
        "fixmedins_code": setup.fixmedins_code,
        "fixmedins_name": setup.fixmedins_name,
        "sign_no": sign_no,
        **province.envelope,
        "input": encode(province, asked).decode() if province.input_as_text else asked,
    }


def encode(province: Province, message: Any) -> bytes:
    """JSON as the province wants it: decimals as numbers or as text, exactly as they are."""
    return (_texts if province.amounts_as_text else _numbers).encode(message)


def wall(at: datetime) -> str:
    """A moment by the platform's clock, ``yyyy-MM-dd HH:mm:ss``."""
    return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"


def parse(body: bytes) -> Parsed:
    """Take a reply apart. Raises :class:`~server.insurance.reading.Unreadable` if it is no reply of this platform."""
    reply = reading.json(body)
    if not isinstance(reply, dict) or not reading.text(reply, "infcode"):
        raise Unreadable("infcode")
    infcode = reading.text(reply, "infcode")
    done = infcode.strip("0") == ""
    return Parsed(
        done=done,
        infcode=infcode,
        message=reading.text(reply, "warn_msg" if done else "err_msg"),
        refmsgid=reading.text(reply, "inf_refmsgid"),
        output=_output(reply.get("output")) if done else {},
    )


def _output(value: Any) -> Wire:
    """The output as an object: it may come as one, as its JSON, as a list of rows, or not at all."""
    if isinstance(value, str):
        value = reading.json(value) if value.strip() else None
    if isinstance(value, list):
        value = {"data": value}
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable("output")
    return value
