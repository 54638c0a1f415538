"""Badges 工牌 by which a second person agrees; giving one is :class:`common.messages.settlement.GiveBadge`."""

from __future__ import annotations

from common.permissions import Permission
from common.wire import Command, Done


class RevokeBadge(Command[Done], frozen=True, kw_only=True):
    """Take a person's badge out of use, lost or handed back: it agrees to nothing any more (``BadgeRevoked``), until it is given anew.

    Raises ``NotFound`` when the person has none.
    """

    permission = Permission.ADMIN_STAFF
    staff_id: int
