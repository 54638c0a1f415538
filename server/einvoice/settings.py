"""``[einvoice.medical]`` and ``[einvoice.tax]`` of ``outside.toml``: the platforms that are connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from common.i18n import tr
from server import outside
from server.channels.line import Line
from server.einvoice.medical import Dialect, MedicalPlatform
from server.einvoice.medical_wire import Account as MedicalAccount
from server.einvoice.tax import Account as TaxAccount
from server.einvoice.tax import Seller, TaxPlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from server.einvoice.protocol import Platform

_Secret = Annotated[str, Meta(min_length=8, max_length=200)]
_Seconds = Annotated[float, Meta(ge=0.1, le=120)]


class MedicalSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[einvoice.medical]``. ``url`` ends where the name of the call begins; ``sign`` is the platform's digest; ``charge_codes`` its codes
    of our fee categories; ``not_found`` and ``duplicate`` its result codes for a serial that it never saw or has already."""

    url: str
    appid: Annotated[str, Meta(min_length=1, max_length=100)]
    key: _Secret
    sign: Literal["md5", "sm3"] = "md5"
    version: str = "1.0"
    place_code: str = "001"
    institution_type: str = ""
    charge_codes: dict[str, str] = {}
    not_found: tuple[str, ...] = ("E0404",)
    duplicate: tuple[str, ...] = ("E0409",)
    authority: str = ""
    timeout_seconds: _Seconds = 15
    connect_seconds: _Seconds = 3


class TaxSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[einvoice.tax]``: the provider's address, what it gave the clinic, and the clinic as seller."""

    url: str
    app_key: Annotated[str, Meta(min_length=1, max_length=100)]
    app_secret: _Secret
    access_token: _Secret
    tax_number: Annotated[str, Meta(min_length=15, max_length=20)]
    phone: str = ""
    address: str = ""
    goods_code: str = "3070202000000000000"
    duplicate: tuple[str, ...] = ("E9106",)
    authority: str = ""
    timeout_seconds: _Seconds = 15
    connect_seconds: _Seconds = 3


def _medical(keys: Path, values: object) -> Platform:
    given = outside.setting_of("einvoice.medical", values, MedicalSetting)
    dialect = Dialect(
        place_code=given.place_code,
        institution_type=given.institution_type,
        charge_codes=given.charge_codes,
        not_found=given.not_found,
        duplicate=given.duplicate,
    )
    return MedicalPlatform(_line(keys, given), MedicalAccount(given.appid, given.key, given.version, given.sign), dialect)


def _tax(keys: Path, values: object) -> Platform:
    given = outside.setting_of("einvoice.tax", values, TaxSetting)
    account = TaxAccount(given.app_key, given.app_secret, given.access_token, given.tax_number)
    seller = Seller(phone=given.phone, address=given.address, goods_code=given.goods_code, duplicate=given.duplicate)
    return TaxPlatform(_line(keys, given), account, seller)


def _line(keys: Path, given: MedicalSetting | TaxSetting) -> Line:
    authority = keys / given.authority if given.authority else None
    return Line(given.url, connect_seconds=given.connect_seconds, timeout_seconds=given.timeout_seconds, authority=authority)


_KINDS: Final[Mapping[str, Callable[[Path, object], Platform]]] = {"medical": _medical, "tax": _tax}


def platforms(keys: Path) -> dict[str, Platform]:
    """The platforms that are connected, by the rule that they serve. Ends the program with a sentence if a section is wrong."""
    found = {}
    for name, values in outside.section(keys, "einvoice").items():
        if name not in _KINDS:
            raise _wrong(name, tr("there are only {names}", names=", ".join(_KINDS)))
        try:
            found[name] = _KINDS[name](keys, values)
        except (ValueError, OSError) as problem:
            raise _wrong(name, str(problem)) from None
    return found


def _wrong(name: str, reason: str) -> SystemExit:
    section = f"einvoice.{name}"
    return SystemExit(tr("{file} in the service's keys folder, [{section}]: {reason}", file=outside.FILE, section=section, reason=reason))
