"""Spellings by which people, drugs and diagnoses are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.importing.pinyin import MAX_SPELLINGS, spellings, term_spelling


@pytest.mark.parametrize(
    ("name", "proper"),
    [
        ("单雄信", "shanxiongxin"),
        ("曾国藩", "zengguofan"),
        ("解晓东", "xiexiaodong"),
        ("仇英", "qiuying"),
        ("区志强", "ouzhiqiang"),
        ("查良镛", "zhaliangyong"),
        ("盖叫天", "gejiaotian"),
        ("朴正熙", "piaozhengxi"),
        ("任盈盈", "renyingying"),
        ("翟天临", "zhaitianlin"),
        ("覃雪梅", "qinxuemei"),
        ("缪晓春", "miaoxiaochun"),
        ("乐嘉", "yuejia"),
        ("尉迟恭", "yuchigong"),
        ("万俟卨", "moqixie"),
        ("长孙无忌", "zhangsunwuji"),
        ("令狐冲", "linghuchong"),
        ("单于小明", "chanyuxiaoming"),
        ("澹台明", "tantaiming"),
        ("欧阳小明", "ouyangxiaoming"),
        ("吕布", "lvbu"),
        ("张 三", "zhangsan"),
        ("阿卜杜·热西提", "abodurexiti"),
        ("Li 雷", "lilei"),
    ],
)
def test_names(name: str, proper: str) -> None:
    assert spellings(name).full[0] == proper


def test_initials_stand_beside_their_spelling() -> None:
    found = spellings("单雄信")
    assert found.full == ("shanxiongxin", "danxiongxin")
    assert found.initials == ("sxx", "dxx")


def test_the_surname_varies_first() -> None:
    assert spellings("单乐行").full == ("shanlexing", "danlexing", "shanyuexing", "shanlehang")


def test_a_surname_reading_is_not_used_inside_a_given_name() -> None:
    assert spellings("王解放").full == ("wangjiefang",)
    assert spellings("李单").full[0] == "lidan"


def test_a_name_without_han_characters() -> None:
    assert spellings("John Smith").full == ("johnsmith",)
    assert spellings("").full == ("",)


@given(st.text(max_size=12))
def test_spellings_are_ascii_and_few(text: str) -> None:
    found = spellings(text)
    assert 1 <= len(found.full) == len(found.initials) <= MAX_SPELLINGS
    assert all(one.isascii() and one == one.lower() for one in found.full + found.initials)


@pytest.mark.parametrize(
    ("term", "full", "initials"),
    [
        ("白术", "baizhu", "bz"),
        ("参苓白术散", "shenlingbaizhusan", "slbzs"),
        ("维生素B6片", "weishengsub6pian", "wssb6p"),
        ("复方α-酮酸片", "fufangatongsuanpian", "ffatsp"),
        ("氢化可的松乳膏", "qinghuakedisongrugao", "qhkdsrg"),
        ("肺栓塞", "feishuanse", "fss"),
        ("地塞米松", "disaimisong", "dsms"),
        ("阿胶", "ejiao", "ej"),
        ("阿莫西林胶囊", "amoxilinjiaonang", "amxljn"),
        ("枳壳", "zhiqiao", "zq"),
        ("没药", "moyao", "my"),
        ("咯血", "kaxue", "kx"),
        ("酮咯酸氨丁三醇", "tongluosuanandingsanchun", "tlsadsc"),
        ("薄荷", "bohe", "bh"),
        ("上消化道出血", "shangxiaohuadaochuxue", "sxhdcx"),
        ("重组人生长激素", "chongzurenshengzhangjisu", "czrszjs"),
        ("重症肌无力", "zhongzhengjiwuli", "zzjwl"),
        ("荨麻疹", "xunmazhen", "xmz"),
        ("月经失调", "yuejingshitiao", "yjst"),
        ("高血压Ⅱ级", "gaoxueya2ji", "gxy2j"),
    ],
)
def test_medical_terms(term: str, full: str, initials: str) -> None:
    assert term_spelling(term) == (full, initials)


@given(st.text(max_size=20))
def test_term_spellings_are_ascii(text: str) -> None:
    full, initials = term_spelling(text)
    assert full.isascii()
    assert len(initials) <= len(full)
