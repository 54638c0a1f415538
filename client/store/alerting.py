"""What has to be looked at, as the rows of one list: batches and drugs, licences, temperatures. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from client.store import purchase_words, words
from common.i18n import tr
from common.messages.alerts import AlertKind
from common.messages.store_papers import PaperKind
from common.messages.suppliers import LicenceState

if TYPE_CHECKING:
    from datetime import date

    from common.messages.alerts import Alert, Alerts, LicenceAlert, TemperatureAlert

_URGENT: Final = frozenset({AlertKind.RECALL, AlertKind.EXPIRED, AlertKind.NEAR_30, AlertKind.BELOW_MINIMUM})
_BAD: Final = frozenset({LicenceState.MISSING, LicenceState.EXPIRED, LicenceState.NEAR_30})


class Row(NamedTuple):
    """A row. ``subject``: the drug, the supplier or the place that Enter goes to; ``code`` is the drug's."""

    kind: AlertKind
    key: tuple[object, ...]
    why: str
    tone: str
    urgent: bool
    name: str
    specification: str = ""
    lot: str = ""
    expires: date | None = None
    on_hand: str = ""
    beside: str = ""
    value_fen: int = 0
    subject: int = 0
    code: str = ""
    supplier: str = ""
    aside: bool = False

    def expiry(self, today: date) -> str:
        """The day, and how near it is."""
        return words.expiry(self.expires, today)


def rows_of(found: Alerts) -> tuple[Row, ...]:
    """Urgent ones of all kinds first, otherwise in the service's order."""
    rows = [*map(_of_drug, found.alerts), *map(_of_licence, found.licences), *map(_of_temperature, found.temperatures)]
    return tuple(sorted(rows, key=lambda row: not row.urgent))


def _of_drug(alert: Alert) -> Row:
    why, tone = words.ALERTS[alert.kind]
    return Row(
        kind=alert.kind,
        key=(alert.kind, alert.drug_id, alert.lot, alert.expires, alert.supplier, alert.aside),
        why=tr("alert|Expired, in quarantine") if alert.aside and alert.kind is AlertKind.EXPIRED else tr(why),
        tone=tone,
        urgent=alert.kind in _URGENT,
        name=alert.name,
        specification=alert.specification,
        lot=alert.lot,
        expires=alert.expires,
        on_hand=words.packs(alert.on_hand, alert),
        beside=_beside(alert),
        value_fen=alert.value_fen,
        subject=alert.drug_id,
        code=alert.code,
        supplier=alert.supplier,
        aside=alert.aside,
    )


def paper_for(row: Row) -> PaperKind | None:
    """The paper that a batch asks for: what has expired is damage, and destroyed once it lies apart; what will is given back to its supplier."""
    if row.kind is AlertKind.EXPIRED:
        return PaperKind.DESTROY if row.aside else PaperKind.DAMAGE
    near = row.kind in (AlertKind.NEAR_30, AlertKind.NEAR_90, AlertKind.NEAR_180)
    return PaperKind.SUPPLIER_RETURN if near and row.supplier else None


def _beside(alert: Alert) -> str:
    """What the quantity is to be compared with."""
    if alert.kind is AlertKind.BELOW_MINIMUM and alert.min_stock is not None:
        return tr("alert|least {quantity}", quantity=words.packs(alert.min_stock, alert))
    if alert.kind is AlertKind.IDLE:
        return tr("alert|last {day}", day=f"{alert.last_out:%Y-%m-%d}") if alert.last_out else tr("alert|never used")
    return ""


def _of_licence(alert: LicenceAlert) -> Row:
    licence = alert.licence
    return Row(
        kind=AlertKind.LICENCE,
        key=(AlertKind.LICENCE, alert.supplier_id, licence.kind),
        why=tr("alert|Licence {state}", state=purchase_words.licence_state(licence.state)),
        tone=purchase_words.licence_tone(licence.state),
        urgent=licence.state in _BAD,
        name=alert.supplier,
        specification=purchase_words.licence(licence.kind),
        expires=licence.expires,
        subject=alert.supplier_id,
    )


def _of_temperature(alert: TemperatureAlert) -> Row:
    what = tr("temperature|not read") if alert.celsius is None else f"{alert.celsius:.1f} °C"
    return Row(
        kind=AlertKind.TEMPERATURE,
        key=(AlertKind.TEMPERATURE, alert.place_id, alert.day, alert.half),
        why=tr("alert|Temperature"),
        tone="warning" if alert.celsius is None else "danger",
        urgent=True,
        name=alert.place,
        specification=purchase_words.half_day(alert.day, alert.half),
        on_hand=what,
        subject=alert.place_id,
    )
