from django.db import migrations

# Words of the trade that mean the same, "|" between them; behind "~" what a word is looked up by (its stems) where that differs.
GROUPS = [
    "双胶纸|胶版纸|offset paper|woodfree paper~woodfre paper|woodfree~woodfre",
    "铜版纸|coated paper~coat paper|art paper",
    "箱板纸|牛卡纸|linerboard|containerboard|kraftliner~kraftlin",
    "瓦楞原纸|瓦楞纸|corrugating medium~corrug medium|fluting~flute",
    "白卡纸|ivory board~ivori board|folding boxboard~fold boxboard|FBB~fbb",
    "白板纸|duplex board|coated duplex~coat duplex",
    "牛皮纸|kraft paper",
    "新闻纸|newsprint",
    "废纸|waste paper~wast paper|recovered paper~recov paper|OCC~occ",
    "纸浆|木浆|wood pulp|pulp",
    "生活用纸|tissue paper~tissu paper|tissue~tissu",
    "复印纸|打印纸|copy paper~copi paper|copier paper|A4 paper~a 4 paper",
    "螺纹钢|rebar|reinforcing bar~reinforc bar|deformed bar~deform bar",
    "线材|盘条|盘圆|wire rod",
    "热轧卷|热卷|hot rolled coil~hot roll coil|HRC~hrc",
    "冷轧卷|冷卷|cold rolled coil~cold roll coil|CRC~crc",
    "镀锌板|镀锌卷|galvanised steel~galvanis steel|galvanized steel~galvan steel|GI coil~gi coil",
    "不锈钢|stainless steel|stainless",
    "铝锭|aluminium ingot|aluminum ingot",
    "铝材|aluminium profile~aluminium profil|aluminum profile~aluminum profil",
    "电解铜|阴极铜|copper cathode~copper cathod",
    "废钢|scrap steel|steel scrap",
    "水泥|cement",
    "玻璃|glass",
    "瓷砖|ceramic tile~ceram tile|tiles~tile",
    "石膏板|plasterboard|drywall~drywal",
    "木材|板材|timber|lumber",
    "胶合板|plywood",
    "聚乙烯|polyethylene~polyethylen|PE~pe",
    "聚丙烯|polypropylene~polypropylen|PP~pp",
    "聚氯乙烯|PVC~pvc|polyvinyl chloride~polyvinyl chlorid",
    "烧碱|氢氧化钠|caustic soda|sodium hydroxide~sodium hydroxid",
    "纯碱|碳酸钠|soda ash|sodium carbonate~sodium carbon",
    "钛白粉|titanium dioxide~titanium dioxid",
    "甲醇|methanol",
    "尿素|urea",
    "化肥|肥料|fertiliser~fertilis|fertilizer~fertil",
    "橡胶|rubber",
    "油漆|涂料|paint|coating~coat",
    "叉车|forklift|fork lift truck",
    "水泵|pump|water pump",
    "阀门|valve~valv",
    "轴承|bearing~bear",
    "电机|电动机|马达|electric motor~electr motor|motor",
    "变压器|transformer~transform",
    "电缆|电线|cable~cabl",
    "机床|machine tool~machin tool",
    "注塑机|injection moulding machine~inject mould machin|injection molding machine~inject mold machin",
    "挖掘机|挖机|excavator~excav|digger",
    "发电机|generator~generat|genset",
    "集装箱|货柜|container~contain",
    "托盘|栈板|pallet",
    "打包带|strapping~strap",
    "芯片|集成电路|IC~ic|integrated circuit~integr circuit|chip",
    "笔记本电脑|手提电脑|laptop|notebook computer~notebook comput",
    "手机|移动电话|mobile phone~mobil phone|smartphone~smartphon",
    "光伏组件|太阳能板|solar panel|PV module~pv modul",
    "锂电池|lithium battery~lithium batteri|li-ion battery~li ion batteri",
    "棉花|皮棉|cotton",
    "涤纶|聚酯纤维|polyester~polyest",
    "面料|布料|fabric",
    "大豆|黄豆|soybean|soya bean",
    "玉米|corn|maize~maiz",
    "大米|稻米|rice",
    "白糖|白砂糖|sugar|white sugar",
    "食用油|edible oil~edibl oil|cooking oil~cook oil",
    "口罩|face mask|surgical mask~surgic mask",
    "酒精|乙醇|ethanol|alcohol",
    "货车|卡车|truck|lorry~lorri",
    "轮胎|tyre|tire",
    "仓储|仓库|warehousing~wareh|storage~storag",
    "运输|物流|logistics~logist|freight",
    "广告|广告位|advertising~advertis|ad space",
    "酒店|客房|hotel|hotel rooms~hotel room",
]  # fmt: skip
PERMISSIONS = {
    ("synonymgroup", "view_synonymgroup", "Can view synonyms"): ["reviewer", "customer service"],
    ("synonymgroup", "change_synonymgroup", "Can change synonyms"): ["reviewer"],
    ("sellerstanding", "view_sellerstanding", "Can view standing of a seller"): ["reviewer", "customer service", "finance", "auditor"],
    ("sellerstanding", "change_sellerstanding", "Can change standing of a seller"): ["finance"],
}


def load(apps, schema_editor):
    SynonymGroup = apps.get_model("catalog", "SynonymGroup")
    for line in GROUPS:
        terms = [word.partition("~") for word in line.split("|")]
        SynonymGroup.objects.create(terms=[term for term, _sign, _key in terms], keys=[key or term for term, _sign, key in terms])


def grant(apps, schema_editor):
    """Permissions are made by a signal after all migrations; made here already so that groups can hold them."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    Permission, Group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    for (model, codename, name), groups in PERMISSIONS.items():
        kind, _ = ContentType.objects.get_or_create(app_label="catalog", model=model)
        permission, _ = Permission.objects.get_or_create(content_type=kind, codename=codename, defaults={"name": name})
        for group in groups:
            Group.objects.get_or_create(name=group)[0].permissions.add(permission)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0030_standing_and_words"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [
        migrations.RunPython(load, migrations.RunPython.noop),
        migrations.RunPython(grant, migrations.RunPython.noop),
        # The planner must know common words: it chooses between walking an order and sorting what an index of words finds.
        migrations.RunSQL(
            "ALTER TABLE catalog_listing ALTER COLUMN search SET STATISTICS 500, ALTER COLUMN titles SET STATISTICS 500",
            "ALTER TABLE catalog_listing ALTER COLUMN search SET STATISTICS -1, ALTER COLUMN titles SET STATISTICS -1",
        ),
    ]
