"""The drug list: its columns, and the fields that a hospital's free-text specification gives."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from common.domain.dosage import plain
from common.domain.drug_specification import Specification, parse_specification
from common.domain.drug_units import CONTAINERS, PORTIONS
from common.domain.unclear import Unclear
from common.i18n import N_
from common.messages.catalogue import DrugRow
from server.importing import cells
from server.importing.columns import Column, Doubt, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "western": ("西药", "化学药", "化药", "西成药", "生物制品"),
    "patent": ("中成药", "成药"),
    "herbal": ("中药饮片", "中草药", "饮片", "草药"),
}
RX_CLASSES: Final[Mapping[str, tuple[str, ...]]] = {
    "ordinary": ("普通", "普通药品", "处方药", "非处方药"),
    "psychotropic_2": ("精二", "第二类精神药品", "二类精神药品"),
    "psychotropic_1": ("精一", "第一类精神药品", "一类精神药品"),
    "narcotic": ("麻醉", "麻醉药品", "麻"),
    "toxic": ("毒性", "毒性药品", "医疗用毒性药品"),
}
SPECIAL_CONTROL: Final[Mapping[str, tuple[str, ...]]] = {
    "radioactive": ("放射性", "放射性药品"),
    "precursor": ("易制毒", "药品类易制毒化学品", "易制毒化学品"),
    "": ("否", "无"),
}
"""What is controlled without a kind of prescription of its own."""
ANTIBACTERIAL: Final[Mapping[str, tuple[str, ...]]] = {
    "none": ("否", "无", "非抗菌药物"),
    "unrestricted": ("非限制使用级", "非限制", "非限制级"),
    "restricted": ("限制使用级", "限制", "限制级"),
    "special": ("特殊使用级", "特殊", "特殊级"),
}
SKIN_TEST: Final[Mapping[str, tuple[str, ...]]] = {
    "none": ("否", "无", "不需要", "0"),
    "required": ("是", "需要", "皮试", "1"),
    "by_label": ("按说明书",),
}
ROUND: Final[Mapping[str, tuple[str, ...]]] = {"dose": ("每次", "按次"), "total": ("总量", "按总量")}
STORAGE: Final[Mapping[str, tuple[str, ...]]] = {"room": ("常温",), "cool": ("阴凉",), "fridge": ("冷藏",)}
INSURANCE: Final[Mapping[str, tuple[str, ...]]] = {"A": ("甲", "甲类"), "B": ("乙", "乙类"), "C": ("丙", "丙类", "自费")}
PREGNANCY: Final[Mapping[str, tuple[str, ...]]] = {"none": ("无",), "caution": ("慎用",), "forbidden": ("禁用",)}

_CONTROLLED: Final = (
    "吗啡|哌替啶|芬太尼|羟考酮|可待因|美沙酮|福尔可定|布桂嗪|罂粟|阿片|氯胺酮|哌甲酯|司可巴比妥|三唑仑|咪达唑仑|地西泮|阿普唑仑|艾司唑仑|"
    "硝西泮|劳拉西泮|奥沙西泮|氯氮䓬|苯巴比妥|异戊巴比妥|唑吡坦|佐匹克隆|扎来普隆|曲马多|丁丙诺啡|地佐辛|布托啡诺|喷他佐辛|纳布啡|依托咪酯|"
    "右美沙芬|地芬诺酯|莫达非尼|吡仑帕奈|苏沃雷生|匹莫林|麦角胺咖啡因|安钠咖|三氧化二砷|洋地黄毒苷|士的宁|A型肉毒毒素"
)
"""Parts of names under narcotic, psychotropic or toxic control; a list that gives no class for such a name needs a look."""

CONTROLLED_NAME: Final = N_("“{value}” may be under special control, but the list gives no prescription class; it is taken as ordinary")
NO_UNIT: Final = N_("neither the specification nor a column gives {field}")
UNCLEAR: Final = N_("{why}; write base_unit, pack_size and pack_unit in columns of their own")
LEVEL_INCOMPLETE: Final = N_("{unit} and {size} go together: a pack and how many are in it")
LEVEL_UNFIT: Final = N_("a pack of {pack} cannot be made of {value}")
NOT_ESSENTIAL: Final = N_("the list says {value}, and that it is no essential drug")
TWO_CONTROLS: Final = N_("{value} drugs have ordinary prescriptions, but the list gives the prescription class {rx_class}")
DOSE_ABOVE_DAY: Final = N_("one dose of {value} is more than the greatest daily dose {most}")
ABSENT_FROM_LIST: Final = N_("the list has no column {field}; every row is taken as: {assumed}")

UNLIKE_FORM: Final = N_("“{value}” is counted in {unit} by the specification, which is unusual for its name")
INSURANCE_CODE: Final = r"[XZ][0-9A-Z]{22}|T\d{9}"
"""The national code of a Western or patent drug, or of a herb (DOMAIN.md §6.1)."""

_PACKING: Final = ("base_unit", "pack_unit", "pack_size")
_INJECTION_WORDS: Final = ("注射", "针剂", "粉针", "输液")
_decimal: Final = cells.number(4, "0.0001")


def _column(field: str, headings: str, read: Any, **options: Any) -> Column:
    return Column(field, tuple(headings.split()), read, **options)


COLUMNS: Final = (
    _column("code", "编码 代码 药品编码 药品代码 编号 no id", cells.text(30), required=True),
    _column("name", "通用名 通用名称 药品名称 药品通用名 名称 药名 品名", cells.text(100), required=True),
    _column("form", "剂型", cells.text(30), default=""),
    _column("specification", "规格 药品规格 包装规格 spec", cells.text(100), default=""),
    _column("strength", "含量规格 含量 制剂规格", cells.text(60), default=""),
    _column("drug_class", "class 类别 药品类别 药品类型 分类 type", cells.one_of(CLASSES), required=True),
    _column("rx_class", "处方类别 管制类别 特殊药品 毒麻精类别", cells.one_of(RX_CLASSES)),
    _column("special_control", "特殊管理 特殊管理药品", cells.one_of(SPECIAL_CONTROL), default=""),
    _column("otc", "非处方药 OTC", cells.yes_or_no, default=False),
    _column("antibacterial", "抗菌药物级别 抗菌药物分级 抗菌级别", cells.one_of(ANTIBACTERIAL), default="none"),
    _column("skin_test", "皮试", cells.one_of(SKIN_TEST), default="none"),
    _column("base_unit", "最小单位 基本单位 制剂单位", cells.text(10)),
    _column("dose_unit", "剂量单位", cells.text(10)),
    _column("dose_per_base", "单位含量 每单位剂量", _decimal),
    _column("pack_unit", "包装单位 单位 计价单位 售药单位 unit", cells.text(10)),
    _column("pack_size", "包装数量 包装系数 包装量 转换比", _decimal),
    _column("splittable", "可拆零 拆零", cells.yes_or_no),
    _column("round_each_dose", "round 取整方式", cells.one_of(ROUND)),
    _column("default_dose", "默认单次量 单次剂量 常用剂量", cells.number(4), default=Decimal(0)),
    _column("default_frequency", "默认频次 频次", cells.text(10), default="", refers_to="frequencies"),
    _column("default_route", "默认用法 用法 给药途径", cells.text(10), default="", refers_to="routes"),
    _column("default_days", "默认天数 天数", cells.whole(0, 365), default=0),
    _column("max_daily_dose", "日极量 每日最大量", _decimal),
    _column("storage", "贮藏 储存条件 存储条件", cells.one_of(STORAGE), default="room"),
    _column("insurance_class", "医保类别 医保分类 医保等级", cells.one_of(INSURANCE), default="C"),
    _column(
        "insurance_code",
        "医保编码 医保代码 国家医保编码 国家医保代码 医保药品编码 医保药品代码",
        cells.matching(INSURANCE_CODE, "XR05CBA198A001010100863"),
        default="",
    ),
    _column("pregnancy", "孕妇 妊娠用药", cells.one_of(PREGNANCY), default=""),
    _column("min_age_years", "最小年龄", cells.whole(0, 150)),
    _column("allergens", "过敏原 过敏类别", cells.several, default=(), refers_to="allergens"),
    _column("price", "单价 零售价 价格 售价 包装单价", cells.number(4), required=True),
    _column("manufacturer", "生产厂家 厂家 生产企业 产地 maker", cells.text(100), default=""),
    _column("source", "来源 依据", cells.text(200), default=""),
    _column("barcode", "条码 条形码 商品条码", cells.matching(r"\d{8,14}", "6901234567892"), default=""),
    _column("trace_prefix", "追溯码前缀", cells.matching(r"\d{7}", "8123456"), default=""),
    _column("trade_name", "商品名 商品名称", cells.text(60), default=""),
    _column("approval_number", "批准文号 国药准字 注册证号", cells.text(20), default=""),
    _column("national_code", "本位码 国家药品编码 药品本位码", cells.matching(r"86\d{12}", "86900001000015"), default=""),
    _column("wubi", "五笔 五笔码", cells.matching(r"[A-Za-z]{1,20}", "amwt"), default=""),
    _column("concentration", "浓度", cells.text(30), default=""),
    _column("middle_unit", "中包装单位 中包装", cells.text(10), default=""),
    _column("middle_size", "中包装数量", _decimal),
    _column("case_unit", "大包装单位 件单位", cells.text(10), default=""),
    _column("case_packs", "件装量 大包装数量 每件数量", _decimal),
    _column("essential", "基本药物 基药", cells.yes_or_no),
    _column("essential_edition", "基药目录版本 基药版本", cells.text(20), default=""),
    _column("price_ceiling", "最高限价 限价", cells.number(4)),
    _column("vbp", "集采 带量采购 集中带量采购", cells.yes_or_no),
    _column("high_alert", "高警示 高警示药品 高危药品", cells.yes_or_no),
    _column("shelf", "货位 库位 架位 货架", cells.text(20), default=""),
)


def complete(values: dict[str, Any]) -> Iterator[Doubt]:
    """Fill what the specification text and the form give; columns of their own go before the text."""
    values["specification_text"] = values["specification"]
    yield from _fill_from_specification(values)
    yield from _check_levels(values)
    injection = any(word in values["form"] for word in _INJECTION_WORDS)
    if values["round_each_dose"] is None:
        values["round_each_dose"] = injection
    else:
        values["round_each_dose"] = values["round_each_dose"] == "dose"
    if values["splittable"] is None:
        values["splittable"] = injection or values["pack_size"] == 1
    values["rx_class_given"] = values["rx_class"] is not None
    values["rx_class"] = values["rx_class"] or "ordinary"
    if values["special_control"] and values["rx_class"] != "ordinary":
        yield Doubt("special_control", values["special_control"], TWO_CONTROLS, {"rx_class": values["rx_class"]})
    most = values["max_daily_dose"]
    if most is not None and values["default_dose"] > most:
        yield Doubt("default_dose", str(values["default_dose"]), DOSE_ABOVE_DAY, {"most": str(most)})


def _check_levels(values: dict[str, Any]) -> Iterator[Doubt]:
    """Packs within and above the pack; an edition of the essential list says that the drug is on it."""
    values["wubi"] = values["wubi"].lower()
    for unit, size in (("middle_unit", "middle_size"), ("case_unit", "case_packs")):
        if bool(values[unit]) != (values[size] is not None):
            yield Doubt(size if values[unit] else unit, values[unit] or str(values[size]), LEVEL_INCOMPLETE, {"unit": unit, "size": size})
    middle, pack = values["middle_size"], values["pack_size"]
    if middle is not None and pack is not None and pack % middle:
        yield Doubt("middle_size", str(middle), LEVEL_UNFIT, {"pack": str(pack)})
    if values["essential_edition"] and values["essential"] is None:
        values["essential"] = True
    if values["essential_edition"] and not values["essential"]:
        yield Doubt("essential_edition", values["essential_edition"], NOT_ESSENTIAL)


def _fill_from_specification(values: dict[str, Any]) -> Iterator[Doubt]:
    text = values["specification"]
    packing_is_given = all(values[field] is not None for field in _PACKING)
    if not packing_is_given or values["dose_unit"] is None or values["dose_per_base"] is None:
        sold_by = None if packing_is_given else values["pack_unit"]
        by_gram = not text and sold_by in ("克", "g")
        read: Specification | Unclear = Specification(strength=values["strength"])
        if text or by_gram:
            read = parse_specification(text, sold_by, name=values["name"], form=values["form"])
        if isinstance(read, Unclear) and not packing_is_given:
            yield Doubt("specification", text, UNCLEAR, {"why": read.reason, "part": read.part})
            return
        _take(values, Specification(strength=text) if isinstance(read, Unclear) else read)
    values["strength"] = values["strength"] or text
    for field in (*_PACKING, "dose_unit", "dose_per_base"):
        if values[field] is None:
            yield Doubt("specification", text, NO_UNIT, {"field": field})


def _take(values: dict[str, Any], read: Specification) -> None:
    for field in _PACKING:
        if values[field] is None:
            values[field] = getattr(read, field)
    if values["base_unit"] == read.base_unit == read.pack_unit == "g":
        values["pack_unit"] = "g"  # sold by 克: one unit, one spelling
    if values["dose_unit"] is None and values["dose_per_base"] is None:
        values["dose_unit"], values["dose_per_base"] = _dose_of(read, values["base_unit"])
    values["strength"] = values["strength"] or read.strength
    between = [level for level in read.between if level.size > 1]
    if values["middle_size"] is None and not values["middle_unit"] and between and values["pack_size"] == read.pack_size:
        values["middle_unit"], values["middle_size"] = between[0].unit, between[0].size
    if not values["concentration"] and read.concentration is not None and (per_ml := read.concentration.per_ml) is not None:
        values["concentration"] = f"{plain(per_ml.value)}{per_ml.unit}/ml"


def _dose_of(read: Specification, base_unit: str | None) -> tuple[str | None, Decimal]:
    """The unit a dose is written in and how much of it one base unit holds: the substance before the volume, else the base unit itself.

    The text's amounts count only when they are those of one ``base_unit``: 0.6 g in a bottle says nothing about a millilitre of it.
    Quantities have at most four places, so an amount that needs more is counted in base units.
    """
    same_unit = read.base_unit == base_unit or (read.base_unit is None and base_unit in CONTAINERS | PORTIONS)
    substances = [amount for amount in read.contents if amount.unit not in ("ml", "L")]
    for amount in (substances or read.contents) if same_unit else ():
        if amount.value == round(amount.value, 4):
            return amount.unit, amount.value
    return base_unit, Decimal(1)


def notice(values: dict[str, Any]) -> Iterator[Doubt]:
    """Controlled names without a class, and capsules that are counted as tablets."""
    bare = re.sub(r"[(（][^()（）]*[)）]", "", values["name"])
    usual = "粒" if "胶囊" in bare else "片" if bare.endswith("片") else values["base_unit"]
    if {values["base_unit"], usual} == {"片", "粒"}:
        yield Doubt("name", values["name"], UNLIKE_FORM, {"unit": values["base_unit"]})
    if not values["rx_class_given"] and re.search(_CONTROLLED, values["name"]):
        yield Doubt("name", values["name"], CONTROLLED_NAME)


def build(values: dict[str, Any]) -> DrugRow:
    """The row, from complete values."""
    return DrugRow(**{field: values[field] for field in DrugRow.__struct_fields__})


DRUGS: Final = Kind(
    name="drugs",
    title=N_("list|Drugs"),
    columns=COLUMNS,
    build=build,
    complete=complete,
    notice=notice,
    to_fill=(*_PACKING, "strength", "dose_unit", "dose_per_base"),
    aside=("insurance_code",),
    assumed={
        "rx_class": "ordinary",
        "antibacterial": "none",
        "skin_test": "none",
        "pregnancy": "—",
        "allergens": "—",
        "max_daily_dose": "—",
    },
)
