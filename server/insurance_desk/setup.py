"""How the clinic is known to its bureau, and a try of the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from common import topics
from common.errors import FieldWrong
from common.i18n import N_
from common.messages.insurance import (
    ErrandFacts,
    ErrandKind,
    GetInsuranceSetup,
    InsuranceSetup,
    InsuranceSetupFacts,
    ProvinceChoice,
    SetInsuranceSetup,
    TestInsurance,
)
from server.db import Read, Write
from server.features import handles
from server.insurance.province import names, province
from server.insurance_desk import errands

if TYPE_CHECKING:
    from server.db import ReadTx, Tx

_COLUMNS: Final = "connected, province, url, fixmedins_code, fixmedins_name, mdtrtarea_admvs, recer_sys_code, timeout_seconds"
_READ: Final = Read(f"SELECT {_COLUMNS} FROM insurance_setup WHERE id = 1")
_WRITE: Final = Write(
    "UPDATE insurance_setup SET connected = %(connected)s, province = %(province)s, url = %(url)s, fixmedins_code = %(fixmedins_code)s,"
    " fixmedins_name = %(fixmedins_name)s, mdtrtarea_admvs = %(mdtrtarea_admvs)s, recer_sys_code = %(recer_sys_code)s,"
    " timeout_seconds = %(timeout_seconds)s, told_from = CASE WHEN %(connected)s THEN coalesce(told_from, %(now)s) END WHERE id = 1"
)


def read(tx: ReadTx) -> InsuranceSetup:
    """The set-up as it stands."""
    return tx.structs(InsuranceSetup, _READ)[0]


def _facts(tx: ReadTx) -> InsuranceSetupFacts:
    choices = tuple(_choice(name) for name in names())
    return InsuranceSetupFacts(setup=read(tx), provinces=choices, line_is_up=tx.parties.bureau is not None)


def _choice(name: str) -> ProvinceChoice:
    found = province(name)
    return ProvinceChoice(name=name, label=found.label, label_zh=found.label_zh, confidence=found.confidence, signs_in=found.signs_in)


@handles(GetInsuranceSetup)
def get_insurance_setup(tx: ReadTx, request: GetInsuranceSetup) -> InsuranceSetupFacts:
    """The set-up with the profiles to choose from."""
    return _facts(tx)


@handles(SetInsuranceSetup)
def set_insurance_setup(tx: Tx, request: SetInsuranceSetup) -> InsuranceSetupFacts:
    """Change the set-up."""
    wanted = request.setup
    if wanted.connected:
        _check(wanted)
    fields: dict[str, Any] = msgspec.structs.asdict(wanted)
    before = read(tx)
    tx.write(_WRITE, **fields, now=tx.now)
    tx.detail = {name: value for name, value in fields.items() if value != getattr(before, name)}
    tx.changed(topics.INSURANCE)
    return _facts(tx)


def _check(wanted: InsuranceSetup) -> None:
    """Raises ``FieldWrong`` for the first field that cannot be."""
    checks = (
        (wanted.province in names(), N_("setup|Province"), N_("there is no profile of this name")),
        (bool(re.fullmatch(r"https?://[^\s/]+\S*", wanted.url)), N_("setup|Address"), N_("begins with https:// or http://")),
        (bool(re.fullmatch(r"[A-Z][0-9A-Z]{11}", wanted.fixmedins_code)), N_("setup|Institution code"), N_("a letter and eleven digits")),
        (bool(wanted.fixmedins_name), N_("setup|Institution name"), N_("is missing")),
        (bool(re.fullmatch(r"[0-9]{6}", wanted.mdtrtarea_admvs)), N_("setup|Region"), N_("six digits")),
    )
    for holds, field, reason in checks:
        if not holds:
            raise FieldWrong(field=field, reason=reason)


@handles(TestInsurance)
def test_insurance(tx: Tx, request: TestInsurance) -> ErrandFacts:
    """Let the service try the line. The number itself is not kept in the trail."""
    return errands.wanted(tx, ErrandKind.TEST, request.certificate_number)
