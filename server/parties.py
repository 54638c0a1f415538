"""Who outside the house this service may ask. Handed to every transaction, so that a handler can tell what is connected; only errands call."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from common.messages.cashier import TenderKind
    from server.channels.protocol import Channel
    from server.insurance.protocol import Bureau


class Parties:
    """The payment channels by the tender that they collect, and the insurance, if it is connected (its set-up may change while it runs)."""

    def __init__(self, channels: Mapping[TenderKind, Channel], bureau: Bureau | None = None) -> None:
        self.channels = channels
        self.bureau = bureau
        #: The name under which this process's errands live; empty while it has none.
        self.worker = ""


NOBODY_OUTSIDE = Parties({})
