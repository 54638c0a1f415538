"""Calls to payment channels, written down before they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from server.db import Read, Write

if TYPE_CHECKING:
    from datetime import datetime

    from common.messages.cashier import TenderKind
    from server.db import ReadTx, Tx

_ENTER: Final = Write(
    "INSERT INTO channel_call (settlement_id, payment_id, channel, act, number, amount_fen, state, sent_at)"
    " VALUES (%(settlement_id)s, %(payment_id)s, %(channel)s, %(act)s, %(number)s, %(amount_fen)s, 'PENDING', %(at)s) RETURNING id"
)
_STEP: Final = Write(
    "UPDATE channel_call SET state = %(state)s, code = %(code)s, message = %(message)s,"
    " channel_number = CASE WHEN %(channel_number)s = '' THEN channel_number ELSE %(channel_number)s END,"
    " answered_at = %(at)s WHERE id = %(id)s"
)
_TRIED: Final = Write("UPDATE channel_call SET tries = tries + 1, code = %(code)s WHERE id = %(id)s")
_LOST: Final = Write(
    "UPDATE channel_call SET state = 'UNKNOWN' WHERE settlement_id = %(settlement_id)s AND state = 'PENDING' RETURNING payment_id"
)
_OF: Final = Read(
    "SELECT id, payment_id, channel, act, number, amount_fen, state, code, message, sent_at, tries FROM channel_call"
    " WHERE settlement_id = %(settlement_id)s ORDER BY id"
)


class ChannelCall(NamedTuple):
    """One call's row."""

    id: int
    payment_id: int
    channel: str
    act: str
    number: str
    amount_fen: int
    state: str
    code: str
    message: str
    sent_at: datetime
    tries: int

    @property
    def open(self) -> bool:
        """Whether nobody knows yet what became of it."""
        return self.state in ("PENDING", "UNKNOWN")


def enter(tx: Tx, settlement_id: int, payment_id: int, channel: TenderKind, act: str, number: str, amount_fen: int) -> int:
    """Write down what is going to be asked; the call's id."""
    row = tx.write_one(
        _ENTER,
        settlement_id=settlement_id,
        payment_id=payment_id,
        channel=channel,
        act=act,
        number=number,
        amount_fen=amount_fen,
        at=tx.wall,
    )
    assert row is not None
    return int(row[0])


def step(tx: Tx, call: ChannelCall, state: str, *, code: str = "", message: str = "", channel_number: str = "") -> None:
    """What became of it. A call that is taken back has been unknown before, whether or not anybody noticed."""
    told: dict[str, Any] = {"code": code[:60], "message": message[:300], "channel_number": channel_number, "at": tx.wall, "id": call.id}
    if state == "REVERSED" and call.state == "PENDING":
        tx.write(_STEP, state="UNKNOWN", **told)
    tx.write(_STEP, state=state, **told)


def tried(tx: Tx, call_id: int, code: str) -> None:
    """It was asked again without an end; ``code`` is what the channel said, if it said anything that the next step needs."""
    tx.write(_TRIED, id=call_id, code=code)


def lose(tx: Tx, settlement_id: int) -> list[int]:
    """The process that had sent the open calls is dead: nobody knows what became of them. Gives back their payments."""
    return [row[0] for row in tx.write(_LOST, settlement_id=settlement_id)]


def calls_of(tx: ReadTx, settlement_id: int) -> list[ChannelCall]:
    """A settlement's calls, oldest first."""
    return [ChannelCall(*row) for row in tx.rows(_OF, settlement_id=settlement_id)]
