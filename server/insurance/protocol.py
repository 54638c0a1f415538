"""What the service needs of the national insurance 医保, and the values that pass between them (DOMAIN.md §1).

A transaction that may move money is *prepared* first: number, envelope and hash are fixed and can be committed. Only then is it *sent*. What
comes back is one of three outcomes, and sending never raises for anything that happens outside the house::

    prepared = insurance.prepare("2207", inputs.settle(request), msgid_sequence=n, at=now, operator=who, sign_no=sign_no, insuplc=region)
    ...  # commit (prepared.msgid, prepared.infno, prepared.payload_hash) as PENDING
    outcome = insurance.send(prepared)
    ...  # commit the outcome; outputs.settlement(outcome.value.output) reads it

A :class:`~server.outcome.Success` holds a :class:`Reply` whose output was already read once by the transaction's own reader and answers the
question that was put; reading it again cannot fail.
"""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

if TYPE_CHECKING:
    from datetime import datetime

    from server.insurance.province import Province
    from server.outcome import Outcome

#: The platform's clock, everywhere in the country.
BEIJING: Final = timezone(timedelta(hours=8))

#: ``Rejected.code`` of a call that never left the house: no connection came about, so nothing can have happened there.
NOT_SENT: Final = "NOT_SENT"

#: A JSON object of the wire. Numbers with a point are decimals, never floats.
Wire = dict[str, Any]


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """How this clinic is known to its bureau: the row ``insurance_setup``.

    ``province`` names a profile (``server/insurance/provinces/<name>.toml``). ``fixmedins_code`` is the national code of the institution (12
    characters), ``mdtrtarea_admvs`` the region of treatment (6 digits).
    """

    province: str
    url: str
    fixmedins_code: str
    fixmedins_name: str
    mdtrtarea_admvs: str
    recer_sys_code: str = "FSI"
    timeout_seconds: int = 30


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What the bureau issued to this clinic; which of them a province needs stands in its profile. Never logged, never in the database.

    ``paasid`` and ``token`` sign gateway headers; ``private_key`` (64 hexadecimal digits, Base64 or DER) signs bodies.
    """

    paasid: str = ""
    token: str = ""
    private_key: str = ""

    def __repr__(self) -> str:
        return "Secrets(…)"


class Operator(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts. ``kind``: 1 staff, 2 self-service terminal, 3 mobile."""

    number: str
    name: str
    kind: str = "1"


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What every call carries beside its request: the next value of the sequence ``insurance_msgid``, the time, the operator, the day's
    ``sign_no`` (9001) where the province signs in, and the region insured wherever the request names a ``psn_no``. ``numbered_at``: when the number
    was given, where that was before ``at``: it stands in the message's id."""

    msgid_sequence: int
    at: datetime
    operator: Operator
    sign_no: str = ""
    insuplc: str = ""
    numbered_at: datetime | None = None


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """A transaction that is ready to leave. ``payload_hash`` is the SHA-256 of ``body``, the bytes that will be sent.

    ``asked`` is the input as the province gets it; the reply must answer it.
    """

    msgid: str
    infno: str
    body: bytes
    payload_hash: bytes
    asked: Wire


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """A reply that says "done". ``refmsgid`` is the receiver's number; ``message`` a warning of the bureau, mostly empty.

    ``output`` can be stored as JSON as it is. ``file``: the bytes of a download (9102), else empty.
    """

    output: Wire
    refmsgid: str = ""
    message: str = ""
    file: bytes = b""


class Bureau(Protocol):
    """The insurance as a settlement sees it; :class:`server.insurance.client.Insurance` is one, over HTTP."""

    @property
    def province(self) -> Province:
        """How the province's edition differs."""

    def prepare(
        self, infno: str, asked: Wire, *, msgid_sequence: int, at: datetime, operator: Operator, sign_no: str = "", insuplc: str = ""
    ) -> Prepared:
        """Fix number and body of a transaction. ``infno`` is the national number (``2203``): the province's own (``2203A``), its extra fields
        and its way of writing are put in here."""

    def send(self, prepared: Prepared) -> Outcome[Reply]:
        """Send it once, never again by itself, and say what became of it. May take as long as the set-up's time-out; hold no transaction."""
