"""Names, places and numbering plans of the countries that the sample data comes from.

Everything is made of public lists of common names and large cities. Phone patterns are written
in the digits after the country code: `#` is any digit, `%` is 2-9, `[abc]` one of these; the
numbers are valid in libphonenumber's plans, and those of North America use the 555 exchange.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A city with what belongs to it. `area` is the area code without the trunk prefix."""

    city: str
    state: str
    postcode: str  # a pattern of `#`
    area: str


@dataclass(frozen=True, slots=True)
class Locale:
    """One country's way to name people, firms and streets."""

    country: str
    code: str  # ISO 3166
    calling: str  # country calling code
    trunk: str  # prefix of a national call
    share: float  # of all customers
    given: tuple[str, ...]
    surnames: tuple[str, ...]
    places: tuple[Place, ...]
    streets: tuple[str, ...]
    mobile: tuple[str, ...]  # patterns
    landline: tuple[str, ...]  # patterns of what follows the area code
    groups: tuple[int, ...]  # how the digits of a number are grouped
    legal_forms: tuple[str, ...]
    trades: tuple[str, ...]
    titles: tuple[str, ...]
    address: str = "{number} {street}"
    family_first: bool = False
    joiner: str = " "  # between the parts of a name


def _split(text: str) -> tuple[str, ...]:
    """The names of a table, separated by blanks; `_` stands for a blank inside a name."""
    return tuple(word.replace("_", " ") for word in text.split())


def _places(text: str) -> tuple[Place, ...]:
    """One place a line: city, state, postcode pattern and area code, separated by bars."""
    return tuple(Place(*re.split(r"\s*\|\s*", line.strip())) for line in text.strip().splitlines())


_TITLES = _split(
    "Buyer Head_of_Purchasing Sales_Manager Managing_Director Accountant Office_Manager CTO CEO "
    "CFO Project_Lead Engineer Product_Manager Marketing_Manager Owner Partner Consultant "
    "HR_Manager Logistics_Lead Team_Assistant Quality_Manager"
)
_TRADES = _split(
    "Logistics Foods Software Textiles Dental Print Solar Furniture Motors Optics Travel Media "
    "Robotics Packaging Insurance Garden Timber Coffee Metals Chemicals Security Tools Events "
    "Publishing Ceramics Energy Bikes Pharma Audio Farms"
)
_GIVEN_EN = _split(
    "James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara "
    "Richard Susan Joseph Jessica Thomas Sarah Charles Karen Christopher Nancy Daniel Lisa "
    "Matthew Betty Anthony Margaret Mark Sandra Donald Ashley Steven Kimberly Paul Emily Andrew "
    "Donna Joshua Michelle Kenneth Carol Kevin Amanda Brian Dorothy George Melissa Edward "
    "Deborah Ronald Stephanie Timothy Rebecca Jason Sharon Jeffrey Laura Ryan Cynthia Jacob "
    "Kathleen Gary Amy Nicholas Angela Eric Shirley Jonathan Anna Stephen Ruth Larry Brenda "
    "Justin Pamela Scott Nicole Brandon Katherine Benjamin Samantha Samuel Christine Gregory "
    "Emma Frank Catherine Alexander Debra Raymond Virginia Patrick Rachel Jack Carolyn Dennis "
    "Janet Jerry Maria Oliver Harry Amelia Isla Sophie Liam Noah Siobhán Aoife Niamh Seán Fiona "
    "Hamish Callum"
)
_SURNAMES_EN = _split(
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez "
    "Gonzalez Wilson Anderson Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris "
    "Sanchez Clark Ramirez Lewis Robinson Walker Young Allen King Wright Scott Torres Nguyen "
    "Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts Gomez "
    "Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy "
    "Cook Rogers Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox "
    "Ward Richardson Watson Brooks Chavez Wood James Bennett Gray Mendoza Ruiz Hughes Price "
    "Alvarez Castillo Sanders Patel Myers Long Ross Foster O'Brien O'Connor McCarthy MacDonald "
    "Fitzgerald Doyle Byrne Walsh Whitaker Pemberton Ashworth Fairbanks Holloway Lockwood "
    "Hargreaves van_der_Berg St._John Smith-Jones"
)
_STREETS_EN = _split(
    "Main_Street Oak_Avenue Maple_Drive Cedar_Lane Washington_Street Park_Avenue Elm_Street "
    "Lake_View_Road Hill_Street Mill_Lane Church_Street High_Street Station_Road Victoria_Road "
    "Queen_Street King_Street Market_Street River_Road Sunset_Boulevard Highland_Avenue"
)

_UNITED_STATES = Locale(
    "United States", "US", "1", "", 0.27, _GIVEN_EN, _SURNAMES_EN,
    _places("""
        New York | NY | 100## | 212
        Los Angeles | CA | 900## | 213
        Chicago | IL | 606## | 312
        Houston | TX | 770## | 713
        Phoenix | AZ | 850## | 602
        Philadelphia | PA | 191## | 215
        San Antonio | TX | 782## | 210
        San Diego | CA | 921## | 619
        Seattle | WA | 981## | 206
        Denver | CO | 802## | 303
        Boston | MA | 021## | 617
        Portland | OR | 972## | 503
        Atlanta | GA | 303## | 404
        Miami | FL | 331## | 305
        Minneapolis | MN | 554## | 612
    """),
    _STREETS_EN, (), ("555####",), (3, 3, 4),
    ("Inc.", "LLC", "Corp.", "& Sons", "Group"), _TRADES, _TITLES,
)  # fmt: skip
_CANADA = Locale(
    "Canada", "CA", "1", "", 0.05, _GIVEN_EN, _SURNAMES_EN,
    _places("""
        Toronto | ON | M5V 2T6 | 416
        Vancouver | BC | V6B 1A1 | 604
        Montréal | QC | H2Y 1C6 | 514
        Calgary | AB | T2P 2M5 | 403
        Québec | QC | G1R 4P5 | 418
    """),
    _STREETS_EN, (), ("555####",), (3, 3, 4),
    ("Inc.", "Ltd.", "Group"), _TRADES, _TITLES,
)  # fmt: skip
_UNITED_KINGDOM = Locale(
    "United Kingdom", "GB", "44", "0", 0.13, _GIVEN_EN, _SURNAMES_EN,
    _places("""
        London | England | EC1A 1BB | 207
        Birmingham | England | B2 4QA | 121
        Manchester | England | M1 1AE | 161
        Leeds | England | LS1 4DY | 113
        Glasgow | Scotland | G1 1XQ | 141
        Edinburgh | Scotland | EH1 1YZ | 131
        Cardiff | Wales | CF10 1EP | 292
        Bristol | England | BS1 4ST | 117
    """),
    _STREETS_EN, ("74######%#", "77######%#", "79[1-9]#####%#"), ("0%#####", "9%#####"), (4, 6),
    ("Ltd", "plc", "& Co", "LLP"), _TRADES, _TITLES,
)  # fmt: skip
_AUSTRALIA = Locale(
    "Australia", "AU", "61", "0", 0.05, _GIVEN_EN, _SURNAMES_EN,
    _places("""
        Sydney | NSW | 20## | 2
        Melbourne | VIC | 30## | 3
        Brisbane | QLD | 40## | 7
        Perth | WA | 60## | 8
        Adelaide | SA | 50## | 8
    """),
    _STREETS_EN, ("41#######", "40#######"), ("9[2-9]######",), (3, 3, 3),
    ("Pty Ltd", "Group"), _TRADES, _TITLES,
)  # fmt: skip

_SURNAMES_ZH = _split(
    "王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 黄:huang 赵:zhao 吴:wu 周:zhou 徐:xu 孙:sun "
    "马:ma 朱:zhu 胡:hu 郭:guo 何:he 林:lin 高:gao 罗:luo 郑:zheng 梁:liang 谢:xie 宋:song "
    "唐:tang 许:xu 韩:han 邓:deng 冯:feng 曹:cao 彭:peng 曾:zeng 肖:xiao 田:tian 董:dong 潘:pan "
    "袁:yuan 蔡:cai 蒋:jiang 余:yu 于:yu 杜:du 叶:ye 程:cheng 魏:wei 苏:su 吕:lv 丁:ding 任:ren "
    "卢:lu 姚:yao 沈:shen 钟:zhong 姜:jiang 崔:cui 谭:tan 陆:lu 范:fan 汪:wang 廖:liao 石:shi "
    "金:jin 韦:wei 贾:jia 夏:xia 付:fu 方:fang 邹:zou 熊:xiong 白:bai 孟:meng 秦:qin 邱:qiu "
    "侯:hou 江:jiang 尹:yin 薛:xue 闫:yan 段:duan 雷:lei 龙:long 黎:li 史:shi 陶:tao 贺:he "
    "毛:mao 郝:hao 顾:gu 龚:gong 单:shan 仇:qiu 欧阳:ouyang 司马:sima 上官:shangguan 诸葛:zhuge"
)
_GIVEN_ZH = _split(
    "伟:wei 芳:fang 娜:na 敏:min 静:jing 丽:li 强:qiang 磊:lei 军:jun 洋:yang 勇:yong 艳:yan "
    "杰:jie 涛:tao 明:ming 超:chao 霞:xia 平:ping 刚:gang 桂英:guiying 秀英:xiuying 建国:jianguo "
    "建华:jianhua 志强:zhiqiang 志明:zhiming 晓明:xiaoming 小红:xiaohong 小明:xiaoming "
    "文博:wenbo 浩然:haoran 子轩:zixuan 梓涵:zihan 雨桐:yutong 欣怡:xinyi 诗涵:shihan "
    "宇航:yuhang 一诺:yinuo 思远:siyuan 嘉怡:jiayi 佳琪:jiaqi 国强:guoqiang 海燕:haiyan "
    "春梅:chunmei 晓东:xiaodong 俊杰:junjie 家豪:jiahao 婷婷:tingting 雪梅:xuemei 玉兰:yulan "
    "立新:lixin 永强:yongqiang 少华:shaohua 天宇:tianyu 若曦:ruoxi 博文:bowen 美玲:meiling "
    "丽华:lihua 振华:zhenhua 淑芬:shufen 冠宇:guanyu 承恩:chengen 怡君:yijun 雅婷:yating "
    "宗翰:zonghan"
)
_STREETS_ZH = _split(
    "中山路 人民路 解放路 建设路 和平街 文化路 新华路 朝阳街 南京路 北京路 长江路 黄河路 "
    "科技园路 学府路 滨江大道 世纪大道 幸福街 花园路 东风路 光明街"
)
_TRADES_ZH = _split(
    "科技:keji 贸易:maoyi 实业:shiye 电子:dianzi 物流:wuliu 食品:shipin 医疗器械:yiliao "
    "建材:jiancai 文化传媒:chuanmei 信息技术:xinxi 机械:jixie 纺织:fangzhi 化工:huagong "
    "环保:huanbao 教育:jiaoyu 餐饮:canyin 汽车服务:qiche 旅游:lvyou 广告:guanggao "
    "装饰工程:zhuangshi"
)
_BRANDS_ZH = _split(
    "华星:huaxing 鼎盛:dingsheng 恒通:hengtong 瑞达:ruida 天成:tiancheng 金源:jinyuan "
    "宏图:hongtu 博雅:boya 立信:lixin 新世纪:xinshiji 蓝海:lanhai 远景:yuanjing "
    "汇丰源:huifengyuan 东方红:dongfanghong 中联:zhonglian 万家:wanjia 康泰:kangtai 启明:qiming "
    "云帆:yunfan 凯旋:kaixuan 盛唐:shengtang 百川:baichuan 海纳:haina 智达:zhida 卓越:zhuoyue "
    "信诚:xincheng 安泰:antai 永兴:yongxing 利群:liqun 德隆:delong"
)
_TITLES_ZH = _split(
    "采购经理 总经理 销售总监 财务主管 行政助理 工程师 产品经理 市场经理 董事长 人事经理 "
    "物流主管 技术总监 客服主管 项目经理 合伙人"
)
_CHINA = Locale(
    "China", "CN", "86", "0", 0.29, _GIVEN_ZH, _SURNAMES_ZH,
    _places("""
        北京市 | 北京 | 1000## | 10
        上海市 | 上海 | 2000## | 21
        广州市 | 广东省 | 5100## | 20
        深圳市 | 广东省 | 5180## | 755
        杭州市 | 浙江省 | 3100## | 571
        南京市 | 江苏省 | 2100## | 25
        武汉市 | 湖北省 | 4300## | 27
        成都市 | 四川省 | 6100## | 28
        重庆市 | 重庆 | 4000## | 23
        西安市 | 陕西省 | 7100## | 29
        天津市 | 天津 | 3000## | 22
        苏州市 | 江苏省 | 2150## | 512
        青岛市 | 山东省 | 2660## | 532
        长沙市 | 湖南省 | 4100## | 731
        宁波市 | 浙江省 | 3150## | 574
    """),
    _STREETS_ZH,
    ("13[5-9]########", "15[0-26-9]########", "18[2-9]########", "17[6-8]########"),
    ("8%######",), (3, 4, 4),
    ("有限公司", "有限责任公司", "股份有限公司", "集团"), _TRADES_ZH, _TITLES_ZH,
    address="{street}{number}号", family_first=True, joiner="",
)  # fmt: skip
_TAIWAN = Locale(
    "Taiwan", "TW", "886", "0", 0.04,
    _split(
        "志明:zhiming 淑芬:shufen 怡君:yijun 雅婷:yating 宗翰:zonghan 冠宇:guanyu 承恩:chengen "
        "詩涵:shihan 家豪:jiahao 俊傑:junjie 麗華:lihua 美玲:meiling 國華:guohua 欣怡:xinyi"
    ),
    _split(
        "陳:chen 林:lin 黃:huang 張:zhang 李:li 王:wang 吳:wu 劉:liu 蔡:cai 楊:yang 許:xu "
        "鄭:zheng 謝:xie 郭:guo 賴:lai 葉:ye 蘇:su 蕭:xiao 羅:luo 歐陽:ouyang"
    ),
    _places("""
        臺北市 | 臺灣 | 10### | 2
        新北市 | 臺灣 | 22### | 2
        臺中市 | 臺灣 | 40### | 4
    """),
    _split("中山北路 忠孝東路 民生路 復興南路 光復路 和平東路"),
    ("9[1-3]#######",), ("2%######",), (3, 3, 3),
    ("有限公司", "股份有限公司"),
    _split("科技:keji 貿易:maoyi 實業:shiye 電子:dianzi 食品:shipin 國際:guoji"),
    _split("採購經理 總經理 業務專員 財務主管 工程師 產品經理"),
    address="{street}{number}號", family_first=True, joiner="",
)  # fmt: skip

_POLAND = Locale(
    "Poland", "PL", "48", "", 0.04,
    _split(
        "Anna Małgorzata Katarzyna Łucja Zofia Agnieszka Świętosława Grażyna Żaneta Bożena Paweł "
        "Łukasz Michał Stanisław Wojciech Krzysztof Rafał Sławomir Zdzisław Józef Andrzej Marek"
    ),
    _split(
        "Nowak Kowalski Wiśniewski Wójcik Kowalczyk Kamiński Lewandowski Zieliński Szymański "
        "Woźniak Dąbrowski Kozłowski Jankowski Mazur Krawczyk Piotrowski Grabowski Pawłowski "
        "Michalski Król Wieczorek Jabłoński Wróbel Łuczak Żak Źródłowski Ćwikliński"
    ),
    _places("""
        Warszawa | Mazowieckie | 00-### | 22
        Kraków | Małopolskie | 30-### | 12
        Łódź | Łódzkie | 90-### | 42
        Wrocław | Dolnośląskie | 50-### | 71
        Gdańsk | Pomorskie | 80-### | 58
        Poznań | Wielkopolskie | 60-### | 61
    """),
    _split("ul._Długa ul._Świętokrzyska ul._Mickiewicza al._Jerozolimskie ul._Główna ul._Krótka"),
    ("51#######", "60#######", "69#######"), ("6######",), (3, 3, 3),
    ("sp. z o.o.", "S.A.", "sp.j."), _TRADES, _TITLES, address="{street} {number}",
)  # fmt: skip
_TURKEY = Locale(
    "Türkiye", "TR", "90", "0", 0.03,
    _split(
        "Mehmet Ayşe Mustafa Fatma Ahmet Emine Ali Zeynep Hüseyin Elif İbrahim Gülşen Çağla Işıl "
        "Şule Oğuz Ömer Tuğba Kıvanç Yağmur Ümit Nazlı"
    ),
    _split(
        "Yılmaz Kaya Demir Şahin Çelik Yıldız Yıldırım Öztürk Aydın Özdemir Arslan Doğan Kılıç "
        "Aslan Çetin Kara Koç Kurt Özkan Şimşek Güneş İnce Işık Çağlar"
    ),
    _places("""
        İstanbul | İstanbul | 34### | 212
        Ankara | Ankara | 06### | 312
        İzmir | İzmir | 35### | 232
        Bursa | Bursa | 16### | 224
        Diyarbakır | Diyarbakır | 21### | 412
    """),
    _split("Atatürk_Caddesi İstiklal_Caddesi Cumhuriyet_Bulvarı Gül_Sokak Çınar_Sokak"),
    ("53########", "54[1-6]#######", "505#######"), ("%######",), (3, 3, 2, 2),
    ("A.Ş.", "Ltd. Şti."), _TRADES, _TITLES, address="{street} No: {number}",
)  # fmt: skip
_VIETNAM = Locale(
    "Vietnam", "VN", "84", "0", 0.03,
    _split(
        "Văn_Hùng Thị_Hoa Minh_Đức Thị_Lan Quốc_Bảo Ngọc_Ánh Hữu_Phước Thu_Hà Đình_Khôi "
        "Bích_Thủy Thanh_Tùng Mỹ_Linh Xuân_Trường Kim_Chi"
    ),
    _split("Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý"),
    _places("""
        Hà Nội | Hà Nội | 10#### | 2438
        Hồ Chí Minh | Hồ Chí Minh | 70#### | 2838
        Đà Nẵng | Đà Nẵng | 55#### | 2363
        Huế | Thừa Thiên Huế | 53#### | 2343
    """),
    _split("Trần_Hưng_Đạo Lê_Lợi Nguyễn_Huệ Hai_Bà_Trưng Điện_Biên_Phủ Lý_Thường_Kiệt"),
    ("9[0-46-8]#######", "3[2-9]#######"), ("######",), (3, 3, 3),
    ("JSC", "Co., Ltd"), _TRADES, _TITLES, address="{number} {street}", family_first=True,
)  # fmt: skip
_GERMANY = Locale(
    "Germany", "DE", "49", "0", 0.03,
    _split(
        "Jürgen Käthe Björn Günther Ännchen Jörg Heike Uwe Ulrike Lukas Anja Stefan Grete "
        "Matthias Klaus-Peter Annegret Sören Bärbel Karl-Heinz Ute"
    ),
    _split(
        "Müller Schmidt Schneider Fischer Weber Meyer Wagner Schäfer Krüger Köhler Böhm Jäger "
        "Groß Weiß Voß Straßner Günther Schröder Lüdemann Hübner Kühn Bäcker von_Königsmarck "
        "Müller-Lüdenscheidt"
    ),
    _places("""
        Berlin | Berlin | 10### | 30
        München | Bayern | 80### | 89
        Köln | Nordrhein-Westfalen | 50### | 221
        Düsseldorf | Nordrhein-Westfalen | 40### | 211
        Nürnberg | Bayern | 90### | 911
        Lübeck | Schleswig-Holstein | 23### | 451
    """),
    _split("Hauptstraße Königsallee Goethestraße Bahnhofstraße Gärtnerweg Schloßplatz Mühlenweg"),
    ("1512#######", "1577#######", "1721######", "1601######"), ("%######",), (4, 7),
    ("GmbH", "GmbH & Co. KG", "AG", "e.K."), _TRADES, _TITLES, address="{street} {number}",
)  # fmt: skip
_FRANCE = Locale(
    "France", "FR", "33", "0", 0.02,
    _split(
        "François Hélène Zoé Théo Benoît Chloé Gaëlle Noël Agnès Rémi Jérôme Cécile Anaïs Éric "
        "Loïc Maëlle André Solène"
    ),
    _split(
        "Lefèvre Bérenger Dupré Léger Gérard Renée d'Aubigné Côté Châtelain L'Hôpital Lemaître "
        "Garçon Mäder Ferré Noël Béranger Saint-Étienne"
    ),
    _places("""
        Paris | Île-de-France | 750## | 1
        Lyon | Auvergne-Rhône-Alpes | 690## | 4
        Saint-Étienne | Auvergne-Rhône-Alpes | 420## | 4
        Nîmes | Occitanie | 300## | 4
        Orléans | Centre-Val de Loire | 450## | 2
    """),
    _split("rue_de_l'Église avenue_de_la_République rue_Victor_Hugo place_de_la_Liberté"),
    ("61#######", "63#######"), ("4[0-9]######",), (1, 2, 2, 2, 2),
    ("SARL", "SA", "SAS"), _TRADES, _TITLES, address="{number} {street}",
)  # fmt: skip
_SWEDEN = Locale(
    "Sweden", "SE", "46", "0", 0.01,
    _split("Åsa Björn Göran Kjell Örjan Maj-Britt Lars Ingrid Håkan Märta Sören Åke Gösta Linnéa"),
    _split("Åkesson Sjöberg Lindström Öberg Bergström Nyström Söderberg Håkansson Björk Ängström"),
    _places("""
        Malmö | Skåne | 211 ## | 40
        Göteborg | Västra Götaland | 411 ## | 31
        Örebro | Örebro | 702 ## | 19
    """),
    _split("Storgatan Kungsgatan Västra_Hamngatan Åsögatan"),
    ("70#######", "73#######"), ("6#####",), (2, 3, 2, 2),
    ("AB", "HB"), _TRADES, _TITLES, address="{street} {number}",
)  # fmt: skip
_DENMARK = Locale(
    "Denmark", "DK", "45", "", 0.01,
    _split("Søren Jørgen Bjørn Kåre Åse Lærke Mette Rasmus Solvej Frederikke Bodil Asbjørn"),
    _split("Sørensen Jørgensen Møller Østergaard Kjær Nørgaard Ørsted Bach Krogh Ågård Bjørn-Holm"),
    _places("""
        København | Hovedstaden | 21## | 3
        Aarhus | Midtjylland | 80## | 8
        Tønder | Syddanmark | 62## | 7
    """),
    _split("Østergade Nørregade Søndergade Strøget"),
    ("20######", "51######"), ("2######",), (2, 2, 2, 2),
    ("ApS", "A/S"), _TRADES, _TITLES, address="{street} {number}",
)  # fmt: skip

LOCALES = (
    _UNITED_STATES, _CANADA, _UNITED_KINGDOM, _AUSTRALIA, _CHINA, _TAIWAN,
    _POLAND, _TURKEY, _VIETNAM, _GERMANY, _FRANCE, _SWEDEN, _DENMARK,
)  # fmt: skip
BRANDS_ZH = _BRANDS_ZH
