"""Which lists can be imported, their columns, and the words a column may be headed with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from common.i18n import N_
from common.messages.catalogue import DiagnosisRow, FrequencyRow, NameRow, RegionRow, RouteRow, ServiceRow, StockRow
from server.importing import cells, drug_list
from server.importing.columns import Column, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

Values = dict[str, Any]

#: ICD-10 of the national insurance edition (DOMAIN.md §3.5), dagger pairs included.
ICD10: Final = r"[A-Z]\d{2}\.(?:\d{3}|x\d{2})(?:x\d{3})?(?:[+*]|\+?[A-Z]\d{2}(?:\.(?:\d{1,3}|x\d{2})(?:x\d{3})?)?\*?)?"

CATEGORIES: Final[Mapping[str, tuple[str, ...]]] = {
    "consultation": ("诊察费", "诊查费", "诊察"),
    "exam": ("检查费", "检查"),
    "lab": ("化验费", "检验费", "化验", "检验"),
    "treatment": ("治疗费", "治疗", "处置"),
    "surgery": ("手术费", "手术"),
    "material": ("卫生材料费", "材料费", "材料"),
    "western_drug": ("西药费", "西药"),
    "herbal": ("中药饮片", "中草药"),
    "patent": ("中成药费", "中成药"),
    "general": ("一般诊疗费",),
    "registration": ("挂号费", "挂号"),
    "other": ("其他", "其它", "其他门急诊收费"),
}
"""Categories of the outpatient receipt in their printed order (DOMAIN.md §5.1)."""

LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "province": ("省级",),
    "prefecture": ("地级",),
    "county": ("县级",),
}

_code: Final = cells.text(30)
_name: Final = cells.text(200)
_source: Final = Column("source", ("来源", "依据"), cells.text(200), default="")
_code_column: Final = Column("code", ("编码", "代码", "编号", "项目编码", "项目代码", "no", "id"), _code, required=True)
_name_zh: Final = Column("name_zh", ("名称", "中文名称", "中文名", "name"), cells.text(50), required=True)
_name_en: Final = Column("name_en", ("英文名称", "英文名", "英文"), cells.text(80), required=True)
_wst364: Final = Column("wst364", ("标准代码", "WS364"), cells.text(10), default="")


def icd_code(cell: str) -> str:
    """The code with capital letters and small ``x``, as the insurance wants it: ``r05.X00`` becomes ``R05.x00``."""
    code = cells.plain(cell).upper()
    return code[:1] + code[1:].replace("X", "x")


def _row(struct: type[Struct]) -> Any:
    """Make rows of ``struct`` from the values of its own fields; one that the list has no column for keeps its default."""
    names = struct.__struct_fields__

    def build(values: Values) -> Struct:
        return struct(**{name: values[name] for name in names if name in values})

    return build


DIAGNOSES: Final = Kind(
    name="diagnoses",
    title=N_("list|Diagnoses"),
    columns=(
        Column(
            "code",
            ("编码", "代码", "诊断编码", "诊断代码", "疾病编码", "ICD10", "ICD编码", "icd", "icd10code"),
            cells.matching(ICD10, "J06.900, R05.x00, I10.x00x002", icd_code),
            required=True,
        ),
        Column("name", ("名称", "诊断名称", "疾病名称", "诊断"), _name, required=True),
        _source,
    ),
    build=_row(DiagnosisRow),
)

SERVICES: Final = Kind(
    name="services",
    title=N_("list|Service items"),
    columns=(
        _code_column,
        Column("name", ("名称", "项目名称", "项目"), _name, required=True),
        Column("unit", ("单位", "计价单位"), cells.text(20), required=True),
        Column("category", ("类别", "费用类别", "收费类别", "kind", "type", "类型"), cells.one_of(CATEGORIES), required=True),
        Column("price", ("单价", "价格", "收费标准", "售价"), cells.number(4), required=True),
        _source,
    ),
    build=_row(ServiceRow),
)

FREQUENCIES: Final = Kind(
    name="frequencies",
    title=N_("list|Frequencies"),
    columns=(
        Column("code", ("编码", "代码"), cells.text(10), required=True),
        Column("latin", ("拉丁文", "外文"), cells.text(30), required=True),
        _name_zh,
        _name_en,
        Column("times", ("每日次数", "次数"), cells.matching(r"[1-9]\d?/[1-9]\d?", "3/1, 1/2"), required=True),
        Column("times_of_day", ("时间点", "执行时间"), cells.times_of_day, default=()),
        Column("needs_total", ("须填总量",), cells.yes_or_no, default=False),
        _wst364,
        _source,
    ),
    build=_row(FrequencyRow),
)

ROUTES: Final = Kind(
    name="routes",
    title=N_("list|Routes"),
    columns=(
        Column("code", ("编码", "代码"), cells.text(10), required=True),
        _name_zh,
        _name_en,
        Column("needs_nurse", ("须护士执行",), cells.yes_or_no, required=True),
        Column("infusion_label", ("打印瓶签", "瓶签"), cells.yes_or_no, required=True),
        Column("is_injection", ("注射",), cells.yes_or_no, required=True),
        Column("is_skin_test", ("皮试",), cells.yes_or_no, required=True),
        _wst364,
        _source,
    ),
    build=_row(RouteRow),
)

ETHNIC_GROUPS: Final = Kind(
    name="ethnic_groups",
    title=N_("list|Ethnic groups"),
    columns=(
        Column("code", ("编码", "代码"), cells.matching(r"\d{2}", "01"), required=True),
        _name_zh,
        _name_en,
    ),
    build=_row(NameRow),
)

ALLERGENS: Final = Kind(
    name="allergens",
    title=N_("list|Allergens"),
    columns=(
        Column("code", ("编码", "代码"), cells.matching(r"[a-z][a-z0-9_]{1,29}", "penicillin"), required=True),
        _name_zh,
        _name_en,
        Column("drug_names", ("药名特征",), cells.several, default=()),
    ),
    build=_row(NameRow),
)

REGIONS: Final = Kind(
    name="regions",
    title=N_("list|Regions"),
    columns=(
        Column("code", ("编码", "代码", "区划代码", "行政区划代码"), cells.matching(r"[1-9]\d{5}", "110101"), required=True),
        Column("name", ("名称", "区划名称", "地区", "行政区划名称"), cells.text(50), required=True),
        Column("level", ("级别",), cells.one_of(LEVELS), default=""),
    ),
    build=_row(RegionRow),
)

STOCK: Final = Kind(
    name="stock",
    title=N_("list|Opening stock"),
    columns=(
        Column("drug_code", ("药品编码", "药品代码", "编码", "代码", "code"), _code, required=True, refers_to="drugs"),
        Column("lot", ("批号", "生产批号", "产品批号", "batch", "lot_no"), cells.text(50), required=True),
        Column("expires", ("有效期至", "有效期", "失效期", "效期", "expiry", "expiry_date", "expires_on"), cells.day, required=True),
        Column("packs", ("数量", "库存数量", "库存", "件数", "quantity", "qty"), cells.number(4, "0.0001", "1000000"), required=True),
        Column("purchase_price", ("进价", "购进价", "采购价", "进货价", "cost", "cost_price"), cells.number(6), required=True),
    ),
    build=_row(StockRow),
    key=("drug_code", "lot"),
)

KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        drug_list.DRUGS,
        DIAGNOSES,
        SERVICES,
        FREQUENCIES,
        ROUTES,
        ETHNIC_GROUPS,
        ALLERGENS,
        REGIONS,
        STOCK,
    )
}
"""Every list by its name."""
