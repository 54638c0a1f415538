"""What the catalogue says of a drug besides name, pack and price, field by field: how it is written, checked and grouped (DOMAIN.md §6.2).

A value travels and is kept as text: empty for what is not stated, ``1`` and ``0`` for yes and no, a code for a choice, a plain number. Both
the desk and the service read what was typed with :func:`read_value`, so that both say the same of it.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final, Literal

from msgspec import Struct

from common.domain.dosage import plain
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["text", "flag", "choice", "quantity", "whole", "price"]

NAMES, PACK, CONTROL, USE, KEEPING, MONEY = (
    N_("drug group|Identity"),
    N_("drug group|Pack"),
    N_("drug group|Control and safety"),
    N_("drug group|Use"),
    N_("drug group|Keeping"),
    N_("drug group|Policy and money"),
)

CONTROLLED: Final[Mapping[str, str]] = {
    "": N_("control|None"),
    "narcotic": N_("control|Narcotic"),
    "psychotropic_1": N_("control|Psychotropic, class I"),
    "psychotropic_2": N_("control|Psychotropic, class II"),
    "toxic": N_("control|Toxic"),
    "radioactive": N_("control|Radioactive"),
    "precursor": N_("control|Precursor"),
}
#: Controls that have prescriptions of their own; the others are under control with ordinary ones.
WITH_PRESCRIPTION: Final = frozenset({"narcotic", "psychotropic_1", "psychotropic_2", "toxic"})
#: What the register of narcotics 专册 is kept of.
REGISTERED: Final = frozenset({"narcotic", "psychotropic_1"})

_ANTIBACTERIAL: Final = {
    "none": N_("antibacterial grade|No antibacterial"),
    "unrestricted": N_("antibacterial grade|Unrestricted"),
    "restricted": N_("antibacterial grade|Restricted"),
    "special": N_("antibacterial grade|Special use"),
}
_SKIN_TEST: Final = {
    "none": N_("skin test|Not needed"),
    "required": N_("skin test|Required"),
    "by_label": N_("skin test|As the label says"),
}
_PREGNANCY: Final = {
    "": N_("pregnancy|Not stated"),
    "none": N_("pregnancy|No restriction"),
    "caution": N_("pregnancy|With care"),
    "forbidden": N_("pregnancy|Forbidden"),
}
_STORAGE: Final = {
    "room": N_("storage|Room temperature"),
    "cool": N_("storage|Cool, to 20 °C"),
    "fridge": N_("storage|Refrigerated, 2 to 8 °C"),
}
_INSURANCE: Final = {"A": N_("insurance class|A"), "B": N_("insurance class|B"), "C": N_("insurance class|C, self-paid")}

#: 国药准字 with its letters and 4 + 4 digits; import registrations have letters and digits alone.
_APPROVAL: Final = re.compile(r"国药准字[A-Z]{1,2}\d{8}|[A-Z]{1,2}\d{8}")


class Field(Struct, frozen=True):
    """One field. ``most`` is its greatest length; ``remark`` follows the value (a unit), ``example`` says how it is written."""

    name: str
    title: str
    group: str
    kind: Kind = "text"
    choices: Mapping[str, str] | None = None
    most: int = 60
    example: str = ""


def _field(name: str, title: str, group: str, kind: Kind = "text", **more: Any) -> Field:
    return Field(name, title, group, kind, **more)


FIELDS: Final = (
    _field("active", N_("drug field|In use"), NAMES, "flag"),
    _field("trade_name", N_("drug field|Trade name"), NAMES),
    _field("approval_number", N_("drug field|Approval number"), NAMES, most=20, example="国药准字H20013062"),
    _field("national_code", N_("drug field|National code"), NAMES, most=14, example="86900001000015"),
    _field("manufacturer", N_("drug field|Manufacturer"), NAMES, most=100),
    _field("form", N_("drug field|Form"), NAMES, most=30),
    _field("wubi", N_("drug field|Wubi spelling"), NAMES, most=20),
    _field("specification_text", N_("drug field|Specification as written"), PACK, most=100),
    _field("concentration", N_("drug field|Concentration"), PACK, most=30, example="2mg/ml"),
    _field("middle_unit", N_("drug field|Middle pack"), PACK, most=10, example="板"),
    _field("middle_size", N_("drug field|Units in a middle pack"), PACK, "quantity"),
    _field("case_unit", N_("drug field|Case"), PACK, most=10, example="件"),
    _field("case_packs", N_("drug field|Packs in a case"), PACK, "quantity"),
    _field("splittable", N_("drug field|May be split"), PACK, "flag"),
    _field("controlled", N_("drug field|Special control"), CONTROL, "choice", choices=CONTROLLED),
    _field("high_alert", N_("drug field|High alert"), CONTROL, "flag"),
    _field("antibacterial", N_("drug field|Antibacterial grade"), CONTROL, "choice", choices=_ANTIBACTERIAL),
    _field("skin_test", N_("drug field|Skin test"), CONTROL, "choice", choices=_SKIN_TEST),
    _field("pregnancy", N_("drug field|In pregnancy"), CONTROL, "choice", choices=_PREGNANCY),
    _field("min_age_years", N_("drug field|Least age, years"), CONTROL, "whole"),
    _field("max_daily_dose", N_("drug field|Greatest daily dose"), USE, "quantity"),
    _field("default_dose", N_("drug field|Usual dose"), USE, "quantity"),
    _field("default_days", N_("drug field|Usual days"), USE, "whole"),
    _field("otc", N_("drug field|Over the counter"), USE, "flag"),
    _field("storage", N_("drug field|Storage"), KEEPING, "choice", choices=_STORAGE),
    _field("shelf", N_("drug field|Shelf"), KEEPING, most=20),
    _field("essential", N_("drug field|Essential drug"), MONEY, "flag"),
    _field("essential_edition", N_("drug field|Edition of the essential list"), MONEY, most=20, example="2018"),
    _field("insurance_class", N_("drug field|Insurance class"), MONEY, "choice", choices=_INSURANCE),
    _field("vbp", N_("drug field|Volume-based purchase"), MONEY, "flag"),
    _field("price_ceiling", N_("drug field|Price ceiling, yuan a pack"), MONEY, "price"),
)
BY_NAME: Final = {field.name: field for field in FIELDS}
#: What may not be left empty.
_REQUIRED: Final = frozenset({"default_dose", "default_days"})


class NotAValue(ValueError):
    """What was typed is no value of the field. ``reason`` is an English source string, ``about`` what its ``{n}`` stands for."""

    def __init__(self, reason: str, about: object = "") -> None:
        super().__init__(reason)
        self.reason, self.about = reason, str(about)

    def __str__(self) -> str:
        return tr(self.reason, n=self.about)


class Contradiction(NotAValue):
    """A value of ``field`` that the others do not allow."""

    def __init__(self, field: str, reason: str, about: object = "") -> None:
        super().__init__(reason, about)
        self.field = field


def read_value(field: Field, typed: str) -> str:
    """The value that ``typed`` is, as it is kept. Raises :class:`NotAValue`."""
    value = typed.strip()
    if not value:
        if field.kind == "flag" or field.name in _REQUIRED or (field.choices is not None and "" not in field.choices):
            raise NotAValue(N_("drug field|it cannot be left empty"))
        return ""
    if field.choices is not None:
        if value not in field.choices:
            raise NotAValue(N_("drug field|not one of the choices"))
        return value
    if field.kind == "flag":
        if value not in ("0", "1"):
            raise NotAValue(N_("drug field|yes or no"))
        return value
    return _text(field, value) if field.kind == "text" else _number(field, value)


def _text(field: Field, value: str) -> str:
    if len(value) > field.most:
        raise NotAValue(N_("drug field|at most {n} characters"), field.most)
    if field.name == "approval_number" and not _APPROVAL.fullmatch(value):
        raise NotAValue(N_("drug field|write it as {n}"), field.example)
    if field.name == "national_code" and not re.fullmatch(r"86\d{12}", value):  # its check digit's rule is known from hearsay only
        raise NotAValue(N_("drug field|14 digits beginning with 86"))
    if field.name == "wubi" and not (value.isascii() and value.isalpha()):
        raise NotAValue(N_("drug field|letters only"))
    return value.lower() if field.name == "wubi" else value


def _number(field: Field, value: str) -> str:
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise NotAValue(N_("drug field|a number")) from None
    places = 0 if field.kind == "whole" else 4
    if not number.is_finite() or number < 0 or number >= 10**9 or number != round(number, places):
        raise NotAValue(N_("drug field|not below zero, at most {n} places"), places)
    if number == 0 and field.kind == "quantity" and field.name != "default_dose":
        raise NotAValue(N_("drug field|above zero"))
    return plain(number)


def text_of(value: object) -> str:
    """A value of the database as it is kept and sent."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    return plain(value) if isinstance(value, Decimal) else str(value)


def shown(field: Field, value: str) -> str:
    """A value as a person reads it, in the current language."""
    if field.choices is not None:
        return tr(field.choices[value]) if value in field.choices else value
    if field.kind == "flag":
        return tr("drug field|yes") if value == "1" else tr("drug field|no")
    return value


def contradiction(values: Mapping[str, str], pack_size: Decimal, price: Decimal) -> Contradiction | None:
    """The first value that the others do not allow. ``values`` of all fields; ``price`` is yuan a pack."""
    for unit, size in (("middle_unit", "middle_size"), ("case_unit", "case_packs")):
        if bool(values[unit]) != bool(values[size]):
            return Contradiction(size if values[unit] else unit, N_("drug field|a pack needs its unit and how many are in it"))
    if values["middle_size"] and pack_size % Decimal(values["middle_size"]):
        return Contradiction("middle_size", N_("drug field|the pack of {n} cannot be made of it"), plain(pack_size))
    if values["essential_edition"] and values["essential"] != "1":
        return Contradiction("essential_edition", N_("drug field|only essential drugs have an edition"))
    if values["max_daily_dose"] and Decimal(values["default_dose"]) > Decimal(values["max_daily_dose"]):
        return Contradiction("max_daily_dose", N_("drug field|the usual dose is more than that"))
    if values["price_ceiling"] and Decimal(values["price_ceiling"]) < price:
        return Contradiction("price_ceiling", N_("drug field|the price is {n} yuan a pack; change it first"), plain(price))
    return None
