"""Readings of characters that a general dictionary gets wrong in names of persons and in medical terms.

Surnames follow the readings used for surnames in 《现代汉语词典》; drugs follow the pinyin titles of the Chinese Pharmacopoeia.
The first reading is the proper one; further ones are what people type who do not know it.
"""

from __future__ import annotations

from typing import Final


def _readings(lines: str) -> dict[str, tuple[str, ...]]:
    """Lines such as ``单 shan dan, 曾 zeng`` as a dictionary."""
    entries = (entry.split() for entry in lines.replace("\n", ",").split(",") if entry.strip())
    return {word: tuple(readings) for word, *readings in entries}


def _phrases(lines: str) -> dict[str, tuple[str, ...]]:
    """Lines such as ``白术 bai zhu`` as a dictionary: one syllable a character."""
    entries = (entry.split() for entry in lines.replace("\n", ",").split(",") if entry.strip())
    return {word: tuple(syllables) for word, *syllables in entries}


SURNAMES: Final = _readings("""
单 shan dan, 曾 zeng, 解 xie jie, 仇 qiu chou, 区 ou qu, 查 zha cha, 盖 ge gai, 朴 piao pu, 任 ren, 华 hua, 尹 yin, 缪 miao mou, 翟 zhai di
乐 yue le, 覃 qin tan, 谌 chen shen, 逄 pang, 冼 xian, 佘 she, 折 she zhe, 员 yun yuan, 郇 huan xun, 晁 chao, 种 chong zhong, 祭 zhai ji
宓 mi fu, 牟 mu mou, 那 na, 宁 ning, 秘 bi mi, 繁 po fan, 薄 bo bao, 卜 bu, 都 du dou, 郗 xi chi, 隗 kui wei, 哈 ha, 阚 kan, 葛 ge
纪 ji, 召 shao zhao, 车 che, 重 chong zhong, 洗 xian xi, 令 ling, 贲 ben, 费 fei bi, 给 ji gei, 盛 sheng cheng, 石 shi, 柏 bai bo
俞 yu, 於 yu, 应 ying, 燕 yan, 尉 wei yu, 黑 he hei, 么 yao me, 撒 sa, 曲 qu, 瞿 qu, 莘 shen xin, 相 xiang, 行 xing hang, 幺 yao
臧 zang, 藏 zang cang, 占 zhan, 曹 cao, 长 chang zhang, 朝 chao zhao, 少 shao, 沈 shen, 适 kuo shi, 斗 dou, 会 gui hui, 教 jiao
角 jue jiao, 句 gou ju, 勾 gou, 过 guo, 干 gan, 广 guang, 観 guan, 观 guan, 冠 guan, 呙 guo, 妫 gui, 炅 gui jiong, 昝 zan, 仉 zhang
郄 qie xi, 亓 qi, 綦 qi, 麴 qu, 璩 qu, 阙 que, 厍 she, 麦 mai, 眭 sui, 钭 tou, 禤 xuan, 鄢 yan, 郧 yun, 笪 da, 乜 nie mie, 邸 di
酆 feng, 甫 fu, 郏 jia, 戢 ji, 揭 jie, 矫 jiao, 靳 jin, 蒯 kuai, 郐 kuai, 乌 wu, 巫 wu, 郤 xi, 胥 xu, 荀 xun, 羿 yi, 訾 zi, 祖 zu
芈 mi, 南 nan, 能 nai neng, 粘 nian, 艾 ai, 敖 ao, 褚 chu, 楚 chu, 啜 chuai, 储 chu, 佴 nai er, 逯 lu, 禄 lu, 娄 lou, 吕 lv lu
闾 lv lu, 律 lv lu, 万 wan, 尧 yao, 银 yin, 殷 yin, 员 yun yuan, 恽 yun, 咎 jiu, 扎 zha, 中 zhong, 訚 yin, 洪 hong, 弘 hong
""")

COMPOUND_SURNAMES: Final = _phrases("""
尉迟 yu chi, 万俟 mo qi, 长孙 zhang sun, 欧阳 ou yang, 太史 tai shi, 端木 duan mu, 上官 shang guan, 司马 si ma, 东方 dong fang
独孤 du gu, 南宫 nan gong, 夏侯 xia hou, 诸葛 zhu ge, 闻人 wen ren, 皇甫 huang fu, 公羊 gong yang, 澹台 tan tai, 公冶 gong ye
宗政 zong zheng, 濮阳 pu yang, 淳于 chun yu, 单于 chan yu, 太叔 tai shu, 申屠 shen tu, 公孙 gong sun, 仲孙 zhong sun, 轩辕 xuan yuan
令狐 ling hu, 钟离 zhong li, 宇文 yu wen, 慕容 mu rong, 鲜于 xian yu, 闾丘 lv qiu, 司徒 si tu, 司空 si kong, 亓官 qi guan, 司寇 si kou
子车 zi ju, 颛孙 zhuan sun, 巫马 wu ma, 公西 gong xi, 漆雕 qi diao, 乐正 yue zheng, 壤驷 rang si, 公良 gong liang, 拓跋 tuo ba
夹谷 jia gu, 宰父 zai fu, 谷梁 gu liang, 段干 duan gan, 百里 bai li, 呼延 hu yan, 东郭 dong guo, 南门 nan men, 羊舌 yang she
微生 wei sheng, 梁丘 liang qiu, 左丘 zuo qiu, 东门 dong men, 西门 xi men, 赫连 he lian, 哥舒 ge shu, 完颜 wan yan, 叶赫 ye he
纳兰 na lan, 耶律 ye lv, 爱新觉罗 ai xin jue luo
""")

GIVEN_NAMES: Final = _readings("""
乐 le yue, 行 xing hang, 长 chang zhang, 重 chong zhong, 朝 chao zhao, 茜 qian xi, 晟 sheng cheng, 莘 xin shen, 柏 bai bo, 盛 sheng cheng
藏 cang zang, 仔 zai zi, 娜 na nuo, 隽 jun juan, 都 du dou, 厦 xia sha, 会 hui, 曾 zeng ceng, 单 dan shan, 石 shi, 少 shao, 参 shen can
阿 a e, 奇 qi, 俊 jun, 大 da, 调 tiao diao, 强 qiang, 好 hao, 和 he, 还 huan hai, 见 jian, 降 xiang jiang, 卡 ka, 乾 qian gan, 覃 tan qin
翟 zhai di, 尉 wei, 校 xiao jiao, 吓 xia he, 巷 xiang, 兴 xing, 宁 ning, 应 ying, 相 xiang, 数 shu, 为 wei, 中 zhong, 正 zheng, 传 chuan
露 lu, 车 che, 洗 xi, 琦 qi, 蕃 fan, 菲 fei, 缪 miao mou, 缨 ying, 识 shi zhi, 殷 yin, 尧 yao, 的 di, 地 di, 得 de, 了 liao, 着 zhuo, 过 guo
将 jiang, 干 gan, 分 fen, 发 fa, 空 kong, 种 zhong, 觉 jue, 角 jue jiao, 乘 cheng, 胜 sheng, 称 cheng, 奔 ben, 冠 guan, 观 guan, 更 geng
""")

#: Single characters whose reading in medical terms differs from the dictionary's first choice.
TERM_CHARACTERS: Final[dict[str, str]] = {
    "血": "xue",
    "参": "shen",
    "和": "he",
    "传": "chuan",
    "调": "tiao",
    "的": "de",
    "术": "shu",
    "弹": "tan",
    "塞": "sai",
    "咯": "luo",
    "角": "jiao",
    "恶": "e",
    "重": "zhong",
    "长": "chang",
    "薄": "bao",
    "差": "cha",
    "行": "xing",
    "壳": "ke",
    "藏": "cang",
    "柏": "bai",
    "便": "bian",
    "曲": "qu",
    "强": "qiang",
    "尿": "niao",
    "吡": "bi",
    "哌": "pai",
    "嘧": "mi",
    "䓬": "zhuo",
    "芎": "xiong",
    "萸": "yu",
    "芪": "qi",
    "蛸": "xiao",
    "苷": "gan",
    "肽": "tai",
    "α": "a",
    "β": "b",
    "γ": "g",
    "δ": "d",
    "κ": "k",
    "ω": "o",
    "Ⅰ": "1",
    "Ⅱ": "2",
    "Ⅲ": "3",
    "Ⅳ": "4",
}

TERM_PHRASES: Final = _phrases("""
白术 bai zhu, 苍术 cang zhu, 莪术 e zhu, 参加 can jia, 参照 can zhao, 参与 can yu, 参差 cen ci, 参考 can kao, 阿胶 e jiao, 阿片 a pian
可的松 ke di song, 阿的平 a di ping, 波罗的海 bo luo di hai, 吗啡 ma fei, 吗丁啉 ma ding lin, 咯血 ka xue, 咯痰 ka tan
栓塞 shuan se, 闭塞 bi se, 阻塞 zu se, 梗塞 geng se, 鼻塞 bi se, 堵塞 du se, 填塞 tian se, 嵌塞 qian se, 耳塞 er sai, 便塞 bian se
重组 chong zu, 重叠 chong die, 重复 chong fu, 双重 shuang chong, 三重 san chong, 多重 duo chong, 重建 chong jian, 重度 zhong du
生长 sheng zhang, 增长 zeng zhang, 长大 zhang da, 调查 diao cha, 音调 yin diao, 语调 yu diao, 薄荷 bo he, 屈光参差 qu guang cen ci
龟裂 jun lie, 龟甲 gui jia, 龟板 gui ban, 龟头 gui tou, 蛤蚧 ge jie, 蛤壳 ge qiao, 枳壳 zhi qiao, 海蛤 hai ge, 龟鹿 gui lu
没药 mo yao, 藏红花 zang hong hua, 藏青果 zang qing guo, 西藏 xi zang, 藏茵陈 zang yin chen, 宝藏 bao zang, 大黄 da huang, 大枣 da zao
茜草 qian cao, 茜素 qian su, 仔细 zi xi, 厌恶 yan wu, 强直 qiang zhi, 胸膜 xiong mo, 车前 che qian, 射干 she gan, 干姜 gan jiang
薏苡 yi yi, 石斛 shi hu, 山茱萸 shan zhu yu, 吴茱萸 wu zhu yu, 桑螵蛸 sang piao xiao, 海螵蛸 hai piao xiao, 荜茇 bi bo, 白芨 bai ji
芫花 yuan hua, 芫荽 yan sui, 葶苈 ting li, 牡蛎 mu li, 地骨皮 di gu pi, 莱菔 lai fu, 柏子仁 bai zi ren, 侧柏 ce bai, 黄柏 huang bai
银行 yin hang, 上行性 shang xing xing, 内行 nei xing, 着床 zhuo chuang, 沉着 chen zhuo, 附着 fu zhuo, 粘着 zhan zhuo, 黏着 nian zhuo
率 lv, 心率 xin lv, 数脉 shuo mai, 还少 huan shao, 血脂 xue zhi, 降脂 jiang zhi, 降压 jiang ya, 盛 sheng, 解毒 jie du, 给药 gei yao
晕动 yun dong, 头晕 tou yun, 眩晕 xuan yun, 角化 jiao hua, 口角 kou jiao, 弹丸 dan wan, 子弹 zi dan, 炮姜 pao jiang, 炮附片 pao fu pian
炮制 pao zhi, 朝鲜 chao xian, 泡腾 pao teng, 散剂 san ji, 口服散 kou fu san, 血尿 xue niao, 分泌 fen mi, 分娩 fen mian, 泌尿 mi niao
便秘 bian mi, 大便 da bian, 粪便 fen bian, 小便 xiao bian, 骨折 gu zhe, 骨骼 gu ge, 胳膊 ge bo, 露 lu, 肩胛 jian jia, 结石 jie shi
阿莫西林 a mo xi lin, 阿奇霉素 a qi mei su, 阿司匹林 a si pi lin, 阿昔洛韦 a xi luo wei, 阿托伐他汀 a tuo fa ta ting, 阿卡波糖 a ka bo tang
单纯 dan chun, 单侧 dan ce, 会阴 hui yin, 会厌 hui yan, 脏器 zang qi, 心脏 xin zang, 内脏 nei zang, 肾脏 shen zang, 脏躁 zang zao
颤 chan, 震颤 zhen chan, 颤动 chan dong, 呼吸 hu xi, 吐泻 tu xie, 呕吐 ou tu, 吐血 tu xue, 膀胱 pang guang, 肩膀 jian bang, 脖颈 bo jing
恶心 e xin, 荨麻疹 xun ma zhen, 荨麻 qian ma, 熨 yun, 溃疡 kui yang, 疟 nve, 疟疾 nve ji, 瘙痒 sao yang, 假性 jia xing, 落枕 lao zhen
""")
