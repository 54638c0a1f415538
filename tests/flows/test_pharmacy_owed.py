"""A hand-over in part at the real window against the real service: the slip, the list of what is owed, and the rest."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from common.messages.dispensing import ListOwed
from tests import visits
from tests.flows.test_pharmacy import Window, folder, paid, state, window

if TYPE_CHECKING:
    from tests.harness import Clinic

__all__ = ["folder", "window"]


def test_a_part_goes_out_by_keys_and_the_rest_later(clinic: Clinic, window: Window) -> None:
    prescription = paid(clinic, "布洛芬", packs=2, name="石三")
    desk = window.desk
    window.wait(lambda: desk.model.picking is not None and desk.model.picking.facts.id == prescription.id)
    window.rest()
    found = visits.drug(clinic, "布洛芬")
    code = visits.barcode(clinic, found.id)
    window.press("Alt+Q")
    window.type(str(int(found.pack_size)))
    window.press("Return")
    window.scan(code)
    window.rest()
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "PART_DISPENSED")
    (owed,) = clinic.desk(visits.PHARMACIST).call(ListOwed()).entries
    assert (owed.prescription_id, owed.ready, owed.lines[0].owed) == (prescription.id, True, Decimal(found.pack_size))
    window.rest()
    desk.open(prescription.id)
    window.wait(lambda: desk.model.picking is not None and desk.model.picking.facts.id == prescription.id)
    window.rest()
    window.scan(code)
    window.rest()
    window.press("F12")
    window.wait(lambda: state(clinic, prescription) == "DISPENSED")
    assert clinic.desk(visits.PHARMACIST).call(ListOwed()).entries == ()
