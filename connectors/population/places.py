"""Where people and companies are: real cities and districts, usual street names, how their telephone numbers look."""

from __future__ import annotations

import random
from dataclasses import dataclass

from connectors.population.happens import happens
from connectors.population.words import words


@dataclass(frozen=True, slots=True)
class City:
    """One city. *area* is the trunk code without the leading 0 (China) or as dialled nationally (elsewhere)."""

    country: str
    state: str
    name: str
    area: str
    postcode: str
    code: str = ""
    districts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Address:
    """One address; *road*, *number* and *inside* (building, floor, room) make up the street line."""

    city: City
    district: str
    road: str
    number: str
    inside: str
    postcode: str


_CHINESE = """
|北京市|10|100|110100|朝阳区 海淀区 西城区 东城区 丰台区 通州区 大兴区 昌平区
|上海市|21|200|310100|浦东新区 黄浦区 徐汇区 静安区 长宁区 闵行区 宝山区 杨浦区
|天津市|22|300|120100|和平区 河西区 南开区 滨海新区 河东区
|重庆市|23|400|500100|渝中区 江北区 渝北区 沙坪坝区 南岸区
广东省|广州市|20|510|440100|天河区 越秀区 海珠区 番禺区 白云区 黄埔区
广东省|深圳市|755|518|440300|南山区 福田区 罗湖区 宝安区 龙岗区 龙华区
广东省|佛山市|757|528|440600|禅城区 南海区 顺德区
广东省|东莞市|769|523|441900|南城街道 虎门镇 长安镇
浙江省|杭州市|571|310|330100|西湖区 上城区 滨江区 余杭区 萧山区 临平区
浙江省|宁波市|574|315|330200|鄞州区 海曙区 江北区 北仑区
浙江省|温州市|577|325|330300|鹿城区 瓯海区 龙湾区
江苏省|南京市|25|210|320100|鼓楼区 玄武区 建邺区 秦淮区 江宁区
江苏省|苏州市|512|215|320500|姑苏区 吴中区 虎丘区 相城区
江苏省|无锡市|510|214|320200|梁溪区 滨湖区 新吴区
四川省|成都市|28|610|510100|武侯区 锦江区 青羊区 高新区 金牛区
湖北省|武汉市|27|430|420100|洪山区 武昌区 江汉区 汉阳区
湖南省|长沙市|731|410|430100|岳麓区 芙蓉区 天心区 雨花区
陕西省|西安市|29|710|610100|雁塔区 碑林区 未央区 莲湖区
山东省|青岛市|532|266|370200|市南区 崂山区 市北区 黄岛区
山东省|济南市|531|250|370100|历下区 市中区 槐荫区
福建省|厦门市|592|361|350200|思明区 湖里区 集美区
福建省|福州市|591|350|350100|鼓楼区 台江区 仓山区
河南省|郑州市|371|450|410100|金水区 二七区 中原区
辽宁省|沈阳市|24|110|210100|和平区 沈河区 铁西区
辽宁省|大连市|411|116|210200|中山区 西岗区 甘井子区
安徽省|合肥市|551|230|340100|蜀山区 包河区 庐阳区
云南省|昆明市|871|650|530100|五华区 盘龙区 官渡区
黑龙江省|哈尔滨市|451|150|230100|南岗区 道里区 香坊区
"""

_WESTERN = """
US|NY|New York|212 646 718|100
US|CA|Los Angeles|213 310 323|900
US|CA|San Francisco|415 628|941
US|IL|Chicago|312 773|606
US|TX|Houston|713 281|770
US|TX|Austin|512 737|787
US|WA|Seattle|206 425|981
US|MA|Boston|617 857|021
US|CO|Denver|303 720|802
US|GA|Atlanta|404 678|303
GB||London|20|EC1A SW1A W1D N1 SE1
GB||Manchester|161|M1 M2 M15
GB||Birmingham|121|B1 B15
GB||Edinburgh|131|EH1 EH3
GB||Leeds|113|LS1 LS6
DE|Berlin|Berlin|30|101
DE|Bayern|München|89|803
DE|Hamburg|Hamburg|40|200
DE|Hessen|Frankfurt am Main|69|603
DE|Nordrhein-Westfalen|Köln|221|506
DE|Baden-Württemberg|Stuttgart|711|701
FR||Paris|1|750
FR||Lyon|4|690
FR||Marseille|4|130
FR||Lille|3|590
FR||Toulouse|5|310
ES|Madrid|Madrid|91|280
ES|Barcelona|Barcelona|93|080
ES|Valencia|Valencia|96|460
IT|MI|Milano|02|201
IT|RM|Roma|06|001
IT|TO|Torino|011|101
"""

CHINESE_ROADS = words("""
人民路 中山路 解放路 建设路 建国路 文化路 和平路 新华路 科技路 学府路 长江路 黄河路 体育路 胜利路 光明路 工业路
创业路 迎宾大道 滨河路 金融街 软件园路 商务大道 环城路 中心大道 友谊路 朝阳路 花园路 延安路 北京路 南京路 四川路
天府大道
""")
CHINESE_ESTATES = words(
    "阳光花园 翠湖苑 金色家园 锦绣城 碧桂园 万科城 幸福里 绿地香颂 丽景湾 学府名苑 江南春城 东方明珠花园"
)
CHINESE_TOWERS = words("国际大厦 环球中心 财富广场 科技大厦 金融中心 创新大厦 软件园 商务楼 世纪广场 联合大厦")
ROADS = {
    "US": "Main_Street Oak_Street Park_Avenue Maple_Avenue Washington_Street Hill_Road Elm_Street Cedar_Lane "
    "Market_Street Broadway Pine_Street Sunset_Boulevard River_Road Church_Street Highland_Avenue",
    "GB": "High_Street Station_Road Church_Lane Victoria_Road Green_Lane Manor_Road Kings_Road Park_Road "
    "Mill_Lane York_Street Albert_Road The_Crescent",
    "DE": "Hauptstraße Schulstraße Gartenstraße Bahnhofstraße Bergstraße Lindenstraße Kirchstraße Waldstraße "
    "Ringstraße Goethestraße Schillerstraße Marktplatz",
    "FR": "rue_de_la_Paix rue_Victor_Hugo avenue_Jean_Jaurès rue_Carnot boulevard_Voltaire place_de_la_Mairie "
    "rue_Pasteur rue_des_Écoles avenue_Foch rue_du_Moulin",
    "ES": "Calle_Mayor Calle_Real Avenida_de_la_Constitución Calle_del_Sol Calle_Cervantes Paseo_de_la_Castellana "
    "Calle_de_Alcalá Gran_Vía Calle_San_Juan",
    "IT": "Via_Roma Via_Garibaldi Corso_Italia Via_Mazzini Via_Dante Piazza_Duomo Via_Verdi Viale_Europa Via_Cavour",
}


def _chinese() -> list[City]:
    rows = [line.split("|") for line in _CHINESE.split("\n") if line]
    return [City("CN", row[0], row[1], row[2], row[3], row[4], tuple(row[5].split())) for row in rows]


def _western() -> dict[str, list[City]]:
    found: dict[str, list[City]] = {}
    for line in filter(None, _WESTERN.split("\n")):
        country, state, name, areas, postcodes = line.split("|")
        for area in areas.split():
            found.setdefault(country, []).append(City(country, state, name, area, postcodes))
    return found


_CITIES_CN = _chinese()
_CITIES_WEST = _western()
_CN_WEIGHTS = [8, 8, 3, 3, 6, 7, 2, 3, 5, 3, 2, 4, 4, 2, 4, 3, 2, 3, 2, 2, 2, 1, 2, 2, 2, 2, 1, 1]
_ROADS = {country: [road.replace("_", " ") for road in roads.split()] for country, roads in ROADS.items()}


def city_of(chance: random.Random, country: str) -> City:
    """Return a city of *country*."""
    if country == "CN":
        return chance.choices(_CITIES_CN, _CN_WEIGHTS)[0]
    return chance.choice(_CITIES_WEST[country])


def address_in(chance: random.Random, city: City, *, office: bool) -> Address:
    """Return an address in *city*, of an office or a home."""
    if city.country == "CN":
        inside = _chinese_inside(chance, office=office)
        postcode = f"{city.postcode}{chance.randrange(0, 999):03d}"
        road, number = chance.choice(CHINESE_ROADS), str(chance.randint(1, 988))
        return Address(city, chance.choice(city.districts), road, number, inside, postcode)
    inside = f"{chance.randint(1, 30)}{chance.choice('ABCD')}" if happens(chance, 0.5 if office else 0.3) else ""
    number = str(chance.randint(1, 240) if city.country != "US" else chance.randint(10, 9899))
    return Address(city, "", chance.choice(_ROADS[city.country]), number, inside, _western_postcode(chance, city))


def _chinese_inside(chance: random.Random, *, office: bool) -> str:
    if office:
        floor = chance.randint(2, 32)
        return f"{chance.choice(CHINESE_TOWERS)}{floor}层{floor}{chance.randint(1, 12):02d}室"
    block, unit, room = chance.randint(1, 28), chance.randint(1, 4), chance.randint(1, 18) * 100 + chance.randint(1, 4)
    return f"{chance.choice(CHINESE_ESTATES)}{block}栋{unit}单元{room}室"


def _western_postcode(chance: random.Random, city: City) -> str:
    if city.country == "GB":
        outward = chance.choice(city.postcode.split())
        return f"{outward} {chance.randint(1, 9)}{''.join(chance.choices('ABDEFGHJLNPQRSTUWXYZ', k=2))}"
    return f"{city.postcode}{chance.randrange(100):02d}"
