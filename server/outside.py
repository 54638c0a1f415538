"""``outside.toml`` in the service's keys folder: the parties outside the house that this service may ask, with their addresses and secrets.

A file that is not there connects nothing. One that is wrong ends the service at its start with a sentence that says what is wrong where, and
quotes no value, since values may be secrets. Keys of other sections are read by those whose parties they are, through :func:`section`.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from common.i18n import tr
from common.messages.cashier import CHANNELS, TenderKind
from common.wire import as_kind
from server.channels.acquirer import Acquirer
from server.channels.line import Line
from server.channels.signing import HmacSigner, RsaSigner
from server.insurance.protocol import Secrets

if TYPE_CHECKING:
    from pathlib import Path

    from server.channels.protocol import Channel
    from server.channels.signing import Signer

S = TypeVar("S", bound=msgspec.Struct)

FILE: Final = "outside.toml"
SECTIONS: Final = ("channel", "reconciliation", "insurance", "einvoice")


class ChannelSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[channel.wechat]`` and its like. Files lie in the keys folder. ``sign``: ``hmac`` needs ``secret``, ``rsa2`` the two PEM files."""

    url: str
    merchant: Annotated[str, Meta(min_length=1, max_length=64)]
    sign: Literal["hmac", "rsa2"] = "hmac"
    secret: str = ""
    private_key: str = ""
    provider_key: str = ""
    authority: str = ""
    timeout_seconds: Annotated[float, Meta(ge=0.1, le=120)] = 10
    connect_seconds: Annotated[float, Meta(ge=0.1, le=60)] = 3


class ReconciliationSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[reconciliation]``. ``refund_unknown``: an order with a number as ours that our books do not hold is paid back without asking (to be
    switched off after a backup was restored, until the lost hours are entered again). ``hour``: from when on yesterday's statement is fetched."""

    refund_unknown: bool = True
    hour: Annotated[int, Meta(ge=0, le=23)] = 10


def section(keys: Path, name: str) -> dict[str, Any]:
    """One section (``insurance``, ``einvoice`` …) as it stands in the file; empty if there is none. Ends the program with a sentence if the
    file cannot be read, is no TOML, or has a section that nobody reads."""
    found = _read(keys).get(name, {})
    if not isinstance(found, dict):
        raise _wrong(name, tr("it is no section"))
    return found


def channels(keys: Path) -> dict[TenderKind, Channel]:
    """The payment channels that are connected. Ends the program with a sentence if a section is wrong."""
    found: dict[TenderKind, Channel] = {}
    for name, values in section(keys, "channel").items():
        where = f"channel.{name}"
        if name not in set(CHANNELS):
            raise _wrong(where, tr("there are only {names}", names=", ".join(sorted(CHANNELS))))
        kind, setting = TenderKind(name), setting_of(where, values, ChannelSetting)
        try:
            found[kind] = Acquirer(kind, setting.merchant, _line(keys, setting), _signer(keys, setting))
        except (ValueError, OSError) as problem:  # a key or certificate that is none; an address without TLS
            raise _wrong(where, str(problem)) from None
    return found


class InsuranceSetting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``[insurance]``: what the bureau issued to this clinic (DOMAIN.md §1.4); which of them a province needs stands in its profile."""

    paasid: str = ""
    token: str = ""
    private_key: str = ""


def insurance(keys: Path) -> Secrets:
    """The secrets of the line to the bureau. Ends the program with a sentence if the section is wrong."""
    setting = setting_of("insurance", section(keys, "insurance"), InsuranceSetting)
    return Secrets(paasid=setting.paasid, token=setting.token, private_key=setting.private_key)


def reconciliation(keys: Path) -> ReconciliationSetting:
    """How differences with the channels are cleared."""
    return setting_of("reconciliation", section(keys, "reconciliation"), ReconciliationSetting)


def setting_of(where: str, values: object, kind: type[S]) -> S:
    """A section as ``kind``, strictly. Ends the program with a sentence that names the faulty key and not its value."""
    try:
        return as_kind(values, kind)
    except msgspec.ValidationError as problem:
        raise _wrong(where, str(problem)) from None


def _line(keys: Path, setting: ChannelSetting) -> Line:
    return Line(
        setting.url,
        connect_seconds=setting.connect_seconds,
        timeout_seconds=setting.timeout_seconds,
        authority=keys / setting.authority if setting.authority else None,
    )


def _signer(keys: Path, setting: ChannelSetting) -> Signer:
    if setting.sign == "rsa2":
        return RsaSigner.from_files(keys / setting.private_key, keys / setting.provider_key)
    if len(setting.secret) < _LEAST_SECRET:
        raise ValueError(tr("the secret is missing or shorter than {n} characters", n=_LEAST_SECRET))
    return HmacSigner(setting.secret)


_LEAST_SECRET: Final = 16


def _read(keys: Path) -> dict[str, Any]:
    try:
        text = (keys / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as problem:
        raise _unreadable(type(problem).__name__) from None
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise _unreadable(str(problem)) from None
    strange = sorted(set(read) - set(SECTIONS))
    if strange:
        raise _wrong(strange[0], tr("there are only {names}", names=", ".join(SECTIONS)))
    return read


def _unreadable(reason: str) -> SystemExit:
    return SystemExit(tr("{file} in the service's keys folder cannot be read: {reason}", file=FILE, reason=reason))


def _wrong(where: str, reason: str) -> SystemExit:
    return SystemExit(tr("{file} in the service's keys folder, [{section}]: {reason}", file=FILE, section=where, reason=reason))
