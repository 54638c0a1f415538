"""How the doses of a herbal prescription are prepared and drunk: entered with its signing, never changed. Who boils it the pharmacy may settle
otherwise with the patient, until it is paid; that is kept beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.domain.herbal import DECOCTED_HERE
from server.db import Write

if TYPE_CHECKING:
    from common.messages.consult import HerbalOrder
    from server.db import Tx

#: Whether the clinic boils the prescription of ``h``, a row of ``herbal_order`` (SQL): as it was settled last, else as the doctor wrote it.
DECOCTS: Final = (
    "coalesce((SELECT y.decoct FROM decoction_choice y WHERE y.prescription_id = h.prescription_id ORDER BY y.id DESC LIMIT 1), h.decoct)"
)

_ENTER: Final = Write(
    "INSERT INTO herbal_order (prescription_id, doses, portions, decoct, usage)"
    " VALUES (%(id)s, %(doses)s, %(portions)s, %(decoct)s, %(usage)s)"
)


def enter_order(tx: Tx, prescription_id: int, order: HerbalOrder, doses: int, route: str) -> None:
    """Keep what the doctor wrote; ``doses`` and ``route`` are those of every line (:func:`check_prescription` saw to that)."""
    tx.write(_ENTER, id=prescription_id, doses=doses, portions=order.portions, decoct=route == DECOCTED_HERE, usage=order.usage.strip())
