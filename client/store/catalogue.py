"""What the drug page shows: the attributes of a drug in groups, what is being changed, and what was changed. No Qt."""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from client.store.model import moment_of
from common.domain.dosage import plain
from common.domain.formulary import (
    BY_NAME,
    CONTROL,
    FIELDS,
    KEEPING,
    MONEY,
    NAMES,
    PACK,
    USE,
    Contradiction,
    Field,
    contradiction,
    shown,
)
from common.domain.money import format_price
from common.domain.states import DRUG_CHANGE
from common.i18n import N_, tr

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, tzinfo

    from common.messages.catalogue_attributes import DrugChangeFacts, DrugHistoryEntry, DrugPage

_CLASSES: Final = {
    "western": N_("drug class|Western"),
    "patent": N_("drug class|Patent medicine"),
    "herbal": N_("drug class|Herbal slice"),
}
#: The groups in the order in which a person looks for them, safety before policy.
_GROUPS: Final = (NAMES, PACK, CONTROL, USE, KEEPING, MONEY)


class AttributeDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the journal keeps of changes that were typed and not sent: by drug and attribute, and from ``when`` they hold. ``code``: the drug that
    was in hand."""

    drafts: dict[int, dict[str, str]]
    code: str = ""
    when: dict[str, str] = {}


class Heading(NamedTuple):
    """Heads a group of attributes."""

    key: str
    title: str


class Attribute(NamedTuple):
    """One row: what it is called, what it says, and what it is to say. Without a ``field`` it is not changed here."""

    key: str
    title: str
    value: str
    field: Field | None = None
    new: str = ""
    warn: bool = False


class Past(NamedTuple):
    """One change, waiting or over. ``change_id`` is that of one that still waits."""

    key: str
    when: datetime
    what: str
    who: str
    state: str
    tone: str
    change_id: int | None


def attributes(page: DrugPage, draft: Mapping[str, str]) -> list[Heading | Attribute]:
    """Everything about a drug, in groups; ``draft`` holds what is typed and not sent."""
    rows: list[Heading | Attribute] = []
    fixed = _fixed(page)
    for group in _GROUPS:
        rows.append(Heading(f"group {group}", tr(group)))
        rows += [Attribute(f"{group} {title}", tr(title), value) for title, value in fixed.get(group, ()) if value]
        rows += [_attribute(field, page, draft) for field in FIELDS if field.group == group]
    return rows


def _attribute(field: Field, page: DrugPage, draft: Mapping[str, str]) -> Attribute:
    value = page.values[field.name]
    new = (shown(field, draft[field.name]) or tr("catalogue|(empty)")) if field.name in draft else ""
    return Attribute(field.name, tr(field.title), shown(field, value) or "—", field, new, _warns(field.name, value))


def _warns(name: str, value: str) -> bool:
    return (name in ("controlled",) and bool(value)) or (name == "high_alert" and value == "1") or (name == "active" and value == "0")


def _fixed(page: DrugPage) -> dict[str, tuple[tuple[str, str], ...]]:
    """What stock and money hang on: shown, and changed elsewhere."""
    pack = page.pack
    dose = f"{plain(pack.dose_per_base)} {pack.dose_unit}/{pack.base_unit}" if pack.dose_unit != pack.base_unit else ""
    return {
        NAMES: ((N_("drug field|Code"), page.drug.code), (N_("drug field|Class"), tr(_CLASSES.get(page.drug_class, page.drug_class)))),
        PACK: ((N_("drug field|Pack"), levels(page)), (N_("drug field|One unit holds"), dose)),
        USE: ((N_("drug field|Usual frequency"), page.frequency), (N_("drug field|Usual route"), page.route)),
        MONEY: (
            (N_("drug field|Price, yuan a pack"), plain(page.price)),
            (N_("drug field|Insurance code"), page.insurance_code),
        ),
    }


def levels(page: DrugPage) -> str:
    """``粒 × 12 = 板，× 2 = 盒，× 200 = 件``: from the unit that stock counts to the case."""
    pack, values = page.pack, page.values
    if pack.base_unit == pack.pack_unit and pack.pack_size == 1 and not values["case_unit"]:
        return pack.base_unit
    parts = [f"{plain(pack.pack_size)} {pack.base_unit}/{pack.pack_unit}"]
    if values["middle_unit"]:
        parts.insert(0, f"{values['middle_size']} {pack.base_unit}/{values['middle_unit']}")
    if values["case_unit"]:
        parts.append(f"{values['case_packs']} {pack.pack_unit}/{values['case_unit']}")
    return "，".join(parts)


def past(page: DrugPage) -> list[Past]:
    """What waits first, then what was changed, newest first."""
    waiting = [_change(change) for change in page.changes if change.state != "APPLIED"]
    waiting.sort(key=lambda row: row.change_id is None)
    done = [_entry(number, entry) for number, entry in enumerate(page.history)] + _prices(page)
    return waiting + sorted(done, key=lambda row: row.when, reverse=True)


def _prices(page: DrugPage) -> list[Past]:
    """Each price with the moment from which it held; until when, says the one above it."""
    rows = []
    for number, (price, before) in enumerate(zip_longest(page.prices, page.prices[1:])):
        told = {"price": format_price(price.price), "unit": page.pack.pack_unit}
        said = tr("catalogue|Price: {price} yuan/{unit}", **told)
        if before is not None:
            said = tr("catalogue|Price: {before} → {price} yuan/{unit}", before=format_price(before.price), **told)
        if price.document:
            said = f"{said}（{price.document}）"
        state = tr("catalogue|Price change") if price.document else tr("catalogue|Imported list")
        rows.append(Past(f"price {number}", price.valid_from, said, price.by, state, "done", None))
    return rows


_TONES: Final = {"PROPOSED": "warning", "REFUSED": "danger", "WITHDRAWN": "plain"}


def _change(change: DrugChangeFacts) -> Past:
    what = "；".join(_said(name, change.before[name], after) for name, after in change.after.items())
    why = "；".join(filter(None, (change.reason, change.ended_why)))
    return Past(
        key=f"change {change.id}",
        when=change.effective_at,
        what=f"{what}（{why}）" if why else what,
        who=change.proposed_by,
        state=DRUG_CHANGE.label(change.state),
        tone=_TONES.get(change.state, "plain"),
        change_id=change.id if change.state == "PROPOSED" else None,
    )


def _entry(number: int, entry: DrugHistoryEntry) -> Past:
    said = _said(entry.field, entry.before, entry.after)
    state = tr("catalogue|Changed") if entry.change_id is not None else tr("catalogue|Imported list")
    return Past(f"history {number}", entry.at, said, entry.by, state, "done", None)


def _said(name: str, before: str, after: str) -> str:
    field = BY_NAME.get(name)
    if field is None:
        return f"{name}: {before} → {after}"
    empty = tr("catalogue|(empty)")
    return tr(
        "catalogue|{field}: {before} → {after}",
        field=tr(field.title),
        before=shown(field, before) or empty,
        after=shown(field, after) or empty,
    )


def wrong_together(page: DrugPage, draft: Mapping[str, str]) -> Contradiction | None:
    """What the service would refuse about the values together."""
    return contradiction({**page.values, **draft}, page.pack.pack_size, page.price)


def effective(day: date | None, typed_day: str, clock: str, now: datetime) -> datetime | str | None:
    """From when a change holds: ``None`` at once, a sentence for what is no moment that is ahead. A day alone begins at midnight."""
    zone: tzinfo | None = now.tzinfo
    if not typed_day.strip() and not clock.strip():
        return None
    at = moment_of(day, clock.strip() or "00:00", zone)
    if at is None:
        return tr("catalogue|Type a day such as 2026-12-01, and a time such as 08:00 or none.")
    return at if at > now else tr("catalogue|That moment is over; leave day and time empty for a change that holds at once.")
