"""What the service asks of an e-invoice platform, and what a platform may answer.

``serial`` is ours, unique for ever and committed before it is sent: a platform issues a serial once, whoever asks how often, so that a lost reply
can always be asked for again. No method raises for anything that the line or the other side does; all of it is an outcome.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from common.messages.einvoice import EInvoiceDocument
    from server.outcome import Outcome

#: Codes of ``Rejected`` that callers tell apart. Every other code is the platform's own and means: not issued, and a person has to look at it.
NOT_FOUND: Final = "NOT_FOUND"  # the platform has never seen this serial; it may be sent (again)
NOT_SENT: Final = "NOT_SENT"  # no connection came about: the platform certainly knows nothing of it


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """An e-invoice as the platform numbered it: 票据代码, 票据号码, 校验码, and where the patient can see it (what its QR code says)."""

    code: str
    number: str
    check_code: str
    url: str
    issued_at: datetime


class Platform(Protocol):
    """One platform's wire. Safe to use from several threads."""

    @property
    def name(self) -> Literal["medical", "tax"]:
        """Which of the clinic's rules (``einvoice_kind``) it serves."""
        ...

    def issue(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """Issue a blue one. A serial that was issued before is answered with what was issued then."""
        ...

    def red_flush(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """冲红: issue the red one that takes ``document.original`` back, whole. The same serial again is the same red one."""
        ...

    def query(self, document: EInvoiceDocument) -> Outcome[Issued]:
        """What became of a serial. ``Rejected`` with ``NOT_FOUND``: never seen, and what is sent from now on is the only one; with any other
        code but ``NOT_SENT``: it was not issued and will not be. A question that is itself refused is ``Unknown``."""
        ...
