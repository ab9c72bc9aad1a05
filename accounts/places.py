"""Chinese places in English: what companies type as a place of dispatch or arrival is a city and a kind of building."""

import re

PROVINCES = {
    "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi", "内蒙古": "Inner Mongolia", "辽宁": "Liaoning",
    "吉林": "Jilin", "黑龙江": "Heilongjiang", "上海": "Shanghai", "江苏": "Jiangsu", "浙江": "Zhejiang", "安徽": "Anhui",
    "福建": "Fujian", "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan", "湖北": "Hubei", "湖南": "Hunan",
    "广东": "Guangdong", "广西": "Guangxi", "海南": "Hainan", "重庆": "Chongqing", "四川": "Sichuan", "贵州": "Guizhou",
    "云南": "Yunnan", "西藏": "Tibet", "陕西": "Shaanxi", "甘肃": "Gansu", "青海": "Qinghai", "宁夏": "Ningxia", "新疆": "Xinjiang",
}  # fmt: skip

_CITIES = """石家庄 Shijiazhuang 唐山 Tangshan 秦皇岛 Qinhuangdao 邯郸 Handan 保定 Baoding 沧州 Cangzhou 廊坊 Langfang
太原 Taiyuan 大同 Datong 运城 Yuncheng 呼和浩特 Hohhot 包头 Baotou 鄂尔多斯 Ordos 沈阳 Shenyang 大连 Dalian 鞍山 Anshan
营口 Yingkou 长春 Changchun 哈尔滨 Harbin 大庆 Daqing 牡丹江 Mudanjiang 南京 Nanjing 无锡 Wuxi 徐州 Xuzhou 常州 Changzhou
苏州 Suzhou 南通 Nantong 连云港 Lianyungang 盐城 Yancheng 扬州 Yangzhou 镇江 Zhenjiang 泰州 Taizhou 太仓 Taicang 昆山 Kunshan
张家港 Zhangjiagang 江阴 Jiangyin 杭州 Hangzhou 宁波 Ningbo 温州 Wenzhou 嘉兴 Jiaxing 湖州 Huzhou 绍兴 Shaoxing 金华 Jinhua
义乌 Yiwu 台州 Taizhou 舟山 Zhoushan 合肥 Hefei 芜湖 Wuhu 蚌埠 Bengbu 马鞍山 Ma'anshan 安庆 Anqing 福州 Fuzhou 厦门 Xiamen
莆田 Putian 泉州 Quanzhou 晋江 Jinjiang 漳州 Zhangzhou 南昌 Nanchang 九江 Jiujiang 赣州 Ganzhou 景德镇 Jingdezhen
上饶 Shangrao 济南 Jinan 青岛 Qingdao 淄博 Zibo 烟台 Yantai 潍坊 Weifang 济宁 Jining 临沂 Linyi 威海 Weihai 日照 Rizhao
东营 Dongying 郑州 Zhengzhou 洛阳 Luoyang 新乡 Xinxiang 许昌 Xuchang 南阳 Nanyang 武汉 Wuhan 宜昌 Yichang 襄阳 Xiangyang
黄石 Huangshi 荆州 Jingzhou 长沙 Changsha 株洲 Zhuzhou 湘潭 Xiangtan 衡阳 Hengyang 岳阳 Yueyang 常德 Changde 广州 Guangzhou
深圳 Shenzhen 珠海 Zhuhai 汕头 Shantou 佛山 Foshan 江门 Jiangmen 湛江 Zhanjiang 惠州 Huizhou 东莞 Dongguan 中山 Zhongshan
南宁 Nanning 柳州 Liuzhou 桂林 Guilin 北海 Beihai 钦州 Qinzhou 防城港 Fangchenggang 海口 Haikou 三亚 Sanya 成都 Chengdu
绵阳 Mianyang 德阳 Deyang 宜宾 Yibin 泸州 Luzhou 贵阳 Guiyang 遵义 Zunyi 昆明 Kunming 曲靖 Qujing 拉萨 Lhasa 西安 Xi'an
宝鸡 Baoji 咸阳 Xianyang 榆林 Yulin 兰州 Lanzhou 西宁 Xining 银川 Yinchuan 乌鲁木齐 Urumqi 喀什 Kashgar 香港 Hong\u00a0Kong
澳门 Macao 台北 Taipei 高雄 Kaohsiung"""
_words = re.split(r"[ \n]", _CITIES)
NAMES = {**PROVINCES, **{zh: en.replace("\N{NO-BREAK SPACE}", " ") for zh, en in zip(_words[::2], _words[1::2], strict=True)}}
KINDS = {
    "": "", "仓": "warehouse", "仓库": "warehouse", "中心仓": "central warehouse", "保税仓": "bonded warehouse", "保税区": "bonded zone",
    "港": "port", "厂": "works", "工厂": "works", "厂区": "works", "园区": "industrial park", "物流园": "logistics park", "站": "station",
    "转运中心": "transfer centre", "营业部": "depot", "货场": "freight yard", "码头": "wharf", "门店": "shop", "本部": "head office",
}  # fmt: skip
_LONGEST = "|".join(sorted(NAMES, key=len, reverse=True))
_SHAPE = re.compile(rf"(?:({'|'.join(PROVINCES)})省?)?({_LONGEST})市?({'|'.join(sorted(KINDS, key=len, reverse=True))})")


def place_in_english(text: str) -> str:
    """Foshan warehouse for 佛山仓; empty when the text is not a known city with a known kind of building."""
    found = _SHAPE.fullmatch(text.strip())
    return " ".join(filter(None, (NAMES[found[2]], KINDS[found[3]]))) if found else ""
