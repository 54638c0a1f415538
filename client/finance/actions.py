"""What the finance desk can do: choose and read reports, drill down, export, and enter what they are made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QStandardPaths

from client.action import Action
from client.finance import exporting, words
from client.finance.exporting import Made
from client.finance.model import DIFFERENCES, PACKAGES, PRICES, RULES, SPEND, SURCHARGES, Drill
from client.finance.period import Period
from client.finance.whether import has_days, has_report, may_begin, may_drop, may_fetch, may_reverse, may_save
from common.domain.money import format_yuan
from common.i18n import N_, tr
from common.messages.cashier import GetReceipt
from common.messages.catalogue import GetLists
from common.messages.finance import DrillDown, GetExpense, GetReport, ListExpenses, ReverseExpense
from common.messages.prices import DropRouteSurcharge, GetPriceHistory, ListPackages, ListPriceItems, ListRouteSurcharges
from common.permissions import Permission
from common.wire import new_request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from client.finance.view.desk import FinanceDesk
    from common.errors import XinglinError
    from common.messages.finance import Drilled, DrillRow, ReportRow
    from common.messages.prices import PriceItem
    from common.wire import Request


def rows(desk: FinanceDesk) -> list[Action]:
    """The desk's actions."""
    return [
        Action(id="new", title=N_("New"), key="F3", run=lambda: begin(desk), enabled=lambda _s: may_begin(desk)),
        Action(id="now", title=N_("verb|These days"), key="F4", run=lambda: now(desk), enabled=lambda _s: has_days(desk)),
        Action(id="earlier", title=N_("verb|Earlier"), key="F6", run=lambda: move(desk, -1), enabled=lambda _s: has_days(desk)),
        Action(id="later", title=N_("verb|Later"), key="F7", run=lambda: move(desk, 1), enabled=lambda _s: has_days(desk)),
        Action(id="span", title=N_("verb|Day, week, month, year"), key="F8", run=lambda: widen(desk), enabled=lambda _s: has_days(desk)),
        Action(id="xlsx", title=N_("verb|Spreadsheet"), key="F10", run=lambda: export(desk, "xlsx"), enabled=lambda _s: has_report(desk)),
        Action(id="pdf", title=N_("verb|PDF on A4"), key="F11", run=lambda: export(desk, "pdf"), enabled=lambda _s: has_report(desk)),
        Action(
            id="csv",
            title=N_("verb|CSV file"),
            key="Ctrl+E",
            bar=False,
            run=lambda: export(desk, "csv"),
            enabled=lambda _s: has_report(desk),
        ),
        Action(
            id="reverse",
            title=N_("verb|Reverse the expense"),
            key="Ctrl+R",
            bar=False,
            run=lambda: reverse(desk),
            needs=Permission.EXPENSE_ENTER,
            enabled=lambda _s: may_reverse(desk),
        ),
        Action(
            id="drop",
            title=N_("verb|End the surcharge"),
            key="Ctrl+D",
            bar=False,
            run=lambda: drop(desk),
            needs=Permission.PRICE_MANAGE,
            enabled=lambda _s: may_drop(desk),
        ),
        Action(
            id="fetch",
            title=N_("verb|Fetch the statement"),
            key="Ctrl+T",
            bar=False,
            run=lambda: desk.differences.fetch(),
            needs=Permission.CASHIER_APPROVE,
            enabled=lambda _s: may_fetch(desk),
        ),
        Action(id="save", title=N_("verb|Save"), key="F12", run=lambda: save(desk), primary=True, enabled=lambda _s: may_save(desk)),
    ]


# --- reading -----------------------------------------------------------------------------------------------------------------------


def load(desk: FinanceDesk) -> None:
    """What the page shows, anew."""
    model = desk.model
    if model.kind is not None:
        _load_report(desk)
    elif model.page == SPEND:
        days = model.period
        desk.send(ListExpenses(begins=days.begins, ends=days.ends), desk.spend.show_expenses, desk.fail)
    elif model.page == PRICES:
        load_prices(desk)
    elif model.page == PACKAGES:
        desk.send(ListPackages(), lambda found: desk.packages.show_packages(found.packages), desk.fail)
    elif model.page == SURCHARGES:
        desk.send(ListRouteSurcharges(), lambda found: desk.surcharges.show_surcharges(found.surcharges), desk.fail)
    elif model.page in (RULES, DIFFERENCES):
        desk.pages[model.page].load()


def _load_report(desk: FinanceDesk) -> None:
    model = desk.model
    assert model.kind is not None
    kind, days = model.kind, model.period

    def done(report: Any) -> None:
        if (model.kind, model.period) == (kind, days):
            model.take_report(report)
            desk.show_all()

    def failed(problem: XinglinError) -> None:
        model.loading = False
        desk.fail(problem)
        desk.show_all()

    model.loading = True
    desk.send(GetReport(kind=kind, begins=days.begins, ends=days.ends), done, failed)


def load_prices(desk: FinanceDesk) -> None:
    """The price list, as far as it fits what was typed."""
    ask = ListPriceItems(text=desk.prices.search.text()[:60], also_inactive=True)
    desk.send(ask, lambda found: desk.prices.show_items(found.items), desk.fail)


def look_at(desk: FinanceDesk, item: PriceItem) -> None:
    """The prices of the item that is current."""
    desk.send(GetPriceHistory(item_id=item.id), desk.prices.show_history, desk.fail)


def take_lists(desk: FinanceDesk) -> None:
    """Departments and routes, once."""
    if desk.place.lists is None:

        def done(lists: Any) -> None:
            desk.place.lists = lists

        desk.send(GetLists(), done, desk.fail)


# --- days --------------------------------------------------------------------------------------------------------------------------


def show_period(desk: FinanceDesk, period: Period) -> None:
    """Other days."""
    desk.model.set_period(period)
    desk.show_all()
    load(desk)


def move(desk: FinanceDesk, by: int) -> None:
    """The days before or after."""
    show_period(desk, desk.model.period.moved(by))


def widen(desk: FinanceDesk) -> None:
    """Day → week → month → year."""
    show_period(desk, desk.model.period.widened())


def now(desk: FinanceDesk) -> None:
    """The day, week, month or year that today is in."""
    show_period(desk, Period.around(desk.model.period.span, desk.model.today))


# --- drilling down -----------------------------------------------------------------------------------------------------------------


def drill(desk: FinanceDesk, row: ReportRow) -> None:
    """The postings behind a row."""
    if row.group == "memo":
        desk.tell(tr("This figure comes from the stock book, which keeps quantities; it has no postings."), "info")
        return
    desk.model.drill = Drill(row)
    desk.model.leave_document()
    more(desk)


def more(desk: FinanceDesk) -> None:
    """The next part of the postings."""
    model = desk.model
    drilled, kind, days = model.drill, model.kind, model.period
    if drilled is None or kind is None or drilled.whole or drilled.asked == (drilled.before or 0):
        return
    drilled.asked = drilled.before or 0

    def done(part: Drilled) -> None:
        if model.drill is drilled:
            first = not drilled.rows
            drilled.take(part)
            desk.show_all()
            if first:
                desk.reports.focus_table()

    desk.send(DrillDown(kind=kind, key=drilled.row.key, begins=days.begins, ends=days.ends, before=drilled.before), done, desk.fail)


def open_document(desk: FinanceDesk, posting: DrillRow) -> None:
    """The bill or the expense behind a posting."""
    model = desk.model

    def took(name: str, facts: Any) -> None:
        if model.drill is not None:
            model.leave_document()
            setattr(model, name, facts)
            desk.show_all()

    if posting.bill_id is not None:
        desk.send(GetReceipt(bill_id=posting.bill_id), lambda facts: took("receipt", facts), desk.fail)
    elif posting.expense_id is not None:
        desk.send(GetExpense(expense_id=posting.expense_id), lambda facts: took("expense", facts), desk.fail)
    else:
        desk.tell(tr("This booking has no document of its own: {what}.", what=words.operation(posting.operation)), "info")


# --- files -------------------------------------------------------------------------------------------------------------------------


def folder(desk: FinanceDesk) -> Path:
    """Where reports are kept: a folder of the clinic's name among the person's documents."""
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(documents or Path.home()) / desk.place.session.clinic.name


def export(desk: FinanceDesk, kind: str) -> None:
    """Write the report that is shown."""
    report = desk.model.report
    if report is None:
        return
    session = desk.place.session
    made = Made(clinic=session.clinic.name, by=session.staff.name, at=desk.place.now())
    name, place = exporting.file_name(report, kind), folder(desk)

    def work() -> Path:
        data = {
            "csv": lambda: exporting.csv_bytes(report),
            "xlsx": lambda: exporting.xlsx_bytes(report, made),
            "pdf": lambda: exporting.pdf_bytes(report, made),
        }[kind]()
        return exporting.write(place, name, data)

    desk.ops.run(work, owner=desk, done=lambda file: desk.tell(tr("Written: {file}", file=str(file))), failed=desk.fail)


# --- entering ----------------------------------------------------------------------------------------------------------------------


def begin(desk: FinanceDesk) -> None:
    """F3: an empty form."""
    page = desk.pages[desk.model.page]
    page.begin()
    first = {PRICES: desk.prices.code, PACKAGES: desk.packages.code}.get(desk.model.page)
    (first or page).setFocus()


def save(desk: FinanceDesk) -> None:
    """F12: what the form of the page says."""
    missing = desk.missing()
    if missing:
        desk.tell(missing, "warning")
        return
    if desk.model.page == PRICES:
        _save_price(desk)
        return
    request: dict[str, Callable[[], Request[Any]]] = {
        SPEND: desk.spend.request,
        PACKAGES: desk.packages.request,
        SURCHARGES: desk.surcharges.request,
        RULES: desk.rules.request,
        DIFFERENCES: desk.differences.request,
    }
    _send(desk, request[desk.model.page](), lambda facts: _saved(desk, facts))


def _send(desk: FinanceDesk, request: Request[Any], done: Any) -> None:
    """One act, under one id however often F12 is pressed."""

    def finished(facts: Any) -> None:
        desk.saving, desk.request_id = False, new_request_id()
        done(facts)
        desk.state_changed.emit()

    def failed(problem: XinglinError) -> None:
        desk.saving, desk.request_id = False, new_request_id()
        desk.fail(problem)
        desk.state_changed.emit()

    desk.saving = True
    desk.state_changed.emit()
    desk.send(request, finished, failed, request_id=desk.request_id)


def _saved(desk: FinanceDesk, facts: Any) -> None:
    if desk.model.page == SPEND:
        desk.tell(tr("Booked: expense {number}, {total}.", number=facts.number, total=format_yuan(facts.amount_fen)))
        desk.spend.begin()
        desk.spend.setFocus()
    elif desk.model.page == PACKAGES:
        desk.tell(tr("Package {name} is saved; it costs {total} today.", name=facts.name, total=format_yuan(facts.total_fen)))
        desk.packages.table.setFocus()
    elif desk.model.page in (RULES, DIFFERENCES):
        desk.pages[desk.model.page].saved(facts)
    else:
        desk.tell(tr("The surcharge holds from the next prescription on."))
        desk.surcharges.begin()
        desk.surcharges.setFocus()
    load(desk)


def _save_price(desk: FinanceDesk) -> None:
    """Words first, then the price, so that the price is the last word about the item."""
    wanted = desk.prices.requests()
    if not wanted:
        desk.tell(tr("Nothing was changed."), "info")
        return

    def done(item: PriceItem) -> None:
        if wanted[1:]:
            _send(desk, wanted.pop(1), done)
            return
        desk.tell(tr("{name} is saved.", name=item.name))
        desk.prices.search.setFocus()
        desk.prices.show_item(item)
        load_prices(desk)
        look_at(desk, item)

    _send(desk, wanted[0], done)


def reverse(desk: FinanceDesk) -> None:
    """Ctrl+R: take the chosen expense back, once it was asked about."""
    expense = desk.spend.reversible()
    reason = desk.spend.note.text().strip()
    if expense is None or not reason:
        return

    def done(back: Any) -> None:
        desk.tell(tr("Expense {number} is reversed by {back}.", number=expense.number, back=back.number))
        desk.spend.begin()
        load(desk)

    question = tr("Reverse {number}, {payee}, {total}?", number=expense.number, payee=expense.payee, total=format_yuan(expense.amount_fen))
    desk.ask(question, [(N_("verb|Reverse it"), lambda: _send(desk, ReverseExpense(expense_id=expense.id, reason=reason), done))])


def drop(desk: FinanceDesk) -> None:
    """Ctrl+D: the route costs the item no more, once it was asked about."""
    row = desk.surcharges.current()
    if row is None:
        return

    def done(_done: Any) -> None:
        desk.tell(tr("{route} does not cost {item} any more.", route=row.route_name, item=row.item_name))
        load(desk)

    question = tr("End the surcharge {item} for {route}?", item=row.item_name, route=row.route_name)
    ended = DropRouteSurcharge(route_code=row.route_code, item_id=row.item_id)
    desk.ask(question, [(N_("verb|End it"), lambda: _send(desk, ended, done))])
