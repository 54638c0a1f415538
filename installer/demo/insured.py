"""The sample clinic at the simulated bureau: its set-up, and a national code for whatever it prescribes and charges. All codes are invented."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from common.messages.insurance import InsuranceSetup, SetInsuranceSetup
from common.messages.insurance_mapping import ListNationalCodes, MapItem, SetNationalCode
from server.db import Read

if TYPE_CHECKING:
    from server.insurance.simulator.process import Simulator
    from server.local import LocalDesk

_LONG_AGO: Final = date(2020, 1, 1)
_UNMAPPED: Final = Read(
    "SELECT k.kind, k.id, k.list FROM (SELECT 'drug' AS kind, d.id, '101' AS list FROM drug d JOIN stock_level l ON l.drug_id = d.id"
    " UNION ALL SELECT 'service', i.id, '201' FROM service_item i WHERE i.active) k WHERE NOT EXISTS (SELECT FROM insurance_mapping m"
    " WHERE m.own_kind = k.kind AND m.own_id = k.id)"
)


def insure_sample(desk: LocalDesk, bureau: Simulator) -> None:
    """Connect the clinic to the bureau where it listens today; what has a code keeps it."""
    known = bureau.setup()
    setup = InsuranceSetup(
        connected=True,
        province=known.province,
        url=known.url,
        fixmedins_code=known.fixmedins_code,
        fixmedins_name=known.fixmedins_name,
        mdtrtarea_admvs=known.mdtrtarea_admvs,
    )
    desk.perform(SetInsuranceSetup(setup=setup))
    with desk.database.connect() as connection:
        unmapped = connection.execute(_UNMAPPED.bytes).fetchall()
    for kind, id, list_type in unmapped:
        code = f"{'XZ' if kind == 'drug' else '00'}{id:07d}{'8' if id % 3 == 0 else '1'}"  # the bureau takes every third for class 乙
        desk.perform(MapItem(kind=kind, own_id=id, list_type=list_type, med_list_codg=code, begins=_LONG_AGO))
    for whose in desk.perform(ListNationalCodes()).codes:
        if not whose.code:
            department = whose.kind == "department"
            code, extra = (f"A{whose.own_id:03d}", "A03") if department else (f"D4403{whose.own_id:08d}", "")
            desk.perform(SetNationalCode(kind=whose.kind, own_id=whose.own_id, code=code, extra=extra))
