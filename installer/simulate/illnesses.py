"""What people come with: complaint, findings, diagnosis, and drugs of the starter catalogue that fit it."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from common.messages.consult import Diagnosis, RecordText
from installer.simulate.people import CHILD_YEARS


class Illness(NamedTuple):
    """One illness of an outpatient. ``drugs`` are codes of the starter catalogue; ``weight`` is how often it comes."""

    department: str
    code: str
    name: str
    complaint: str
    finding: str
    drugs: tuple[str, ...]
    weight: int
    herbal: bool = False


ADULTS: Final = (
    Illness("内科", "J06.900", "急性上呼吸道感染", "咽痛流涕{n}天", "咽部充血，双肺呼吸音清", ("D0426", "D0420", "D0052", "D0425"), 20),
    Illness("内科", "J20.900", "急性支气管炎", "咳嗽咳痰{n}天", "双肺呼吸音粗，未闻及湿啰音", ("D0207", "D0015", "D0007", "D0001"), 12),
    Illness("内科", "K29.500", "慢性胃炎", "上腹隐痛{n}天", "上腹轻压痛，无反跳痛", ("D0170", "D0177", "D0179"), 10),
    Illness("内科", "A09.901", "胃肠炎", "腹泻{n}天", "脐周轻压痛，肠鸣音活跃", ("D0183", "D0021"), 8),
    Illness("内科", "I10.x09", "原发性高血压", "头晕{n}天，复诊取药", "血压150/95mmHg，心律齐", ("D0122", "D0129", "D0149"), 14),
    Illness("内科", "E11.900", "2型糖尿病", "多饮多尿{n}天，复诊取药", "心肺未见异常，双下肢无水肿", ("D0245", "D0149"), 9),
    Illness("内科", "J30.400", "变应性鼻炎", "鼻痒喷嚏{n}天", "鼻黏膜苍白水肿", ("D0231", "D0233", "D0221"), 7),
    Illness("外科", "M54.502", "腰痛", "腰痛{n}天", "腰肌压痛，直腿抬高试验阴性", ("D0058", "D0335", "D0481"), 8),
    Illness("外科", "M17.900", "膝关节病", "膝关节痛{n}天", "膝关节轻度肿胀，活动受限", ("D0057", "D0488"), 6),
    Illness("外科", "L50.900", "荨麻疹", "皮疹瘙痒{n}天", "躯干散在风团，压之褪色", ("D0233", "D0235"), 4),
    Illness("中医科", "K30.x00", "功能性消化不良", "胃胀纳差{n}天", "舌淡红苔白腻，脉弦", ("D0463", "D0457"), 5),
    Illness(
        "中医科", "G47.000x001", "失眠", "入睡困难{n}天", "舌红少苔，脉细数", ("D0521", "D0523", "D0525", "D0520", "D0527"), 5, herbal=True
    ),
)
CHILDREN: Final = (
    Illness("儿科", "J06.900", "急性上呼吸道感染", "发热流涕{n}天", "咽部充血，扁桃体I度肿大", ("D0068", "D0055", "D0444"), 20),
    Illness("儿科", "J20.900", "急性支气管炎", "咳嗽{n}天", "双肺可闻及痰鸣音", ("D0016", "D0208", "D0443"), 12),
    Illness("儿科", "A09.900x006", "肠炎", "腹泻{n}天", "腹软，肠鸣音活跃，无脱水貌", ("D0183", "D0445"), 8),
)
#: Every drug that an illness asks for, in a fixed order.
DRUGS: Final = tuple(sorted({code for illness in (*ADULTS, *CHILDREN) for code in illness.drugs}))


def fall_ill(rng: random.Random, years: int) -> Illness:
    """What somebody of this age comes with."""
    choices = CHILDREN if years < CHILD_YEARS else ADULTS
    return rng.choices(choices, [illness.weight for illness in choices])[0]


def record_of(rng: random.Random, illness: Illness, *, first_visit: bool) -> RecordText:
    """The record of such a visit, complete."""
    complaint = illness.complaint.format(n=rng.randint(1, 7))
    return RecordText(
        first_visit=first_visit,
        chief_complaint=complaint,
        present_illness=f"患者{complaint}，精神、睡眠可，二便如常。",
        past_history="否认慢性病史",
        allergy_history="见过敏史栏",
        examination=illness.finding,
        auxiliary="未查",
        treatment="药物治疗，注意休息，不适随诊",
    )


def diagnosis_of(illness: Illness) -> Diagnosis:
    """Its ICD-10 entry."""
    return Diagnosis(code=illness.code, name=illness.name)
