"""True companies: place, brand, trade and form; registration number; domain; switchboard; office."""

from __future__ import annotations

import random
from dataclasses import dataclass

from connectors.population.happens import happens
from connectors.population.phones import fixed_of
from connectors.population.places import Address, City, address_in, city_of
from connectors.population.western_names import FAMILIES
from connectors.population.words import words

_BRANDS = words("""
星xing 海hai 华hua 盛sheng 鼎ding 瑞rui 恒heng 博bo 安an 达da 信xin 联lian 东dong 金jin 嘉jia 诚cheng 宏hong
泰tai 云yun 智zhi 创chuang 德de 凯kai 易yi 天tian 远yuan 新xin 正zheng 中zhong 百bai 锐rui 优you 蓝lan 启qi
卓zhuo 睿rui 和he 隆long 腾teng 骏jun 辰chen 朗lang 科ke 润run 佳jia 旭xu 晟sheng 汇hui 宝bao 亿yi
""")
_TRADES = words("""
科技 technology 信息技术 infotech 网络科技 network 电子 electronics 贸易 trading 国际贸易 intl_trade 实业
industrial 机械 machinery 自动化设备 automation 生物科技 biotech 医疗器械 medical 食品 foods 餐饮管理 catering
物流 logistics 供应链管理 supply_chain 建筑工程 construction 装饰工程 decoration 文化传媒 media 广告 advertising
教育科技 education 咨询 consulting 投资管理 investment 新能源 energy 环保科技 environmental 纺织 textile 服装
apparel 化工 chemical 新材料 materials 汽车零部件 auto_parts 农业发展 agriculture
""")
_FORMS = (("有限公司", 78), ("有限责任公司", 8), ("股份有限公司", 7), ("集团有限公司", 5), ("（集团）股份有限公司", 2))

_WEST_BRANDS = words("""
Northwind Bluewater Summit Pinnacle Redwood Ironbridge Silverline Oakfield Brightstone Cascade Evergreen
Harborview Keystone Lakeshore Meridian Orion Paragon Quantum Ridgeway Sterling Tidewater Vanguard Westbrook
Crestline Falcon Granite Horizon Juniper Kestrel Lumen Monarch Nimbus Onyx Polaris Sapphire Talon Umbra Vertex
Willow Zenith Alder Beacon Cobalt Delta Ember Fjord Glacier Helix Indigo Jade Aurora Borealis Castor Dover
Elmwood Fairway Gateway Hawthorn Inverness Jasper Kingfisher Larkspur Magnolia Norwood Osprey Prairie Quarry
Rosewood Sequoia
""")
_WEST_TRADES = {
    "en": "Logistics Software Foods Consulting Systems Engineering Supplies Design Media Energy Capital Analytics "
    "Pharma Packaging Textiles Motors Trading Instruments Robotics Partners",
    "de": "Maschinenbau Logistik Software Handel Technik Elektronik Beratung Verlag Bau Metallbau Energie",
    "fr": "Conseil Logistique Informatique Industries Transports Services Ingénierie Distribution Médias Énergie",
    "es": "Servicios Ingeniería Logística Alimentación Consultores Construcciones Textil Energía Distribuciones",
    "it": "Servizi Ingegneria Logistica Alimentari Consulenza Costruzioni Tessuti Energia Meccanica",
}
WEST_FORMS = {
    "US": ("Inc.", "Inc.", "LLC", "Corporation", "Corp.", "Co."),
    "GB": ("Ltd", "Ltd", "Limited", "PLC"),
    "DE": ("GmbH", "GmbH", "GmbH & Co. KG", "AG"),
    "FR": ("SARL", "SAS", "S.A."),
    "ES": ("S.L.", "S.A."),
    "IT": ("S.r.l.", "S.p.A."),
}
LANGUAGES = {"CN": "zh", "US": "en", "GB": "en", "DE": "de", "FR": "fr", "ES": "es", "IT": "it"}
_ASCII = str.maketrans("äöüßéèêáíóúñç'", "aouseeeaiounc-")

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Company:
    """The truth about one company. *place*, *brand*, *trade* and *form* make up the registered name."""

    customer: str
    country: str
    place: str
    brand: str
    trade: str
    form: str
    name: str
    english: str
    uscc: str
    domain: str
    switchboard: str
    office: Address
    size: int

    @property
    def chinese(self) -> bool:
        """Whether its name is written in Chinese."""
        return self.country == "CN"


def company_of(chance: random.Random, customer: str, country: str, size: int, taken: set[str]) -> Company:
    """Return a company; its domain and name are added to *taken*, so that no other gets them."""
    city = city_of(chance, country)
    make = _chinese if country == "CN" else _western
    while True:
        place, brand, trade, form, name, english, stem = make(chance, city)
        if name not in taken:
            taken.add(name)
            break
    return Company(
        customer,
        country,
        place,
        brand,
        trade,
        form,
        name,
        english,
        uscc_of(chance, city.code) if country == "CN" else "",
        _domain(chance, stem, country, taken),
        fixed_of(chance, city),
        address_in(chance, city, office=True),
        size,
    )


_Parts = tuple[str, str, str, str, str, str, str]


def _chinese(chance: random.Random, city: City) -> _Parts:
    place = city.name.removesuffix("市")
    count = 2 if happens(chance, 0.75) else 3
    letters = [chance.choice(_BRANDS) for _ in range(count)]
    brand, sound = "".join(one[0] for one in letters), "".join(one[1:] for one in letters)
    row = 2 * chance.randrange(len(_TRADES) // 2)
    trade, english_trade = _TRADES[row], _TRADES[row + 1].replace("_", " ").title()
    form = chance.choices([one for one, _ in _FORMS], [weight for _, weight in _FORMS])[0]
    bracketed = happens(chance, 0.15)
    name = f"{brand}（{place}）{trade}{form}" if bracketed else f"{place}{brand}{trade}{form}"
    return place, brand, trade, form, name, f"{sound.title()} {english_trade} Co., Ltd.", sound


def _western(chance: random.Random, city: City) -> _Parts:
    language = LANGUAGES[city.country]
    brand = f"{chance.choice(_WEST_BRANDS)} {chance.choice(_WEST_BRANDS)}"
    if happens(chance, 0.25):
        brand = chance.choice(FAMILIES[language]).replace("_", " ")
    trade = chance.choice(_WEST_TRADES[language].split())
    form = chance.choice(WEST_FORMS[city.country])
    return city.name, brand, trade, form, f"{brand} {trade} {form}", f"{brand} {trade}", brand.replace(" ", "")


def _domain(chance: random.Random, stem: str, country: str, taken: set[str]) -> str:
    endings = {"CN": ("com", "cn", "com.cn", "net"), "US": ("com", "io"), "GB": ("co.uk", "com")}
    stem = stem.lower().translate(_ASCII)
    domain = f"{stem}.{chance.choice(endings.get(country, (country.lower(), 'com')))}"
    while domain in taken:
        domain = f"{stem}-{chance.choice(('group', 'tech', 'hq', 'co', 'corp'))}{chance.randrange(1000)}.com"
    taken.add(domain)
    return domain


def uscc_of(chance: random.Random, code: str) -> str:
    """Return a valid unified social credit code (GB 32100-2015) registered at division *code*."""
    organisation = "".join(chance.choice(_USCC_ALPHABET) for _ in range(8))
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    rest = -sum(w * alphabet.index(c) for w, c in zip(_ORGANISATION_WEIGHTS, organisation, strict=True)) % 11
    body = f"91{code}{organisation}{'X' if rest == 10 else rest}"  # noqa: PLR2004 (GB 11714: 10 is written X)
    total = sum(_USCC_ALPHABET.index(c) * pow(3, place, 31) for place, c in enumerate(body))
    return body + _USCC_ALPHABET[-total % 31]
