"""The sample clinic 杏林诊所: departments, people, today's clinic sessions, the starter catalogues and a filled pharmacy.

Everything goes through the same requests as in a real clinic. Names are invented, prices are sample values.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from common.domain.barcodes import gs1_check_digit
from common.errors import AlreadyExists
from common.messages.admin import AddDepartment, AddStaff, OpenSession, SetClinic
from common.messages.catalogue import DrugRow, ImportCatalogue, StockRow
from common.messages.registration import Level, Period
from common.messages.store import ReceiveStock
from common.messages.suppliers import EnterLicence, LicenceKind, SaveSupplier
from common.messages.temperature import SaveColdPlace
from common.permissions import Role
from server.catalogue.starter import starter
from server.db import Read

if TYPE_CHECKING:
    from server.local import LocalDesk

#: Everybody's password in the sample clinic. It is for training alone: a real clinic's people get their own.
PASSWORD: Final = "Apricot-2026"


class Person(NamedTuple):
    """Somebody of the sample clinic."""

    login: str
    name: str
    title: str
    department: str
    roles: tuple[Role, ...]
    antibacterial: str = "none"


DEPARTMENTS: Final = (
    ("NK", "内科", "Internal medicine", "clinical"),
    ("WK", "外科", "Surgery", "clinical"),
    ("EK", "儿科", "Paediatrics", "clinical"),
    ("ZY", "中医科", "Chinese medicine", "clinical"),
    ("YF", "药房", "Pharmacy", "pharmacy"),
    ("SF", "收费处", "Cashier", "cashier"),
    ("BG", "办公室", "Office", "office"),
)

PEOPLE: Final = (
    Person("zhouqing", "周清", "", "BG", (Role.REGISTRATION_CLERK,)),
    Person("hulan", "胡岚", "", "BG", (Role.REGISTRATION_CLERK,)),
    Person("linyue", "林悦", "副主任医师", "NK", (Role.DOCTOR,), "special"),
    Person("fangzhou", "方舟", "主治医师", "NK", (Role.DOCTOR,), "restricted"),
    Person("qinshan", "秦山", "主治医师", "WK", (Role.DOCTOR,), "restricted"),
    Person("baihe", "白荷", "副主任医师", "EK", (Role.DOCTOR,), "special"),
    Person("duheng", "杜蘅", "主任医师", "ZY", (Role.DOCTOR,), "restricted"),
    Person("suye", "苏叶", "主管药师", "YF", (Role.PHARMACIST,)),
    Person("jianglan", "江蓝", "药师", "YF", (Role.PHARMACIST,)),
    Person("qianduo", "钱朵", "", "SF", (Role.CASHIER,)),
    Person("jinxing", "金杏", "", "SF", (Role.CASHIER,)),
    Person("xuning", "许宁", "护师", "BG", (Role.NURSE,)),
    Person("kuyan", "顾砚", "", "YF", (Role.STORE_KEEPER,)),
    Person("yuanzhang", "袁璋", "院长", "BG", (Role.MANAGER,)),
    Person("admin", "管立", "", "BG", (Role.ADMINISTRATOR,)),
)

#: doctor, department, room, level, numbers a half day, fee items
DUTY: Final = (
    ("fangzhou", "NK", "101", Level.ORDINARY, "ordinary"),
    ("linyue", "NK", "102", Level.EXPERT, "expert"),
    ("qinshan", "WK", "201", Level.ORDINARY, "ordinary"),
    ("baihe", "EK", "103", Level.EXPERT, "expert"),
    ("duheng", "ZY", "301", Level.EXPERT, "expert"),
)
PERIODS: Final = (
    (Period.MORNING, time(0, 0), time(12, 0)),
    (Period.AFTERNOON, time(12, 0), time(18, 0)),
    (Period.EVENING, time(18, 0), time(23, 59, 59)),
)
#: Service items of the starter catalogue that make up the fee of a level.
FEES: Final = {"ordinary": ("C001",), "expert": ("C002",)}

SUPPLIER: Final = "样例医药公司"
LICENCES: Final = (
    (LicenceKind.DRUG, "浙AA5710001", 3),
    (LicenceKind.BUSINESS, "91330100SAMPLE0001", 12),
    (LicenceKind.AUTHORISATION, "委托2026-01", 1),
)
#: name, °C from and to, relative humidity (per cent) from and to
COLD_PLACES: Final = (("药房冰箱", "2", "8", "", ""), ("药库阴凉区", "0", "20", "35", "75"))

_SUPPLIERS: Final = Read("SELECT count(*) FROM supplier WHERE EXISTS (SELECT FROM supplier_licence)")
_STAFF_IDS: Final = Read("SELECT login, id FROM staff")
_DEPARTMENT_IDS: Final = Read("SELECT code, id FROM department")
_DRUG_COUNT: Final = Read("SELECT count(*) FROM drug")
_STOCKED: Final = Read("SELECT count(*) FROM stock_batch")
_OPEN: Final = Read("SELECT count(*) FROM clinic_session WHERE date = %(day)s")


def load_sample(desk: LocalDesk, day: date, *, capacity: int = 60, packs: int = 400) -> None:
    """Make the sample clinic where there is none, and open ``day``'s clinic sessions. Done again, it adds only what is missing."""
    desk.perform(SetClinic(name="杏林诊所", name_en="Xinglin Clinic"))
    _add_departments(desk)
    _load_catalogues(desk)
    _add_people(desk)
    _add_supplier(desk, day)
    _fill_pharmacy(desk, day, packs)
    open_day(desk, day, capacity)


def _value(desk: LocalDesk, statement: Read, **parameters: Any) -> Any:
    row = desk.database.of_thread().execute(statement.bytes, parameters).fetchone()
    return row[0] if row else None


def _ids(desk: LocalDesk, statement: Read) -> dict[str, int]:
    return dict(desk.database.of_thread().execute(statement.bytes).fetchall())


def _add_departments(desk: LocalDesk) -> None:
    known = _ids(desk, _DEPARTMENT_IDS)
    for code, name, name_en, kind in DEPARTMENTS:
        if code not in known:
            desk.perform(AddDepartment(code=code, name=name, name_en=name_en, kind=kind))


def _add_people(desk: LocalDesk) -> None:
    known, departments = _ids(desk, _STAFF_IDS), _ids(desk, _DEPARTMENT_IDS)
    for person in PEOPLE:
        if person.login not in known:
            desk.perform(
                AddStaff(
                    login=person.login,
                    name=person.name,
                    title=person.title,
                    department_id=departments[person.department],
                    roles=person.roles,
                    password=PASSWORD,
                    antibacterial_level=person.antibacterial,
                    keep_password=True,
                )
            )


def barcode_of(index: int) -> str:
    """An EAN-13 for the sample's ``index``-th drug, in a range that no real product has."""
    digits = f"209{index:09d}"
    return digits + gs1_check_digit(digits)


def trace_prefix_of(index: int) -> str:
    """The first seven digits of the sample's 追溯码 for the ``index``-th drug."""
    return f"89{index:05d}"


def trace_code(index: int, serial: int) -> str:
    """The 追溯码 of one pack: 20 digits."""
    return f"{trace_prefix_of(index)}{serial:013d}"


def shelf_of(index: int) -> str:
    """Where the ``index``-th drug stands: cabinet, board, place."""
    cabinet, rest = divmod(index - 1, 60)
    board, place = divmod(rest, 12)
    return f"{chr(ord('A') + cabinet)}{board + 1}-{place + 1:02d}"


def sample_drugs() -> list[DrugRow]:
    """The starter drugs with sample barcodes."""
    return [
        msgspec.structs.replace(row, barcode=barcode_of(index), trace_prefix=trace_prefix_of(index), shelf=shelf_of(index))
        for index, row in enumerate(starter("drugs"), 1)
    ]


def _load_catalogues(desk: LocalDesk) -> None:
    if _value(desk, _DRUG_COUNT):
        return
    desk.perform(
        ImportCatalogue(
            source="starter",
            drugs=tuple(sample_drugs()),
            diagnoses=starter("diagnoses"),
            services=starter("services"),
            frequencies=starter("frequencies"),
            routes=starter("routes"),
            ethnic_groups=starter("ethnic_groups"),
            allergens=starter("allergens"),
            regions=starter("regions"),
        )
    )


def _fill_pharmacy(desk: LocalDesk, day: date, packs: int) -> None:
    """Two batches of every drug: a smaller one that expires first, and the bulk."""
    if _value(desk, _STOCKED):
        return
    rows = []
    for index, drug in enumerate(starter("drugs"), 1):
        price = (drug.price * Decimal("0.82")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for part, (share, months) in enumerate(((Decimal("0.25"), 5 + index % 7), (Decimal("0.75"), 16 + index % 14))):
            expires = day + timedelta(days=30 * months)
            amount = (packs * share).to_integral_value()
            lot = f"{day:%y}{(index * 7 + part * 131) % 10000:04d}"
            rows.append(StockRow(drug_code=drug.code, lot=lot, expires=expires, packs=amount, purchase_price=price))
    desk.perform(ReceiveStock(rows=tuple(rows), supplier=SUPPLIER, note="opening stock"))


def _add_supplier(desk: LocalDesk, day: date) -> None:
    """One supplier whose licences hold, and two places whose temperature is read."""
    if _value(desk, _SUPPLIERS):
        return
    saved = desk.perform(SaveSupplier(name=SUPPLIER, contact="梁溪", phone="0571-5550 1234"))
    for kind, number, years in LICENCES:
        expires = day.replace(day=1, year=day.year + years)
        desk.perform(EnterLicence(supplier_id=saved.supplier_id, kind=kind, number=number, expires=expires))
    for name, coldest, warmest, driest, dampest in COLD_PLACES:
        limits = (Decimal(limit) if limit else None for limit in (driest, dampest))
        dry, damp = limits
        desk.perform(SaveColdPlace(name=name, coldest=Decimal(coldest), warmest=Decimal(warmest), driest=dry, dampest=damp))


def open_day(desk: LocalDesk, day: date, capacity: int = 60) -> None:
    """Open the day's clinic sessions, if they are not open."""
    if _value(desk, _OPEN, day=day):
        return
    people, departments = _ids(desk, _STAFF_IDS), _ids(desk, _DEPARTMENT_IDS)
    for login, department, room, level, fee in DUTY:
        for period, starts, ends in PERIODS:
            request = OpenSession(
                date=day,
                period=period,
                starts=starts,
                ends=ends,
                department_id=departments[department],
                doctor_id=people[login],
                room=room,
                level=level,
                capacity=capacity,
                fee_codes=FEES[fee],
            )
            try:
                desk.perform(request)
            except AlreadyExists:  # another process opened the day at the same moment
                return
