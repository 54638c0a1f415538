"""Sample identity cards of invented people, and how a card is made of a number that somebody types."""

from __future__ import annotations

from datetime import date
from typing import Final

from common.domain.idcard import IdNumber, check_digit, parse_id_number
from common.i18n import N_
from devices.idcard.protocol import IdCard, IdCardKind

#: What a card shows that was typed with no name.
UNNAMED: Final = "无名氏"
#: The oldest cards of the second generation.
_FIRST_ISSUE: Final = 2004
_HAN: Final = "01"
_KINDS: Final = {
    "id_card": IdCardKind.CITIZEN,
    "hk_macau_taiwan": IdCardKind.HMT_RESIDENT,
    "foreign_residence": IdCardKind.FOREIGNER_NEW,
}
KIND_NAMES: Final = {
    IdCardKind.CITIZEN: N_("counter|Resident identity card"),
    IdCardKind.HMT_RESIDENT: N_("counter|Residence permit, Hong Kong, Macau, Taiwan"),
    IdCardKind.FOREIGNER_OLD: N_("counter|Permanent residence card of a foreigner (old)"),
    IdCardKind.FOREIGNER_NEW: N_("counter|Permanent residence card of a foreigner"),
}


def card_of(number: str, name: str = "", *, today: date, address: str = "", ethnic_code: str = _HAN) -> IdCard:
    """The card that would bear ``number``: sex and birth date follow from it. Raises ``FieldWrong`` for a number that does not hold."""
    read = parse_id_number(number, today)
    kind = _KINDS[read.kind]
    issued = _issued(read, today)
    citizen = kind is IdCardKind.CITIZEN
    return IdCard(
        kind=kind,
        name=name.strip() or UNNAMED,
        sex=read.sex,
        birth_date=read.birth_date,
        number=read.number,
        issuer="国家移民管理局" if kind is IdCardKind.FOREIGNER_NEW else "样例市公安局",
        valid_from=issued,
        valid_to=_years_later(issued, 10 if today.year - read.birth_date.year < 46 else 20),
        ethnic_code=ethnic_code if citizen else "",
        address=address if kind is not IdCardKind.FOREIGNER_NEW else "",
        english_name=name.strip() if kind is IdCardKind.FOREIGNER_NEW else "",
        nationality="GBR" if kind is IdCardKind.FOREIGNER_NEW else "",
        pass_number="H01234567" if kind is IdCardKind.HMT_RESIDENT else "",
    )


def _issued(read: IdNumber, today: date) -> date:
    """Three years ago, or at birth, but not before there were such cards."""
    year = max(today.year - 3, read.birth_date.year, _FIRST_ISSUE)
    return min(today, date(year, 6, 1)) if year > read.birth_date.year else today


def _years_later(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28))


def _number(first17: str) -> str:
    return first17 + check_digit(first17)


def sample_cards(today: date) -> tuple[IdCard, ...]:
    """Ten invented people: children and very old ones, a rare character, and people from Hong Kong and abroad."""
    return tuple(
        card_of(_number(digits), name, today=today, address=address, ethnic_code=group) for name, digits, address, group in _PEOPLE
    )


#: name, region + birth date + sequence, address, ethnic group
_PEOPLE: Final = (
    ("陆知远", "11010119880512731", "北京市东城区杏林胡同12号院3号楼401", "01"),
    ("叶青禾", "31010619950823064", "上海市静安区银杏路88弄6号1202室", "01"),
    ("欧阳若溪", "51010719790304482", "四川省成都市武侯区芳草街19号2单元7楼3号", "01"),
    ("马德福", "64010419460117251", "宁夏回族自治区银川市兴庆区凤凰北街215号", "03"),
    ("阿依努尔·买买提", "65010219920630284", "新疆维吾尔自治区乌鲁木齐市天山区解放南路302号", "05"),
    ("方小满", "33010620190521137", "浙江省杭州市西湖区翠苑三区14幢2单元501室", "01"),
    ("祝㛃", "42010620010909224", "湖北省武汉市武昌区中南路街道百瑞景4栋1803", "01"),
    ("金在勋", "22240119831224391", "吉林省延吉市河南街爱丹路560号", "10"),
    ("陳大文", "81000019950615001", "广东省深圳市福田区梅林路8号", ""),
    ("ANNA LEE", "91112419810803002", "", ""),
)
