"""How a province's edition of the interface differs, as data: ``provinces/*.toml`` (DOMAIN.md §1.4, §1.9). The provincial edition always wins."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from server.insurance.protocol import Wire


class UnknownProvince(ValueError):
    """No profile has this name."""


class Province(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One profile.

    ``transport``: ``tif`` (POST <base>/<infno>, signature in headers), ``body`` (signature in ``cainfo``) or ``single`` (one address for all).
    ``signer``: ``tif``, ``sm2``, ``sm3`` (development only) or ``none``. ``path`` is put behind the address by ``single`` and ``body``.

    ``input_as_text``: ``input`` is the JSON as a string. ``amounts_as_text``: money and quantities are strings. ``fund_includes_account``:
    ``fund_pay_sumamt`` has ``acct_pay`` in it. ``signs_in``: 9001 is needed. ``checks_benefit``: 2001 is needed. ``traces_in_settlement``:
    2207 carries ``drug_trac_info``. ``renamed``: national number → the province's. ``extra``: number → fields added beside the others, in
    ``envelope`` or in the part of the input that carries the request. ``upload_as``: how 9101 carries a file, ``bytes`` or ``base64``.
    ``echoes_msgid``: ``medins_setl_id`` of a settlement is our msgid. ``unknown_when``: words in ``err_msg`` that say that the bureau itself does
    not know (its own time-outs); such a refusal is UNKNOWN, not REJECTED. ``nothing_when``: words in the refusal of a 2601 that say that there was
    nothing to reverse. ``repeated_when``: words in the refusal of an upload that say that it is there already.
    ``message_repeated_when``: words in any refusal that say that a message of this number came before.
    ``signed_out_when``: words in any refusal that say that the operator's sign-in (9001) is not known any more.
    """

    name: str
    label: str
    label_zh: str
    confidence: str
    transport: str
    signer: str
    path: str = ""
    input_as_text: bool = False
    amounts_as_text: bool = False
    fund_includes_account: bool = False
    signs_in: bool = True
    checks_benefit: bool = False
    traces_in_settlement: bool = False
    upload_as: str = "bytes"
    echoes_msgid: bool = True
    unknown_when: tuple[str, ...] = ()
    nothing_when: tuple[str, ...] = ()
    repeated_when: tuple[str, ...] = ()
    message_repeated_when: tuple[str, ...] = ()
    signed_out_when: tuple[str, ...] = ()
    renamed: dict[str, str] = {}
    envelope: dict[str, str] = {}
    extra: dict[str, dict[str, Any]] = {}

    def number(self, infno: str) -> str:
        """The province's number of a national transaction."""
        return self.renamed.get(infno, infno)

    def dress(self, infno: str, asked: Wire) -> Wire:
        """The input with the province's extra fields, which never cover what the clinic filled in, and without the 追溯码 of 2207 where the
        province does not want them there."""
        added = self.extra.get(infno, {})
        parts = {part: {**added, **fields} if isinstance(fields, dict) else fields for part, fields in asked.items()}
        return parts if self.traces_in_settlement else {part: fields for part, fields in parts.items() if part != "drug_trac_info"}


@cache
def province(name: str) -> Province:
    """The profile of that name. Raises :class:`UnknownProvince`."""
    file = resources.files("server.insurance") / "provinces" / f"{name}.toml"
    if name not in names():
        raise UnknownProvince(name)
    return msgspec.toml.decode(file.read_bytes(), type=Province)


@cache
def names() -> tuple[str, ...]:
    """All profiles."""
    folder = resources.files("server.insurance") / "provinces"
    return tuple(sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml")))
