"""Chinese names: surnames with their share of the population, given-name characters, pinyin, traditional forms."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from connectors.population.happens import happens

SURNAMES = """
王 wang 717, 李 li 700, 张 zhang 674, 刘 liu 510, 陈 chen 461, 杨 yang 322, 黄 huang 245, 吴 wu 200, 赵 zhao 200,
周 zhou 190, 徐 xu 145, 孙 sun 138, 马 ma 129, 朱 zhu 128, 胡 hu 116, 林 lin 113, 郭 guo 113, 何 he 106, 高 gao 100,
罗 luo 95, 郑 zheng 93, 梁 liang 85, 谢 xie 76, 宋 song 70, 唐 tang 69, 许 xu 66, 邓 deng 62, 冯 feng 62, 韩 han 61,
曹 cao 60, 曾 zeng 58, 彭 peng 58, 萧 xiao 56, 蔡 cai 55, 潘 pan 54, 田 tian 53, 董 dong 52, 袁 yuan 51, 于 yu 51,
余 yu 49, 叶 ye 48, 蒋 jiang 48, 杜 du 47, 苏 su 46, 魏 wei 46, 程 cheng 45, 吕 lv 45, 丁 ding 43, 沈 shen 41,
任 ren 41, 姚 yao 40, 卢 lu 40, 傅 fu 39, 钟 zhong 39, 姜 jiang 38, 崔 cui 38, 谭 tan 37, 廖 liao 36, 范 fan 35,
汪 wang 35, 陆 lu 34, 金 jin 34, 石 shi 33, 戴 dai 33, 贾 jia 32, 韦 wei 32, 夏 xia 31, 邱 qiu 30, 方 fang 30,
侯 hou 29, 邹 zou 29, 熊 xiong 28, 孟 meng 28, 秦 qin 27, 白 bai 27, 江 jiang 26, 阎 yan 26, 薛 xue 25, 尹 yin 25,
段 duan 24, 雷 lei 24, 黎 li 23, 史 shi 22, 龙 long 22, 陶 tao 21, 贺 he 21, 顾 gu 20, 毛 mao 20, 郝 hao 20,
龚 gong 19, 邵 shao 19, 万 wan 19, 钱 qian 18, 严 yan 18, 赖 lai 17, 覃 qin 17, 洪 hong 16, 武 wu 16, 莫 mo 15,
孔 kong 15, 汤 tang 15, 向 xiang 14, 常 chang 14, 温 wen 13, 康 kang 13, 施 shi 12, 文 wen 12, 牛 niu 12, 樊 fan 11,
葛 ge 11, 邢 xing 10, 安 an 10, 齐 qi 10, 易 yi 10, 乔 qiao 9, 伍 wu 9, 庞 pang 9, 颜 yan 9, 倪 ni 8, 庄 zhuang 8,
聂 nie 8, 章 zhang 8, 鲁 lu 8, 岳 yue 7, 翟 zhai 7, 申 shen 7, 欧阳 ouyang 6, 耿 geng 6, 关 guan 6, 兰 lan 6,
焦 jiao 5, 俞 yu 5, 左 zuo 5, 柳 liu 5, 甘 gan 5, 祝 zhu 5, 包 bao 5, 司马 sima 2, 上官 shangguan 2, 诸葛 zhuge 2,
慕容 murong 1, 尉迟 yuchi 1, 单 shan 3, 仇 qiu 2, 查 zha 2, 解 xie 2, 区 ou 1, 盖 ge 1, 朴 piao 1
"""

MALE = """
伟wei 伟wei 伟wei 强qiang 强qiang 磊lei 磊lei 军jun 军jun 洋yang 勇yong 勇yong 杰jie 杰jie 涛tao 涛tao 明ming 明ming
超chao 刚gang 平ping 辉hui 鹏peng 华hua 华hua 飞fei 鑫xin 波bo 斌bin 宇yu 浩hao 凯kai 健jian 俊jun 帅shuai 建jian
建jian 志zhi 志zhi 文wen 文wen 国guo 海hai 子zi 天tian 泽ze 轩xuan 晨chen 睿rui 博bo 宏hong 庆qing 林lin 峰feng
龙long 亮liang 东dong 成cheng 旭xu 毅yi 松song 彬bin 武wu 新xin 永yong 世shi 家jia 福fu 德de 立li 光guang 学xue
振zhen 晓xiao 少shao 贵gui 荣rong 祥xiang 炜wei 玮wei 岩yan 昊hao 翔xiang 哲zhe 楠nan 坤kun 锋feng 航hang 诚cheng
"""

FEMALE = """
芳fang 芳fang 娜na 娜na 敏min 敏min 静jing 静jing 丽li 丽li 艳yan 艳yan 娟juan 霞xia 秀xiu 秀xiu 燕yan 玲ling 玲ling
桂gui 丹dan 萍ping 红hong 红hong 玉yu 玉yu 兰lan 英ying 英ying 梅mei 莉li 雪xue 倩qian 婷ting 婷ting 洁jie 颖ying
琳lin 晶jing 欣xin 佳jia 怡yi 梦meng 雨yu 思si 诗shi 雅ya 淑shu 慧hui 云yun 凤feng 珍zhen 莹ying 璐lu 月yue 瑶yao
妍yan 琪qi 萱xuan 涵han 悦yue 晓xiao 春chun 美mei 蕾lei 薇wei 彤tong 靖jing 婧jing 瑜yu 宁ning 蓉rong 芬fen 华hua
"""

_SIMPLE = (
    "张刘陈杨赵黄吴孙马罗郑谢韩冯邓许叶苏吕蒋贾钟谭陆邹万贺龙钱严赖龚庞兰齐颜卢汤贾韦阎顾乔庄聂鲁关单区盖"
    "伟强军涛刚辉鹏华飞凯帅国泽轩庆峰东荣诚锋静丽艳红兰颖云凤莹蕾宁贵学晓杰毅佳"
    "鼎达联创远汇宝环业电实贸际术络疗药设备装饰车货运输进饮农机产经济团纺织务传媒会网场门"
    "广苏厦长阳庆汉沈岛连济宁门街楼号单园区湾龙岗罗虎黄浦东闵宝静区义乌济"
)
_TRADITIONAL = (
    "張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許葉蘇呂蔣賈鍾譚陸鄒萬賀龍錢嚴賴龔龐蘭齊顏盧湯賈韋閻顧喬莊聶魯關單區蓋"
    "偉強軍濤剛輝鵬華飛凱帥國澤軒慶峰東榮誠鋒靜麗艷紅蘭穎雲鳳瑩蕾寧貴學曉傑毅佳"
    "鼎達聯創遠匯寶環業電實貿際術絡療藥設備裝飾車貨運輸進飲農機產經濟團紡織務傳媒會網場門"
    "廣蘇廈長陽慶漢瀋島連濟寧門街樓號單園區灣龍崗羅虎黃浦東閔寶靜區義烏濟"
)
TO_TRADITIONAL = str.maketrans(dict(zip(_SIMPLE, _TRADITIONAL, strict=True)))


@dataclass(frozen=True, slots=True)
class ChineseName:
    """A name in characters and in pinyin."""

    family: str
    given: str
    family_pinyin: str
    given_pinyin: str


def _surnames() -> tuple[list[tuple[str, str]], list[int]]:
    rows = [one.split() for one in SURNAMES.replace("\n", " ").split(",")]
    return [(row[0], row[1]) for row in rows], list(accumulate(int(row[2]) for row in rows))


_FAMILIES, _FAMILY_WEIGHTS = _surnames()
_GIVEN = {
    "m": [(one[0], one[1:]) for one in MALE.split()],
    "f": [(one[0], one[1:]) for one in FEMALE.split()],
}


def _homophones() -> Mapping[str, str]:
    """Character -> other given-name characters that sound the same (伟 -> 炜玮)."""
    by_sound: dict[str, dict[str, None]] = {}
    for character, sound in _GIVEN["m"] + _GIVEN["f"]:
        by_sound.setdefault(sound, {})[character] = None
    return {one: "".join(other for other in group if other != one) for group in by_sound.values() for one in group}


HOMOPHONES = _homophones()


def family_of(chance: random.Random) -> tuple[str, str]:
    """Return a surname and its pinyin, by their share."""
    return chance.choices(_FAMILIES, cum_weights=_FAMILY_WEIGHTS)[0]


def given_of(chance: random.Random, gender: str, single: float = 0.3) -> tuple[str, str]:
    """Return a given name of one (chance *single*) or two characters, and its pinyin."""
    first, sound = chance.choice(_GIVEN[gender])
    if happens(chance, single):
        return first, sound
    second, second_sound = chance.choice(_GIVEN[gender])
    return first + second, sound + second_sound


def name_of(chance: random.Random, gender: str) -> ChineseName:
    """Return a whole name."""
    family, family_pinyin = family_of(chance)
    given, given_pinyin = given_of(chance, gender)
    return ChineseName(family, given, family_pinyin, given_pinyin)
