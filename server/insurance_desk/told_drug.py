"""What all rows about drugs share: the national code that holds today, packs, the batch; and what is lacking."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from common.i18n import N_, tr
from server.insurance import uploads as up

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

#: Quantities of 350x have four places, prices six.
_QUANTITY: Final = Decimal("0.0001")
#: The kinds of identity papers, from the file's to the bureau's (``psn_cert_type``).
PAPERS: Final = {"id_card": "01", "hk_macau_permit": "04", "taiwan_permit": "06", "foreign_residence": "07", "passport": "08"}
#: A name on the wire has at most so many characters.
_NAME: Final = 200

#: The national code of a drug that holds today, and the list that it is of.
CODE: Final = (
    "LEFT JOIN LATERAL (SELECT g.med_list_codg, g.list_type FROM insurance_mapping g WHERE g.own_kind = 'drug' AND g.own_id = d.id"
    " AND g.upload <> 'WITHDRAWN' AND g.begins <= %(today)s AND (g.ends IS NULL OR g.ends >= %(today)s)"
    " ORDER BY g.begins DESC, g.id DESC LIMIT 1) m ON true"
)
#: Which telling of its prescription a hand-over ``h`` is: after one that was told and undone ``turn`` begins again; the bureau knows that number.
TURN: Final = (
    "h.turn + (SELECT count(*) FROM hand_over e JOIN insurance_upload n ON n.infno = '3506A' AND n.subject = 'hand_over' AND n.subject_id = e.id"
    " WHERE e.prescription_id = h.prescription_id AND e.id < h.id)"
)
#: The day on which a batch was made, where a purchase of it said so.
MADE: Final = (
    "(SELECT min(e.payload->'given'->>'made')::date FROM stock_move r JOIN insurance_upload e ON e.infno = '3503' AND e.subject = 'stock_move'"
    " AND e.subject_id = r.id WHERE r.batch_id = b.id AND r.kind = 'RECEIPT')"
)


class Lacking(Exception):
    """Something that the bureau demands is not known here. The sentence is for the person who can enter it."""


def require_codes(drugs: Iterable[tuple[str, str]]) -> None:
    """Drugs' names and national codes; raises :class:`Lacking` for those without one."""
    missing = sorted({name for name, code in drugs if not code})
    if missing:
        raise Lacking(tr(N_("No national code is mapped for: {names}"), names=", ".join(missing)))


def packs(quantity: Decimal, pack_size: Decimal) -> Decimal:
    """Base units as packs 最小计价包装, in which all of 350x counts: those that the batch came in, whatever the catalogue says today."""
    return (quantity / pack_size).quantize(_QUANTITY, ROUND_HALF_UP)


def pack_price(unit_price: Decimal, pack_size: Decimal) -> Decimal:
    """A base unit's price (yuan, six places) as its pack's; what the division by the pack had cost is rounded away."""
    return (unit_price * pack_size).quantize(_QUANTITY, ROUND_HALF_UP)


def batch(
    own_code: str, name: str, national: str, batch_id: int, lot: str, made: date | None, expires: date, rx: bool, **more: Any
) -> up.Drug:
    """A batch of a drug, as the bureau is told of it."""
    return up.Drug(
        med_list_codg=national,
        own_code=own_code,
        own_name=name[:_NAME],
        batch_number=str(batch_id),
        lot=lot,
        made=made,
        expires=expires,
        prescription_drug=rx,
        **more,
    )


def line_number(line_id: int, batch_id: int, turn: int, *, opened: bool) -> str:
    """What the bureau knows a sold batch of a line by; a later hand-over of the same prescription says which one it was."""
    return f"{line_id}-{batch_id}{'-s' if opened else ''}{f'-{turn}' if turn > 1 else ''}"
