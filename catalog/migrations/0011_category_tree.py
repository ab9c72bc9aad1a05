from decimal import Decimal

from django.db import migrations

# Below each of the thirteen: code | Chinese | English | HS | VAT. A code with two dashes lies below the one with its first part.
TREE = """
AGR-GRN|粮食谷物|Grain and cereals|10|9
AGR-OIL|油料作物|Oilseeds|12|9
AGR-VEG|蔬菜菌菇|Vegetables and mushrooms|07|9
AGR-FRU|水果坚果|Fruit and nuts|08|9
AGR-TEA|茶叶咖啡香料|Tea, coffee and spices|09|9
AGR-MEA|畜禽肉蛋|Meat, poultry and eggs|01-02, 04|9
AGR-SEA|水产海鲜|Fish and seafood|03|9
AGR-SED|种子苗木|Seeds and seedlings|06, 12|9
AGR-FEE|饲料|Feed|23|9
FOD-BAK|米面粮油制品|Flour, rice and edible oil|11, 15, 19|9
FOD-SNK|休闲食品|Snacks and confectionery|17-19|13
FOD-SEA|调味品|Seasonings|21|13
FOD-CAN|罐头与预制菜|Canned and prepared food|16, 20|13
FOD-DAI|乳制品|Dairy products|04, 19|13
FOD-SOF|饮料与饮用水|Soft drinks and water|22|13
FOD-WIN|葡萄酒与果酒|Wine|2204-2206|13
FOD-BAI|白酒与烈酒|Spirits|2208|13
FOD-BER|啤酒|Beer|2203|13
PAP-PUL|纸浆与废纸|Pulp and recovered paper|47|13
PAP-CUL|文化用纸|Printing and writing paper|4802, 4810|13
PAP-CUL-OFF|双胶纸|Offset paper|4802|13
PAP-CUL-COA|铜版纸|Coated art paper|4810|13
PAP-CUL-NEW|新闻纸|Newsprint|4801|13
PAP-BRD|包装纸板|Packaging board|4804-4805, 4810|13
PAP-BRD-KRA|牛皮纸与箱板纸|Kraft and linerboard|4804|13
PAP-BRD-COR|瓦楞原纸|Corrugating medium|4805|13
PAP-BRD-WHI|白卡纸与白板纸|White board|4810|13
PAP-TIS|生活用纸|Tissue paper|4803, 4818|13
PAP-SPC|特种纸|Speciality paper|4806-4811|13
PAP-BOX|纸箱与纸制品|Boxes and paper products|4819|13
PAP-PRN|印刷品与图书|Printed matter and books|49|9
PAP-PLA|塑料与复合包装|Plastic and laminated packaging|3923|13
PAP-PRM|印刷耗材与设备|Printing supplies|3215, 8443|13
CHM-INO|无机化工|Inorganic chemicals|28|13
CHM-ORG|有机化工|Organic chemicals|29|13
CHM-PLA|塑料原料|Plastic resins|3901-3914|13
CHM-RUB|橡胶及制品|Rubber and articles|40|13
CHM-COA|涂料油墨颜料|Paints, inks and pigments|32|13
CHM-ADH|胶粘剂与助剂|Adhesives and additives|35, 38|13
CHM-FER|化肥|Fertiliser|31|9
CHM-PES|农药|Crop protection|3808|9
CHM-PRO|塑料制品|Plastic products|3916-3926|13
MET-STE|钢材|Steel products|72|13
MET-PIP|管件与型材|Pipes and sections|73|13
MET-COP|铜及铜材|Copper|74|13
MET-ALU|铝及铝材|Aluminium|76|13
MET-ZIN|铅锌锡镍|Lead, zinc, tin and nickel|75, 78-80|13
MET-ORE|矿石与精矿|Ores and concentrates|26|13
MET-NON|非金属矿|Non-metallic minerals|25|13
MET-COA|煤炭焦炭|Coal and coke|2701-2704|13
MET-OIL|石油产品|Petroleum products|2710|13
MET-HAR|五金工具|Hardware and tools|82-83|13
MAC-MTL|机床与加工设备|Machine tools|8456-8466|13
MAC-LIF|起重与搬运设备|Lifting and handling|8425-8431|13
MAC-PMP|泵阀压缩机|Pumps, valves and compressors|8413-8414, 8481|13
MAC-PAC|包装与食品机械|Packing and food machinery|8422, 8438|13
MAC-AGR|农业机械|Farm machinery|8432-8436|9
MAC-TEX|纺织机械|Textile machinery|8444-8453|13
MAC-INS|仪器仪表|Instruments|90|13
MAC-PAR|轴承与传动件|Bearings and drives|8482-8483|13
MAC-ENG|工程与矿山机械|Construction and mining machines|8429-8430, 8474|13
ELE-CMP|电子元器件|Electronic components|8532-8542|13
ELE-CAB|电线电缆|Wires and cables|8544|13
ELE-MOT|电机与变压器|Motors and transformers|8501-8504|13
ELE-BAT|电池与储能|Batteries and storage|8506-8507|13
ELE-SOL|光伏组件|Solar modules|8541|13
ELE-LIG|照明|Lighting|8539, 9405|13
ELE-APP|家用电器|Home appliances|8418, 8450, 8516|13
ELE-DIG|数码与通信|Digital and telecom|8517-8528|13
ELE-CTL|低压电器与控制|Switchgear and control|8535-8538|13
BLD-CEM|水泥与混凝土|Cement and concrete|2523, 6810|13
BLD-CER|瓷砖与卫浴|Tiles and sanitary ware|6907, 6910|13
BLD-GLA|玻璃|Glass|70|13
BLD-WOO|木材与板材|Timber and panels|44|13
BLD-STO|石材|Stone|68|13
BLD-FUR|家具|Furniture|94|13
BLD-DOO|门窗型材|Doors and windows|4418, 7610|13
BLD-INS|保温与防水材料|Insulation and waterproofing|6806-6808|13
BLD-HOM|家居布艺灯饰|Home textiles and decoration|63, 9405|13
TEX-FIB|纤维原料|Fibres|5101-5506|13
TEX-YAR|纱线|Yarns|5204-5511|13
TEX-FAB|面料|Fabrics|5208-6006|13
TEX-HOM|家纺|Home textiles|63|13
TEX-CLO|服装|Clothing|61-62|13
TEX-WRK|工装与劳保|Workwear and protection|62, 65|13
TEX-SHO|鞋类|Footwear|64|13
TEX-BAG|箱包皮具|Bags and leather goods|42|13
TEX-ACC|辅料|Trimmings|58, 96|13
DLY-CLE|洗涤清洁|Cleaning products|34|13
DLY-COS|美妆个护|Cosmetics and personal care|33|13
DLY-KIT|厨房餐具|Kitchen and tableware|6911, 7323|13
DLY-STA|文具办公|Stationery and office|96|13
DLY-TOY|玩具|Toys|95|13
DLY-SPO|体育户外|Sports and outdoor|95|13
DLY-GIF|礼品工艺品|Gifts and crafts|71, 96|13
DLY-PET|宠物用品|Pet supplies|23, 42|13
DLY-BAB|母婴用品|Baby products|96|13
MED-CHI|中药材|Traditional Chinese materials|1211|9
MED-DRG|药品|Medicines|30|13
MED-DEV|医疗器械|Medical devices|9018-9022|13
MED-CON|医用耗材|Medical consumables|3005, 4015|13
MED-HEA|保健食品|Health food|2106|13
MED-API|原料药与中间体|Active ingredients|2933-2942|13
MED-LAB|实验室试剂|Laboratory reagents|3822|13
MED-PRO|防护用品|Protective articles|6307|13
VEH-CAR|乘用车|Passenger cars|8703|13
VEH-TRU|商用车|Commercial vehicles|8701-8705|13
VEH-PAR|汽车零部件|Vehicle parts|8708|13
VEH-TYR|轮胎|Tyres|4011|13
VEH-MOT|摩托车与电动车|Motorcycles and e-bikes|8711|13
VEH-SHI|船舶|Vessels|89|13
VEH-RAI|轨道交通|Railway|86|13
VEH-CTN|集装箱|Containers|8609|13
VEH-TRN|运输服务|Transport services||9
SVC-LOG|仓储物流|Warehousing and logistics||6
SVC-ADV|广告营销|Advertising and marketing||6
SVC-HOT|酒店住宿餐饮|Hotels and catering||6
SVC-TRA|差旅会展|Travel and trade fairs||6
SVC-IT|软件与信息服务|Software and IT||6
SVC-CON|咨询法律财税|Consulting, legal and tax||6
SVC-TRN|培训教育|Training||6
SVC-DES|设计检测认证|Design, testing and certification||6
SVC-LEA|设备与场地租赁|Leasing of equipment and space||9
"""

# category | code | kind | Chinese | English | unit | low-high or choices code:Chinese:English | marks: ! asked for, f shown as a filter
ATTRIBUTES = """
AGR|grade|choice|等级|Grade||top:特级:Extra,first:一级:Grade 1,second:二级:Grade 2,third:三级:Grade 3|f
AGR|harvest_year|number|产季年份|Harvest year||1990-2100|f
AGR|moisture|number|水分|Moisture|%|0-100|
AGR|organic|yes_no|有机认证|Certified organic|||f
AGR|storage|choice|储存方式|Storage||ambient:常温:ambient,chilled:冷藏:chilled,frozen:冷冻:frozen|f
AGR-GRN|protein|number|蛋白质|Protein|%|0-100|
AGR-GRN|impurity|number|杂质|Impurities|%|0-100|
FOD|net_content|text|净含量|Net content|||
FOD|shelf_life|number|保质期|Shelf life|d|1-20000|f
FOD|best_before|text|生产日期|Date of production|||
FOD|storage|choice|储存方式|Storage||ambient:常温:ambient,chilled:冷藏:chilled,frozen:冷冻:frozen|f
FOD|licence_no|text|食品生产许可证号|Food licence number|||
FOD-WIN|alcohol|number|酒精度|Alcohol|% vol|0-100|f!
FOD-WIN|vintage|number|年份|Vintage||1900-2100|f
FOD-WIN|bottle_ml|number|瓶装容量|Bottle size|ml|50-20000|f
FOD-BAI|alcohol|number|酒精度|Alcohol|% vol|0-100|f!
FOD-BAI|aroma|choice|香型|Aroma type||strong:浓香:strong aroma,sauce:酱香:sauce aroma,light:清香:light aroma,other:其他:other|f
PAP|grammage|number|克重|Grammage|g/m²|5-2000|f
PAP|width|number|幅宽|Width|mm|10-6000|f
PAP|form|choice|形态|Form||reel:卷筒:reel,sheet:平张:sheets,other:其他:other|f
PAP|fsc|yes_no|FSC 认证|FSC certified|||f
PAP-CUL|brightness|number|白度|Brightness|%|0-130|f
PAP-CUL|core|choice|纸芯|Core||c76:3 英寸 (76 mm):3 in (76 mm),c152:6 英寸 (152 mm):6 in (152 mm),none:无芯:no core|f
PAP-CUL|opacity|number|不透明度|Opacity|%|0-100|
PAP-CUL-OFF|furnish|choice|浆料|Furnish||woodfree:纯木浆:woodfree,mixed:混浆:mixed,recycled:再生浆:recycled|f!
PAP-CUL-COA|finish|choice|表面|Finish||gloss:光面:gloss,matt:哑面:matt|f!
PAP-BRD|core|choice|纸芯|Core||c76:3 英寸 (76 mm):3 in (76 mm),c152:6 英寸 (152 mm):6 in (152 mm),none:无芯:no core|f
PAP-BRD|burst|number|耐破指数|Burst index|kPa·m²/g|0-20|
PAP-BRD|ring_crush|number|环压指数|Ring crush index|N·m/g|0-40|
PAP-BOX|flute|choice|楞型|Flute||a:A 楞:A,b:B 楞:B,c:C 楞:C,e:E 楞:E,be:BE 双楞:BE|f
PAP-BOX|printing|choice|印刷|Printing||none:无印刷:plain,flexo:柔印:flexo,offset:胶印:offset|f
PAP-TIS|ply|number|层数|Ply||1-6|f!
PAP-PUL|pulp|choice|浆种|Pulp||nbsk:针叶浆:softwood,bhk:阔叶浆:hardwood,bctmp:化机浆:BCTMP,occ:废纸 OCC:OCC,other:其他:other|f!
CHM|cas|text|CAS 号|CAS number|||
CHM|purity|number|纯度|Purity|%|0-100|f
CHM|grade|choice|级别|Grade||industrial:工业级:industrial,food:食品级:food,pharma:医药级:pharma,reagent:试剂级:reagent,battery:电池级:battery|f
CHM|hazardous|yes_no|危险化学品|Hazardous chemical|||f
CHM|state|choice|形态|State||solid:固体:solid,powder:粉末:powder,liquid:液体:liquid,gas:气体:gas,granule:颗粒:granules|f
CHM-PLA|melt_index|number|熔融指数|Melt index|g/10min|0-2000|f
CHM-PLA|virgin|yes_no|新料|Virgin material|||f!
MET|standard|text|执行标准|Standard|||
MET|grade|text|牌号|Grade|||
MET|thickness|number|厚度|Thickness|mm|0-1000|f
MET|width|number|宽度|Width|mm|0-10000|f
MET|surface|choice|表面|Surface||black:黑皮:as rolled,pickled:酸洗:pickled,galvanised:镀锌:galvanised,polished:抛光:polished,coated:彩涂:coated|f
MET-STE|shape|choice|形状|Shape||coil:卷:coil,plate:板:plate,bar:棒:bar,wire:线:wire,section:型:section|f!
MET-COA|calorific|number|发热量|Calorific value|kcal/kg|0-9000|f!
MET-COA|sulphur|number|硫分|Sulphur|%|0-10|f
MET-ORE|assay|number|主品位|Assay|%|0-100|f!
MAC|model|text|型号|Model|||
MAC|power|number|功率|Power|kW|0-100000|f
MAC|condition|choice|新旧|Condition||new:全新:new,refurbished:翻新:refurbished,used:二手:used|f
MAC|built|number|出厂年份|Year built||1950-2100|f
MAC|warranty|number|质保|Warranty|mon|0-120|f
MAC-LIF|capacity|number|额定载荷|Rated load|kg|1-1000000|f!
MAC-LIF|drive|choice|动力|Drive||electric:电动:electric,diesel:柴油:diesel,gas:燃气:gas,manual:手动:manual|f
MAC-PMP|flow|number|流量|Flow|m³/h|0-100000|f
ELE|model|text|型号|Model|||
ELE|voltage|number|额定电压|Rated voltage|V|0-1000000|f
ELE|power|number|功率|Power|W|0-100000000|f
ELE|ccc|yes_no|CCC 认证|CCC certified|||f
ELE|condition|choice|新旧|Condition||new:全新:new,refurbished:翻新:refurbished,used:二手:used|f
ELE-CAB|section|number|截面|Cross-section|mm²|0-3000|f!
ELE-CAB|conductor|choice|导体|Conductor||copper:铜:copper,aluminium:铝:aluminium|f
ELE-SOL|efficiency|number|转换效率|Efficiency|%|0-50|f!
ELE-BAT|capacity|number|容量|Capacity|Ah|0-100000|f!
BLD|material|text|材质|Material|||
BLD|length|number|长|Length|mm|0-100000|
BLD|width|number|宽|Width|mm|0-100000|f
BLD|thickness|number|厚|Thickness|mm|0-10000|f
BLD|fire|choice|燃烧等级|Fire class||a:A:A,b1:B1:B1,b2:B2:B2,b3:B3:B3|f
BLD-CER|absorption|number|吸水率|Water absorption|%|0-30|f
BLD-WOO|species|text|树种|Species|||!
BLD-WOO|formaldehyde|choice|甲醛释放|Formaldehyde||e0:E0:E0,e1:E1:E1,enf:ENF:ENF|f
BLD-CEM|strength|choice|强度等级|Strength class||s325:32.5:32.5,s425:42.5:42.5,s525:52.5:52.5|f!
TEX|composition|text|成分|Composition|||
TEX|weight|number|克重|Weight|g/m²|5-2000|f
TEX|width|number|门幅|Width|cm|1-1000|f
TEX|colour|text|颜色|Colour|||
TEX|safety|choice|安全类别|Safety class||a:A 类:class A,b:B 类:class B,c:C 类:class C|f
TEX-YAR|count|number|支数|Yarn count|S|1-400|f!
TEX-CLO|sizes|text|尺码|Sizes|||
TEX-SHO|sizes|text|尺码|Sizes|||
TEX-FAB|weave|choice|织法|Weave||woven:梭织:woven,knit:针织:knitted,nonwoven:无纺:nonwoven|f!
DLY|brand|text|品牌|Brand|||
DLY|material|text|材质|Material|||
DLY|shelf_life|number|保质期|Shelf life|mon|0-240|f
DLY|custom_logo|yes_no|可印标识|Logo can be printed|||f
DLY-COS|registration|text|备案号|Registration number|||!
DLY-TOY|age|number|适用年龄|From age|y|0-18|f
MED|approval|text|批准文号|Approval number|||
MED|expiry|text|有效期至|Use by|||
MED|sterile|yes_no|无菌|Sterile|||f
MED|storage|choice|储存方式|Storage||ambient:常温:ambient,cool:阴凉:cool,chilled:冷藏:chilled|f
MED-DEV|class|choice|管理类别|Device class||one:一类:class I,two:二类:class II,three:三类:class III|f!
MED-CHI|part|text|药用部位|Part used|||
VEH|model|text|型号|Model|||
VEH|energy|choice|能源|Energy||petrol:汽油:petrol,diesel:柴油:diesel,electric:纯电:electric,hybrid:混动:hybrid,none:无动力:none|f
VEH|condition|choice|新旧|Condition||new:全新:new,used:二手:used|f
VEH|built|number|出厂年份|Year built||1950-2100|f
VEH|emission|choice|排放标准|Emission||cn4:国四:China IV,cn5:国五:China V,cn6:国六:China VI,zero:零排放:zero|f
VEH-TYR|size|text|规格|Size|||!
VEH-TRU|payload|number|载重|Payload|t|0-200|f!
SVC|area|text|服务地区|Area served|||
SVC|period|text|有效期限|Valid for|||
SVC|capacity|number|可用数量|Capacity||0-100000000|
SVC|remote|yes_no|可远程|Can be remote|||f
SVC|transferable|yes_no|可转让|Transferable|||f
SVC-HOT|stars|choice|星级|Stars||s3:三星:3 stars,s4:四星:4 stars,s5:五星:5 stars,none:未评级:unrated|f
SVC-LEA|floor|number|面积|Floor area|m²|0-10000000|f
"""


def grow(apps, schema_editor):
    """Fill the tree and its schemas below what is there; what staff have added or renamed meanwhile stays."""
    Category, Attribute = apps.get_model("catalog", "Category"), apps.get_model("catalog", "Attribute")
    for category in Category.objects.filter(parent=None, path=[]):
        category.path = [category.code]
        category.save(update_fields=["path"])
    known = {category.code: category for category in Category.objects.all()}
    for n, line in enumerate(TREE.split("\n")[1:-1], 1):
        code, zh, en, hs, vat = line.split("|")
        parent = known.get(code.rpartition("-")[0])
        if parent is None or code in known:
            continue
        slug = f"{known[code[:3]].slug}-{'-'.join(code.lower().split('-')[1:])}"
        known[code] = Category.objects.create(
            code=code, slug=slug, name_zh=zh, name_en=en, hs=hs, vat_percent=Decimal(vat), parent=parent, path=[*parent.path, code],
            position=n,
        )  # fmt: skip
    for n, line in enumerate(ATTRIBUTES.split("\n")[1:-1], 1):
        where, code, kind, zh, en, unit, more, marks = line.split("|")
        if where not in known:
            continue
        low, high = more.split("-") if kind == "number" and more else (None, None)
        choices = [choice.split(":") for choice in more.split(",")] if kind == "choice" else []
        values = {"name_zh": zh, "name_en": en, "kind": kind, "unit": unit, "choices": choices, "position": n}
        values |= {"low": low and Decimal(low), "high": high and Decimal(high), "required": "!" in marks, "facet": "f" in marks}
        Attribute.objects.get_or_create(category=known[where], code=code, defaults=values)


def tidy(apps, schema_editor):
    """What the new constraints ask of listings from before."""
    Listing = apps.get_model("catalog", "Listing")
    Listing.objects.filter(state="in_review").update(waiting=True)
    Listing.objects.filter(ready_to_ship=True, lead_days__gt=7).update(ready_to_ship=False)


def number(apps, schema_editor):
    """Later edits are numbered after those that there were."""
    from django.db.models import F

    apps.get_model("catalog", "Listing").objects.update(latest_version=F("version"))


class Migration(migrations.Migration):
    dependencies = [("catalog", "0010_terms_and_versions")]
    operations = [
        migrations.RunPython(grow, migrations.RunPython.noop),
        migrations.RunPython(tidy, migrations.RunPython.noop),
        migrations.RunPython(number, migrations.RunPython.noop),
    ]
