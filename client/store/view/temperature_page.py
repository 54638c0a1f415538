"""Temperature 温湿度: read twice a day, with what was done when it was out of limits or not read; 30 days as a curve, a month on paper."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSizePolicy, QWidget

from client.drafts import Typed, type_in, typed
from client.store import papers, temperature
from client.store import purchase_words as words
from client.store.delivery import number
from client.store.model import TEMPERATURE
from client.store.view.page import StorePage
from client.store.view.temperature_chart import TemperatureChart
from client.widgets.choice import Choice
from client.widgets.form import Form, Label, SectionTitle
from client.widgets.inputs import TextInput
from client.widgets.list_page import bar
from client.widgets.table import Column, Table
from common.domain.dosage import plain
from common.i18n import N_, tr
from common.messages.alerts import Alerts, ListAlerts, TemperatureAlert
from common.messages.temperature import (
    ColdPlace,
    ColdPlaces,
    EnterReading,
    EnterRemedy,
    GetTemperatures,
    ListColdPlaces,
    ReadingEntered,
    SaveColdPlace,
    TemperatureLog,
)
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from client.store.view.desk import StoreDesk

SIDE: Final = 360
DAYS: Final = 30
_USUAL: Final = {"coldest": "2", "warmest": "8"}

_PLACES: Final = (
    Column(title=N_("temperature|Fridge or room"), text=lambda row: row.name, strong=True),
    Column(title=N_("temperature|Limits"), text=words.limits, width=240, quiet=True),
    Column(
        title=N_("temperature|This half day"),
        text=lambda row: tr("temperature|to be read") if row.read is None else f"{row.read:.1f} °C",
        width=120,
        tone=lambda row: _tone(row),
    ),
)
_WANTED: Final = (
    Column(title=N_("temperature|Half day"), text=lambda row: words.half_day(row.day, row.half), width=96, strong=True),
    Column(title=N_("temperature|Fridge or room"), text=lambda row: row.place),
    Column(
        title=N_("temperature|What it was"),
        text=lambda row: tr("temperature|not read") if row.celsius is None else f"{row.celsius:.1f} °C",
        width=92,
        tone=lambda row: "warning" if row.celsius is None else "danger",
    ),
)


def _tone(place: ColdPlace) -> str:
    if not place.active:
        return "plain"
    if place.read is None:
        return "warning"
    return "done" if place.coldest <= place.read <= place.warmest else "danger"


class TemperaturePage(StorePage):
    """See the user guide."""

    def __init__(self, desk: StoreDesk) -> None:
        super().__init__(desk)
        self.table = Table(
            _PLACES, key=lambda row: row.id, empty=N_("temperature|No fridge is entered. F3 enters one."), dim=lambda row: not row.active
        )
        self.table.setFixedHeight(176)
        self.chart = TemperatureChart()
        self.month = TextInput(most=7)
        self.month.setFixedWidth(88)
        self.month.setText(f"{desk.place.now():%Y-%m}")
        self.celsius, self.humidity, self.remedy = TextInput(most=6), TextInput(most=5), TextInput(most=200)
        self.reading, self.answer, self.place = Form(2), Form(), Form(2)
        self.which = Choice((("new", N_("temperature|New")), ("change", N_("temperature|The chosen one"))))
        self.use = Choice((("yes", N_("temperature|In use")), ("no", N_("temperature|Out of use"))))
        self.name = TextInput(most=40)
        self.limits = {name: TextInput(most=5) for name in temperature.LIMITS}
        self.wanted = Table(
            _WANTED, key=lambda row: (row.place_id, row.day, row.half), empty=N_("temperature|Nothing wants an answer."), dense=True
        )
        self.words = TextInput(most=200)
        self.title = SectionTitle(N_("temperature|Reading"))
        self.wanted_title = SectionTitle(N_("temperature|Not read, or out of limits"))
        #: Takes what is left over while the list of half days is hidden.
        self.rest = QWidget()
        self.rest.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        #: Whether a place is being entered or changed.
        self.placing = False
        self._answering: tuple[int | str, ...] = ()
        self._kept = self.keeps("temperature", Typed, self._half_done)
        self._lay_out()
        self._connect()
        self._show_forms()

    def _lay_out(self) -> None:
        self.reading.add(N_("temperature|Temperature (°C)"), self.celsius, required=True)
        self.reading.add(N_("temperature|Humidity (%)"), self.humidity, required=True)
        self.reading.add(N_("temperature|Out of limits: what was done"), self.remedy, span=2)
        self.answer.add(N_("temperature|What was done"), self.words)
        self.place.add(N_("temperature|Fridge or room"), self.which, span=2)
        self.place.add(N_("temperature|Name"), self.name, span=2, required=True)
        for name, label in (
            ("coldest", N_("temperature|From (°C)")),
            ("warmest", N_("temperature|To (°C)")),
            ("driest", N_("temperature|Humidity from (%)")),
            ("dampest", N_("temperature|Humidity to (%)")),
        ):
            self.place.add(label, self.limits[name], required=name in ("coldest", "warmest"))
        self.place.add(N_("supplier|Use"), self.use, span=2)
        month = bar(Label(N_("temperature|The last 30 days"), "note"), Label(N_("temperature|Month on paper (F6)"), "note"), self.month)
        right = (self.title, self.reading, self.place, self.wanted_title, self.wanted, self.answer, self.rest)
        self.lay_out((self.table, month, self.chart), right, SIDE, grows=self.wanted)

    def _connect(self) -> None:
        self.table.moved.connect(self._moved)
        self.table.chosen.connect(lambda _row: self._to(self.celsius))
        self.wanted.moved.connect(lambda _row: self.changed.emit())
        self.wanted.chosen.connect(lambda _row: self._to(self.words))
        for form in (self.reading, self.answer, self.place):
            form.finished.connect(lambda: self.finish() if not self.why_not() else None)
        for field in (self.celsius, self.humidity, self.remedy, self.words, self.name, *self.limits.values()):
            field.textChanged.connect(lambda _text: self._something_typed())
        self.celsius.textChanged.connect(lambda _text: self._show_remedy())
        self.humidity.textChanged.connect(lambda _text: self._show_remedy())
        self.which.chosen.connect(lambda _code: self._fill_place())

    # --- drafts ----------------------------------------------------------------------------------------------------------------

    def _fields(self) -> dict[str, TextInput | Choice]:
        if self.placing:
            return {"which": self.which, "use": self.use, "name": self.name, **self.limits}
        return {"celsius": self.celsius, "humidity": self.humidity, "remedy": self.remedy, "words": self.words}

    def _half_done(self) -> Typed | None:
        """What would be lost if the program ended now, and of which place and half day it is."""
        place, wanted = self.table.current(), self.wanted.current()
        about = (wanted.place_id, wanted.day.isoformat(), wanted.half) if wanted is not None else ()
        return typed(self._fields(), place.id if place else 0, int(self.placing), *about, usual=_USUAL if self.placing else None)

    def _something_typed(self) -> None:
        self._kept.soon()
        self.changed.emit()

    def _go_on(self) -> None:
        left = self._kept.take()
        if left is None:
            return
        self.table.select(left.about[0])
        if left.about[1] and self._may_read():
            self.begin()
        type_in(self._fields(), left)
        self._answering = left.about[2:]
        self._choose_wanted()

    def _choose_wanted(self) -> None:
        """The half day that was being answered; if it wants no answer any more, the words go."""
        if not self._answering or not self.wanted.rows():
            return
        place_id, day, half = self._answering
        key = (place_id, date.fromisoformat(str(day)), half)
        self._answering = ()
        if any((row.place_id, row.day, row.half) == key for row in self.wanted.rows()):
            self.wanted.select(key)
        else:
            self.words.clear()

    # --- showing ---------------------------------------------------------------------------------------------------------------

    def load(self) -> None:
        self.desk.send(ListColdPlaces(inactive=self.placing), self._show)
        self.desk.send(ListAlerts(), self._show_wanted, key="temperatures that want an answer")

    def _show(self, found: ColdPlaces) -> None:
        self.table.set_rows(found.places)
        due = sum(place.active and place.read is None for place in found.places)
        self.desk.model.counts[TEMPERATURE] = (due, "warning")
        self._moved(self.table.current())
        self._go_on()

    def _show_wanted(self, found: Alerts) -> None:
        self.wanted.set_rows(found.temperatures)
        self._choose_wanted()
        self.changed.emit()

    def _moved(self, row: Any) -> None:
        place = row if isinstance(row, ColdPlace) else None
        self._show_forms()
        if place is None:
            self.chart.show_log(None, self._today(), DAYS)
        else:
            first = self._today() - timedelta(days=DAYS - 1)
            request = GetTemperatures(place_id=place.id, first_day=first, last_day=self._today())
            self.desk.send(request, lambda log: self._show_log(log, first))
        self.changed.emit()

    def _show_log(self, log: TemperatureLog, first: date) -> None:
        row = self.table.current()
        if row is not None and row.id == log.place.id:
            self.chart.show_log(log, first, DAYS)

    def _show_forms(self) -> None:
        place = self.table.current()
        self.title.setVisible(not self.placing)
        self.reading.setVisible(not self.placing and self._may_read())
        self.place.setVisible(self.placing)
        self.rest.setVisible(self.placing)
        for widget in (self.wanted_title, self.wanted):
            widget.setVisible(not self.placing)
        self.answer.setVisible(not self.placing and self._may_read())
        self.reading.show_field(self.humidity, place is not None and place.driest is not None)
        self._show_remedy()

    def _show_remedy(self) -> None:
        self.reading.show_field(self.remedy, not self.placing and self._outside())

    def _outside(self) -> bool:
        return temperature.outside(self.table.current(), self.celsius.text(), self.humidity.text())

    def _today(self) -> date:
        return self.desk.place.now().date()

    def _may_read(self) -> bool:
        return self.desk.place.may(Permission.STORE_RECEIVE)

    def _to(self, widget: QWidget) -> None:
        widget.setFocus(Qt.FocusReason.TabFocusReason)

    # --- what F12 does ---------------------------------------------------------------------------------------------------------

    def why_not(self) -> str:
        if not self._may_read():
            return tr("temperature|Only the store keeper enters temperatures.")
        if self.placing:
            return temperature.place_wrong(self.name.text(), {limit: field.text() for limit, field in self.limits.items()})
        if self.words.text().strip():
            return "" if self.wanted.current() is not None else tr("temperature|Nothing wants an answer.")
        place: ColdPlace | None = self.table.current()
        if place is None:
            return tr("temperature|No fridge is entered. F3 enters one.")
        return temperature.reading_wrong(place, self.celsius.text(), self.humidity.text(), self.remedy.text())

    def names(self) -> dict[str, str]:
        return {"save": tr("store key|Record")}

    def finish(self) -> None:
        """F12: the answer that was typed, else the reading; while a place is typed, the place."""
        wanted: TemperatureAlert | None = self.wanted.current()
        place: ColdPlace | None = self.table.current()
        if self.placing:
            self._save_place(place)
        elif self.words.text().strip() and wanted is not None:
            request = EnterRemedy(place_id=wanted.place_id, day=wanted.day, half=wanted.half, words=self.words.text().strip())
            self.send(request, lambda _done: self._answered(wanted))
        elif place is not None:
            self._read(place)

    def _read(self, place: ColdPlace) -> None:
        celsius = number(self.celsius.text())
        damp = number(self.humidity.text()) if place.driest is not None else None
        assert celsius is not None
        request = EnterReading(
            place_id=place.id, celsius=celsius, humidity=damp, remedy=self.remedy.text().strip() if self._outside() else ""
        )
        self.send(request, lambda entered: self._entered(place, celsius, entered))

    def _entered(self, place: ColdPlace, celsius: Decimal, entered: ReadingEntered) -> None:
        for field in (self.celsius, self.humidity, self.remedy):
            field.clear()
        half = tr(words.HALVES[entered.half])
        self.desk.tell(tr("temperature|{place}, {half}: {celsius} °C.", place=place.name, half=half, celsius=plain(celsius)),
                       "done" if entered.within else "warning")  # fmt: skip
        self._to(self.table)
        self.table.step(1)

    def _answered(self, wanted: TemperatureAlert) -> None:
        self.words.clear()
        self.desk.tell(tr("temperature|Written down: {place}, {half}.", place=wanted.place, half=words.half_day(wanted.day, wanted.half)))
        self._to(self.wanted)

    def _save_place(self, place: ColdPlace | None) -> None:
        change = self.which.code() == "change" and place is not None
        low, high, dry, damp = (number(self.limits[name].text()) for name in temperature.LIMITS)
        assert low is not None
        assert high is not None
        request = SaveColdPlace(
            place_id=place.id if change and place else None,
            name=self.name.text().strip(),
            coldest=low,
            warmest=high,
            driest=dry,
            dampest=damp,
            active=self.use.code() == "yes",
        )
        self.send(request, lambda _saved: self._placed(request.name))

    def _placed(self, name: str) -> None:
        self._leave_placing()
        self.desk.tell(tr("temperature|{place} is entered.", place=name))

    # --- keys ------------------------------------------------------------------------------------------------------------------

    def begin(self) -> bool:
        """F3: a new place, or other limits of the chosen one."""
        if not self.desk.place.may(Permission.STORE_MANAGE):
            return False
        self.placing = True
        self.which.set_code("new")
        self._fill_place()
        self._show_forms()
        self.load()
        self._to(self.name)
        return True

    def _fill_place(self) -> None:
        place = self.table.current() if self.which.code() == "change" else None
        self.name.setText(place.name if place else "")
        for name, field in self.limits.items():
            value = getattr(place, name) if place else {"coldest": Decimal(2), "warmest": Decimal(8)}.get(name)
            field.setText("" if value is None else plain(value))
        self.use.set_code("yes" if place is None or place.active else "no")
        self.changed.emit()

    def _leave_placing(self) -> None:
        self.placing = False
        self._show_forms()
        self._to(self.table)

    def may_print(self) -> bool | str:
        if self.table.current() is None:
            return N_("temperature|No fridge is entered. F3 enters one.")
        return True if self._month() is not None else N_("temperature|Type the month, such as 2026-11.")

    def _month(self) -> date | None:
        typed = self.month.text().strip()
        try:
            return date(int(typed[:4]), int(typed[5:]), 1) if len(typed) == 7 and typed[4] == "-" else None
        except ValueError:
            return None

    def reprint(self) -> None:
        """F6: the month on paper."""
        place, month = self.table.current(), self._month()
        if place is None or month is None:
            return
        last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        request = GetTemperatures(place_id=place.id, first_day=month, last_day=last)
        self.desk.send(request, lambda log: self._print(log, month), key="month of temperatures")

    def _print(self, log: TemperatureLog, month: date) -> None:
        now = self.desk.place.now()
        sheet = papers.temperature_sheet(log, month, now, self.desk.place.session.staff.name)
        self.desk.place.paper.print(sheet, "a5", new_request_id())
        self.desk.tell(tr("temperature|{place}, {month}: is being printed.", place=log.place.name, month=f"{month:%Y-%m}"))

    def back(self) -> bool:
        if self.placing:
            self._leave_placing()
            self.load()
            return True
        typed = [field for field in (self.celsius, self.humidity, self.remedy, self.words) if field.text()]
        for field in typed:
            field.clear()
        if typed:
            self._to(self.table)
        return bool(typed)

    def work(self) -> QWidget:
        return self.table

    def detail(self) -> QWidget:
        return self.wanted

    def seek(self) -> None:
        self.celsius.setFocus(Qt.FocusReason.ShortcutFocusReason)
