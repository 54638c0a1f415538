"""What must never work: wrong passwords, an account that is locked, acts of another's trade, requests of nobody."""

from __future__ import annotations

from typing import Any

from common.errors import LockedOut, NotPermitted, NotSignedIn, WrongPassword
from common.messages.admin import ListStaff
from common.messages.cashier import GetUnpaid, Settle
from common.messages.consult import CallNext, GetEncounter, VoidPrescription
from common.messages.patients import SearchPatients
from common.messages.pharmacy import ApprovePrescription, PickPrescription
from common.messages.registration import CancelVisit
from common.messages.session import SignIn
from common.wire import Request
from installer.sample import PASSWORD
from installer.simulate.world import CASHIERS, CLERKS, DOCTORS, PHARMACISTS, World

#: Who tries what is not his.
_TRESPASSES: tuple[tuple[tuple[str, ...], Request[Any]], ...] = (
    (CLERKS, ApprovePrescription(prescription_id=1)),
    (CLERKS, Settle(patient_id=1, line_ids=(1,), expected_fen=0, tenders=())),
    (CASHIERS, CancelVisit(visit_id=1, reason="x")),
    (CASHIERS, GetEncounter(visit_id=1)),
    (DOCTORS, PickPrescription(prescription_id=1)),
    (DOCTORS, GetUnpaid(patient_id=1)),
    (PHARMACISTS, VoidPrescription(prescription_id=1, reason="x")),
    (("admin",), SearchPatients(text="王")),
    (("xuning",), ListStaff()),
    (("yuanzhang",), CallNext()),
)


def trespass(world: World) -> None:
    """Somebody tries what his role does not allow; somebody without a session tries too."""
    logins, request = world.rng.choice(_TRESPASSES)
    world.one_of(logins).refused(NotPermitted, request)
    if world.chance(0.2):
        world.stranger().refused(NotSignedIn, request)


def mistype(world: World) -> None:
    """A clerk mistypes the password once and gets in at the second try."""
    login = world.rng.choice((*CLERKS, *CASHIERS))
    world.stranger().refused(WrongPassword, SignIn(login=login, password="Apricot-2062"))
    world.stranger().sign_in(login, PASSWORD)


def guess(world: World) -> None:
    """Somebody guesses the manager's password until the account is locked; an unknown name is told nothing else than a wrong password."""
    stranger = world.stranger()
    stranger.refused(WrongPassword, SignIn(login="nobody", password=PASSWORD))
    for _ in range(4):
        stranger.refused(WrongPassword, SignIn(login="yuanzhang", password="xinglin"))
    for _ in range(2):
        stranger.refused(LockedOut, SignIn(login="yuanzhang", password=PASSWORD[::-1]))
