"""Invented cards, one of each kind. The numbers are those of DOMAIN §4.1 and §4.2."""

from __future__ import annotations

from datetime import date

from devices.idcard import IdCard, IdCardKind

CITIZEN = IdCard(
    kind=IdCardKind.CITIZEN,
    name="张小三",
    sex="1",
    ethnic_code="01",
    birth_date=date(1990, 3, 7),
    address="北京市东城区杏林胡同12号院3号楼401",
    number="110101199003070011",
    issuer="北京市公安局东城分局",
    valid_from=date(2015, 6, 1),
    valid_to=date(2035, 6, 1),
)
ELDERLY = IdCard(
    kind=IdCardKind.CITIZEN,
    name="欧阳𠮷",
    sex="2",
    ethnic_code="11",
    birth_date=date(1949, 12, 31),
    address="北京市朝阳区",
    number="11010519491231002X",
    issuer="北京市公安局朝阳分局",
    valid_from=date(2010, 1, 1),
    valid_to=None,
)
HONG_KONG = IdCard(
    kind=IdCardKind.HMT_RESIDENT,
    name="陳大文",
    sex="1",
    birth_date=date(1995, 6, 15),
    address="深圳市福田区",
    number="810000199506150017",
    issuer="深圳市公安局",
    valid_from=date(2022, 3, 3),
    valid_to=date(2027, 3, 3),
    pass_number="H12345678",
)
FOREIGNER_OLD = IdCard(
    kind=IdCardKind.FOREIGNER_OLD,
    name="史密斯",
    english_name="SMITH, JOHN QUENTIN",
    sex="1",
    birth_date=date(1985, 1, 1),
    number="USA110085010101",
    issuer="1500",
    nationality="USA",
    valid_from=date(2018, 1, 1),
    valid_to=date(2028, 1, 1),
)
FOREIGNER_NEW = IdCard(
    kind=IdCardKind.FOREIGNER_NEW,
    name="李安娜",
    english_name="ANNA LEE",
    sex="2",
    birth_date=date(1981, 8, 3),
    number="911124198108030024",
    issuer="国家移民管理局",
    nationality="GBR",
    valid_from=date(2024, 1, 1),
    valid_to=date(2034, 1, 1),
)
ALL = [CITIZEN, ELDERLY, HONG_KONG, FOREIGNER_OLD, FOREIGNER_NEW]
