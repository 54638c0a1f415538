"""The national insurance codes that stand in a drug list become mappings, as a person at the insurance desk would make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.errors import XinglinError
from common.messages.insurance_mapping import MapItem
from common.messages.session import WhoAmI
from server.db import Read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from server.local import LocalDesk

#: Drugs by their own code, with the national code that holds today.
_HELD: Final = Read(
    "SELECT d.code, d.id, coalesce((SELECT m.med_list_codg FROM insurance_mapping m WHERE m.own_kind = 'drug' AND m.own_id = d.id"
    " AND m.upload <> 'WITHDRAWN' AND m.begins <= %(today)s AND (m.ends IS NULL OR m.ends >= %(today)s) ORDER BY m.begins DESC, m.id DESC"
    " LIMIT 1), '') FROM drug d WHERE d.code = ANY(%(codes)s)"
)
_WESTERN_AND_PATENT: Final = "101"
_HERBS: Final = "102"


def map_drugs(desk: LocalDesk, codes: Mapping[str, str]) -> tuple[int, dict[str, str]]:
    """Map drugs, given by their own codes, from today on; what is mapped so already stays. Returns how many, and the refused with why."""
    today = desk.perform(WhoAmI()).clinic.today
    held = desk.database.of_thread().execute(_HELD.bytes, {"today": today, "codes": list(codes)}).fetchall()
    mapped, refused = 0, {}
    for code, drug_id, now in held:
        if codes[code] == now:
            continue
        of_herbs = codes[code].startswith("T")
        try:
            desk.perform(
                MapItem(
                    kind="drug",
                    own_id=drug_id,
                    list_type=_HERBS if of_herbs else _WESTERN_AND_PATENT,
                    med_list_codg=codes[code],
                    begins=today,
                )
            )
        except XinglinError as error:
            refused[code] = str(error)
        else:
            mapped += 1
    return mapped, refused
