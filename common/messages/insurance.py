"""The line to the national insurance 医保: set-up, sign-in, and what the service fetches from the bureau in its own time (DOMAIN.md §1).

Nothing here waits for the bureau: an act that needs it enters an *errand*, which the service carries out within moments and tells of by a change
of topic ``insurance``.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from common.permissions import Permission
from common.wire import Command, Done, Fact, Query


class ProvinceChoice(Fact, frozen=True, kw_only=True):
    """A profile of a province's edition. ``confidence`` is its mark in docs/interfaces/insurance.md: C, C-code, M or ?."""

    name: str
    label: str
    label_zh: str
    confidence: str
    signs_in: bool


class InsuranceSetup(Fact, frozen=True, kw_only=True):
    """How the clinic is known to its bureau. Secrets are not here but with the service's keys (``outside.toml``).

    ``fixmedins_code``: the institution's national code, 12 characters; ``mdtrtarea_admvs``: its region, 6 digits.
    """

    connected: bool
    province: Annotated[str, Meta(max_length=40)] = ""
    url: Annotated[str, Meta(max_length=300)] = ""
    fixmedins_code: Annotated[str, Meta(max_length=12)] = ""
    fixmedins_name: Annotated[str, Meta(max_length=200)] = ""
    mdtrtarea_admvs: Annotated[str, Meta(max_length=6)] = ""
    recer_sys_code: Annotated[str, Meta(max_length=10)] = "FSI"
    timeout_seconds: Annotated[int, Meta(ge=5, le=120)] = 30


class InsuranceSetupFacts(Fact, frozen=True, kw_only=True):
    """The set-up, the profiles to choose from, and whether the service that answered has the line."""

    setup: InsuranceSetup
    provinces: tuple[ProvinceChoice, ...]
    line_is_up: bool


class GetInsuranceSetup(Query[InsuranceSetupFacts], frozen=True, kw_only=True):
    """The set-up as it stands."""

    permission = Permission.INSURANCE_USE


class SetInsuranceSetup(Command[InsuranceSetupFacts], frozen=True, kw_only=True):
    """Change it; every service process takes the line up anew within seconds. Raises ``FieldWrong`` for a profile, an address, a code or a
    region that cannot be. What is not connected is not checked."""

    permission = Permission.INSURANCE_MANAGE
    setup: InsuranceSetup


class ErrandKind(StrEnum):
    """What the service does at the bureau in its own time. The subject: certificate number, staff id, dictionary, list (``1301``), day,
    difference id, mapping id, number of the call whose reversal is asked for again."""

    TEST = "TEST"
    SIGN_OUT = "SIGN_OUT"
    DICTIONARY = "DICTIONARY"
    CATALOGUE = "CATALOGUE"
    RECONCILE = "RECONCILE"
    DIFFERENCE = "DIFFERENCE"
    MAPPING = "MAPPING"
    REVERSAL = "REVERSAL"


class ErrandFacts(Fact, frozen=True, kw_only=True):
    """An errand. ``state`` WAITING, DONE or FAILED (refused); ``told`` is what came of it, or what hindered it the last time, in the bureau's own
    words. ``progress`` of ``total`` rows of a list are in."""

    id: int
    kind: ErrandKind
    subject: str
    state: str
    told: str
    progress: int
    total: int
    tries: int
    wanted_at: datetime
    wanted_by: str
    done_at: datetime | None


class ErrandList(Fact, frozen=True, kw_only=True):
    """Errands, newest first."""

    errands: tuple[ErrandFacts, ...]


class ListErrands(Query[ErrandList], frozen=True, kw_only=True):
    """The newest errand of each kind and subject."""

    permission = Permission.INSURANCE_USE


class TestInsurance(Command[ErrandFacts], frozen=True, kw_only=True):
    """Try the line: sign in (9001) and ask for a person by ID number (1101). Raises ``NotConnected``."""

    __test__ = False
    permission = Permission.INSURANCE_MANAGE
    certificate_number: Annotated[str, Meta(min_length=1, max_length=50)]


class SignInFacts(Fact, frozen=True, kw_only=True):
    """A sign-in of an operator (9001). ``id`` names it for :class:`SignOutOfInsurance`."""

    id: int
    staff_id: int
    name: str
    day: date
    sign_no: str
    signed_in_at: datetime
    signed_out_at: datetime | None


class SignInList(Fact, frozen=True, kw_only=True):
    """Sign-ins, newest first."""

    sign_ins: tuple[SignInFacts, ...]


class ListSignIns(Query[SignInList], frozen=True, kw_only=True):
    """Sign-ins of the last days. Settling signs in by itself."""

    permission = Permission.INSURANCE_USE
    days: Annotated[int, Meta(ge=1, le=60)] = 7


class SignOutOfInsurance(Command[ErrandFacts], frozen=True, kw_only=True):
    """Sign an operator out at the bureau (9002). Raises ``NotConnected``; ``NotFound`` unless the sign-in stands."""

    permission = Permission.INSURANCE_USE
    sign_in_id: int


class ForgetSignIn(Command[Done], frozen=True, kw_only=True):
    """The bureau does not know a sign-in any more: the next call signs in anew."""

    permission = Permission.INSURANCE_USE
    sign_in_id: int


# --- dictionaries and lists ----------------------------------------------------------------------------------------------------------


class DictionaryEntry(Fact, frozen=True, kw_only=True):
    """A value with its labels. ``valid``: the bureau still lists it."""

    type: str
    value: str
    label: str
    label_en: str
    valid: bool


class Dictionaries(Fact, frozen=True, kw_only=True):
    """All values, by dictionary and place."""

    entries: tuple[DictionaryEntry, ...]


class ListDictionaries(Query[Dictionaries], frozen=True, kw_only=True):
    """The dictionaries that the clinic holds; ``type`` empty: all of them."""

    permission = Permission.INSURANCE_USE
    type: Annotated[str, Meta(max_length=40)] = ""


class RefreshDictionaries(Command[Done], frozen=True, kw_only=True):
    """Have every dictionary fetched from the bureau (1901). Raises ``NotConnected``."""

    permission = Permission.INSURANCE_MANAGE


class CatalogueFacts(Fact, frozen=True, kw_only=True):
    """One of the bureau's lists as the clinic holds it. ``infno`` 1301 western and patent drugs, 1302 slices, 1303 in-house preparations, 1305
    services, 1306 consumables."""

    infno: str
    list_type: str
    rows: int
    valid_rows: int
    version: str


class CatalogueList(Fact, frozen=True, kw_only=True):
    """The lists."""

    lists: tuple[CatalogueFacts, ...]


class ListCatalogues(Query[CatalogueList], frozen=True, kw_only=True):
    """The bureau's lists and how far they are downloaded."""

    permission = Permission.INSURANCE_USE


class DownloadCatalogue(Command[ErrandFacts], frozen=True, kw_only=True):
    """Fetch what is newer of a list; a download that broke off goes on where it was. Raises ``NotConnected``, ``FieldWrong``."""

    permission = Permission.INSURANCE_MANAGE
    infno: Annotated[str, Meta(max_length=4)]
