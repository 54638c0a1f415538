"""A second person's yes at somebody else's desk: given by password or badge, held for five minutes, used once.

The approval is bound to who asked, to their session, to one act on one object, and to an amount. It is used inside the transaction of the act
itself, so that an act that fails leaves it unused.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from common import topics
from common.errors import FieldWrong, LockedOut, MustChangePassword, NotFound, NotPermitted, WrongPassword
from common.i18n import N_
from common.messages.badges import RevokeBadge
from common.messages.settlement import Approve, Approved, GiveBadge
from common.money_errors import ACTS, ApprovalNeeded, ApprovalNotValid, BadgeRevoked, SamePerson
from common.permissions import Permission, Role, permissions_of
from common.wire import Done
from server.db import Read, Write
from server.features import handles
from server.passwords import BY_LOGIN, STRANGERS, check_password
from server.sessions import Actor

if TYPE_CHECKING:
    from common.errors import XinglinError
    from server.db import Row, Tx

#: How long an approval waits for the act that it was given for.
VALID: Final = timedelta(minutes=5)
#: Who may approve what; whatever is not named here needs ``CASHIER_APPROVE``.
_APPROVERS: Final = {
    "reopen": Permission.CLOSING_ROLL_UP,
    "green": Permission.CREDIT_MANAGE,
    "drug_return": Permission.PHARMACY_RETURN,
    "dispense_controlled": Permission.PHARMACY_DISPENSE,
    "undo_dispense": Permission.PHARMACY_UNDO,
    "toxic_slice": Permission.PHARMACY_DISPENSE,
    "uneven_bag": Permission.PHARMACY_DISPENSE,
    "trace_prefix": Permission.STORE_APPROVE,
    "release_lot": Permission.STORE_APPROVE,
    "supplier_licence": Permission.STORE_APPROVE,
    "purchase_order": Permission.STORE_APPROVE,
    "stock_paper": Permission.STORE_APPROVE,
    "residue": Permission.STORE_APPROVE,
    "narcotics_count": Permission.PHARMACY_DISPENSE,
    "stock_take": Permission.STORE_APPROVE,
    "stock_recount": Permission.STORE_COUNT,
    "stock_month": Permission.STORE_APPROVE,
    "price_change": Permission.PRICE_MANAGE,
}

_BY_BADGE: Final = Write(
    "SELECT id, login, name, title, department_id, roles, password_hash, must_change_password, wrong_tries, locked_until, antibacterial_level"
    " FROM staff WHERE id = (SELECT staff_id FROM badge WHERE code_hash = %(code_hash)s AND revoked_at IS NULL) AND active FOR UPDATE"
)
_APPROVE: Final = Write(
    "INSERT INTO approval (act, subject_id, amount_fen, detail, asked_by, approved_by, means, session_id, at, expires_at) VALUES (%(act)s,"
    " %(subject_id)s, %(amount_fen)s, %(detail)s, %(asked_by)s, %(approved_by)s, %(means)s, %(session_id)s, %(at)s, %(expires_at)s) RETURNING id"
)
_LOCK: Final = Write(
    "SELECT act, subject_id, amount_fen, asked_by, session_id, expires_at, used_at, approved_by, detail FROM approval WHERE id = %(id)s FOR UPDATE"
)
_USE: Final = Write("UPDATE approval SET used_at = %(at)s WHERE id = %(id)s")
_STAFF: Final = Read("SELECT name FROM staff WHERE id = %(id)s AND login <> 'system' AND active")
_REVOKED: Final = Read(
    "SELECT staff_id FROM badge WHERE code_hash = %(code_hash)s AND NOT EXISTS (SELECT FROM badge b WHERE b.code_hash = badge.code_hash"
    " AND b.revoked_at IS NULL) ORDER BY revoked_at DESC LIMIT 1"
)
_REVOKE: Final = Write("UPDATE badge SET revoked_at = %(at)s WHERE staff_id = %(staff_id)s AND revoked_at IS NULL")
_GIVE: Final = Write(
    "INSERT INTO badge (staff_id, code_hash, given_at, given_by) VALUES (%(staff_id)s, %(code_hash)s, %(at)s, %(given_by)s)"
)


def use(tx: Tx, approval_id: int | None, act: str, subject_id: int, amount_fen: int = 0, detail: str = "") -> int:
    """Use an approval for an act of the one who asked for it; the approver's staff id.

    Raises ``ApprovalNeeded`` without one, ``ApprovalNotValid`` when it was given for something else, for less, to somebody else, was used,
    or is older than five minutes.
    """
    if approval_id is None:
        raise ApprovalNeeded(act=act)
    row = tx.write_one(_LOCK, id=approval_id)
    if row is None or (row[0], row[1], row[3], row[4], row[8]) != (act, subject_id, tx.actor.staff, tx.actor.session_id, detail):
        raise ApprovalNotValid(reason=N_("it was given for something else"))
    if row[6] is not None:
        raise ApprovalNotValid(reason=N_("it was used already"))
    if row[5] < tx.wall:
        raise ApprovalNotValid(reason=N_("it is older than five minutes"))
    if row[2] < amount_fen:
        raise ApprovalNotValid(reason=N_("it was given for less"))
    tx.write(_USE, id=approval_id, at=tx.wall)
    return int(row[7])


@handles(Approve, replayed=False, keeps_refusals=True)
def approve(tx: Tx, request: Approve) -> Approved | XinglinError:
    """Let a second person agree. Refusals are returned, so that wrong tries are counted and audited."""
    if request.act not in ACTS:
        raise FieldWrong(field=N_("Act"), reason=N_("nothing that a second person agrees to"))
    if not request.badge and not (request.login and request.password):
        raise FieldWrong(field=N_("Second person"), reason=N_("scan the badge, or type login name and password"))
    means = "badge" if request.badge else "password"
    found = _by_badge(tx, request.badge) if request.badge else _by_password(tx, request.login, request.password)
    tx.detail |= {"act": request.act, "subject": request.subject_id, "amount_fen": request.amount_fen, "means": means}
    if request.detail:
        tx.detail["detail"] = request.detail
    if not isinstance(found, Actor):
        return found
    tx.detail["approver"] = found.staff_id
    return _refusal(tx, found, request.act) or _enter(tx, request, found, means)


def _refusal(tx: Tx, approver: Actor, act: str) -> XinglinError | None:
    if approver.staff_id == tx.actor.staff:
        return SamePerson()
    if approver.must_change_password:
        return MustChangePassword()
    needed = _APPROVERS.get(act, Permission.CASHIER_APPROVE)
    return None if needed in approver.permissions else NotPermitted(permission=needed)


def _enter(tx: Tx, request: Approve, approver: Actor, means: str) -> Approved:
    expires_at = tx.wall + VALID
    row = tx.write_one(
        _APPROVE,
        act=request.act,
        subject_id=request.subject_id,
        amount_fen=request.amount_fen,
        detail=request.detail,
        asked_by=tx.actor.staff,
        approved_by=approver.staff,
        means=means,
        session_id=tx.actor.session_id,
        at=tx.wall,
        expires_at=expires_at,
    )
    assert row is not None
    return Approved(approval_id=row[0], approver=approver.name, expires_at=expires_at)


def _by_password(tx: Tx, login: str, password: str) -> Actor | WrongPassword | LockedOut:
    row = tx.write_one(BY_LOGIN, login=login)
    return check_password(tx, row, login, password) or _actor(row)


def _by_badge(tx: Tx, code: str) -> Actor | WrongPassword | LockedOut | BadgeRevoked:
    """Codes that are nobody's count against the one at whose desk they are tried."""
    tried_at = f"\0badge:{tx.actor.staff}"  # no login name is like this
    locked = STRANGERS.locked(tried_at, tx.wall)
    row = None if locked else tx.write_one(_BY_BADGE, code_hash=_hash(code))
    revoked = None if locked or row is not None else tx.first(_REVOKED, code_hash=_hash(code))
    if revoked is not None:  # nobody guesses a badge that was in use: it is no wrong try
        tx.detail = {"reason": "revoked badge", "badge_of": revoked[0]}
        return BadgeRevoked()
    if row is None:
        tx.detail = {"reason": "badge"}
        return locked or STRANGERS.refusal(tried_at, code, tx.wall)
    if row[9] is not None and row[9] > tx.wall:
        tx.detail = {"reason": "locked out"}
        return LockedOut(seconds=int((row[9] - tx.wall).total_seconds()) + 1)
    return _actor(row)


def _actor(row: Row | None) -> Actor:
    assert row is not None
    roles = frozenset(Role(role) for role in row[5])
    return Actor(staff_id=row[0], name=row[2], roles=roles, permissions=permissions_of(roles), must_change_password=row[7])


def _hash(code: str) -> bytes:
    """What is kept of a badge's code."""
    return hashlib.sha256(b"badge:" + code.encode()).digest()


@handles(GiveBadge, replayed=False)
def give_badge(tx: Tx, request: GiveBadge) -> Done:
    """Bind a badge to a person; what they had before is revoked. Raises ``AlreadyExists`` while it is somebody else's."""
    tx.one(_STAFF, NotFound(kind=N_("Person"), key=str(request.staff_id)), id=request.staff_id)
    revoked = tx.count(_REVOKE, staff_id=request.staff_id, at=tx.wall)
    tx.write(_GIVE, staff_id=request.staff_id, code_hash=_hash(request.code), at=tx.wall, given_by=tx.actor.staff)
    tx.changed(topics.STAFF, request.staff_id)
    tx.detail = {"revoked": revoked}
    return Done()


@handles(RevokeBadge)
def revoke_badge(tx: Tx, request: RevokeBadge) -> Done:
    """Take a person's badge out of use, also one of somebody who has left."""
    revoked = tx.count(_REVOKE, staff_id=request.staff_id, at=tx.wall)
    if not revoked:
        raise NotFound(kind=N_("Badge"), key=str(request.staff_id))
    tx.changed(topics.STAFF, request.staff_id)
    tx.detail = {"staff": request.staff_id, "revoked": revoked}
    return Done()
