"""A made-up platform: people and addresses written by hand, not put together from the code's lists.

Nobody's: common names, places that exist, house numbers drawn at random when a row is asked for.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))

# Given names as parents choose them, of three generations; none was picked for the code.
NAMES_ZH = (
    *("王建国", "李秀英", "张伟", "刘洋", "陈静", "杨丽娟", "赵志强", "黄海燕", "周杰", "吴桂兰"),
    *(
        "徐磊",
        "孙晓梅",
        "胡俊杰",
        "朱红梅",
        "高翔",
        "林志玲",
        "何佳怡",
        "郭子轩",
        "马浩然",
        "罗欣怡",
    ),
    *("梁梓涵", "宋雨桐", "郑思远", "谢宇航", "韩雪", "唐诗涵", "冯博文", "于洋", "董文静", "萧峰"),
    *(
        "程程",
        "曹一诺",
        "袁沐宸",
        "邓可馨",
        "许嘉欣",
        "傅明轩",
        "沈佳琪",
        "曾艳红",
        "彭丽君",
        "吕素梅",
    ),
    *(
        "苏小妹",
        "卢国强",
        "蒋玉兰",
        "蔡俊熙",
        "贾宝玉",
        "丁浩宇",
        "魏淑芬",
        "薛美玲",
        "叶子豪",
        "阎王明",
    ),
    *("余秋雨", "潘金莲", "杜鹃", "戴安娜", "夏天", "钟丽缇", "汪洋", "田甜", "任盈盈", "姜大卫"),
    *("范冰", "方世玉", "石磊", "姚远", "谭咏麟", "廖凡", "邹文怀", "熊大", "金星", "陆毅"),
    *("郝建", "孔令辉", "白露", "崔健", "康熙来", "毛不易", "邱淑贞", "秦海璐", "江一燕", "史可法"),
    *("欧阳娜娜", "司马光", "诸葛亮", "上官婉儿", "慕容雪村", "夏侯惇", "令狐冲", "尉迟恭"),
    *("阿依古丽", "巴特尔", "王女士", "李先生", "小仙女", "Tom", "周小姐(代收)", "陈"),
)
NAMES_EN = (
    *("James Wilson", "Mary Johnson", "Robert Brown", "Patricia Davis", "Jennifer Garcia"),
    *("Michael O'Neill", "Linda Martinez", "David Anderson", "Elizabeth Thomas", "Susan Lee"),
    *("William T. Moore", "Jessica Alba Jackson", "Joseph White", "Sarah Harris", "Thomas Clark"),
    *("Karen Lewis", "Charles Robinson", "Nancy Walker", "Christopher Young", "Lisa Allen"),
    *("Daniel King", "Betty Wright", "Matthew Scott", "Margaret Torres", "Anthony Nguyen"),
    *("Sandra Hill", "Mark Flores", "Ashley Green", "Donald Adams", "Kimberly Nelson"),
    *("Dr. Emily Baker", "Martin Luther King Jr.", "Mr Smith", "Madonna", "Ana Maria de la Cruz"),
    *("Zoë Müller", "Jean-Luc Picard", "Steven Carter", "Paul Mitchell", "Andrew Perez"),
    *("Joshua Roberts", "Kenneth Turner", "Kevin Phillips", "Brian Campbell", "George Parker"),
    *("Edward Evans", "Ronald Edwards", "Timothy Collins", "Jason Stewart", "Jeffrey Sanchez"),
)
# "{n}" and its like are numbers of the size that the place has.
ADDRESSES_ZH = (
    "浙江省杭州市余杭区仓前街道良睦路{n}号{b}栋{u}单元{r}室",
    "浙江省宁波市鄞州区中河街道四明中路{n}号",
    "广东省深圳市南山区粤海街道科技南十二路{n}号{b}栋{r}",
    "广东省广州市天河区天河路{n}号太古汇A座{r}",
    "广东省东莞市虎门镇连升路{n}号{b}号楼{r}室",
    "广东深圳宝安区新安街道{n}区{b}栋{r}房",
    "江苏省南京市鼓楼区汉口路{n}号北园{b}幢{u}单元{r}室",
    "江苏省苏州市吴中区木渎镇金山路{n}号天平花园{b}幢{r}室",
    "江苏省苏州市工业园区星湖街{n}号",
    "上海市浦东新区张江镇祖冲之路{n}弄{b}号{r}室",
    "上海市徐汇区漕溪北路{n}号汇翠花园{b}号楼{r}室",
    "上海市静安区南京西路{n}号",
    "北京市朝阳区望京街道阜通东大街{n}号院{b}号楼{u}单元{r}",
    "北京市海淀区中关村南大街{n}号院{b}号楼{u}门{r}",
    "北京市西城区西直门外大街{n}号金贸大厦C座{r}室",
    "北京 海淀区 学院路{n}号 教工宿舍{b}号楼 {r}",
    "天津市南开区卫津路{n}号西南村{b}栋{u}单元{r}",
    "重庆市渝北区龙溪街道红锦大道{n}号锦绣山庄{b}栋{u}单元{r}",
    "四川省成都市武侯区人民南路四段{n}号{b}栋{u}单元{r}号",
    "四川省凉山彝族自治州西昌市航天大道{n}号{b}幢{u}单元{r}室",
    "四川成都高新区天府大道北段{n}号",
    "湖北省武汉市洪山区珞喻路{n}号东湖名苑{b}栋{u}单元{r}室",
    "湖北省荆州市沙市区北京路{n}号{b}号楼{r}",
    "湖南省长沙市岳麓区麓山南路{n}号天马公寓{b}栋{r}",
    "河南省郑州市金水区文化路{n}号院{b}号楼{u}单元{r}",
    "河北省石家庄市长安区建设北大街{n}号{b}-{u}-{r}",
    "山东省青岛市市南区香港中路{n}号{b}号楼{u}单元{r}户",
    "山东济南市历下区泉城路{n}号",
    "陕西省西安市雁塔区长安南路{n}号明德门小区{b}号楼{u}单元{r}",
    "辽宁省大连市甘井子区凌工路{n}号{b}号楼{r}室",
    "吉林省吉林市丰满区松江东路{n}号楼{u}单元{r}",
    "黑龙江省哈尔滨市南岗区西大直街{n}号{b}栋{u}单元{r}室",
    "福建省厦门市思明区软件园二期望海路{n}号楼{r}",
    "江西省南昌市红谷滩区学府大道{n}号{b}栋{u}单元{r}室",
    "云南省大理白族自治州大理市古城镇人民路{n}号",
    "内蒙古自治区呼和浩特市新城区兴安北路{n}号{b}#楼{u}单元{r}",
    "新疆维吾尔自治区乌鲁木齐市天山区光明路{n}号{b}号楼{u}单元{r}室",
    "海南省三亚市吉阳区迎宾路{n}号{b}栋{r}房",
    "安徽省合肥市蜀山区潜山路{n}号绿地蓝海大厦B座{r}",
    "湖南省邵阳市隆回县桃洪镇桃花路{n}号",
    "贵州省遵义市仁怀市茅台镇{n}号楼{u}单元{r}",
    "河南省周口市沈丘县刘庄店镇大王庄村{n}号",
    "余杭区仓前街道良睦路{n}号{b}幢{r}",
    "文一西路{n}号{b}号楼{r}(放门卫)",
)
ADDRESSES_EN = (
    "{n} Washington Street, Apt {b}, Boston, MA 02108",
    "{n} N Michigan Ave, Unit {b}, Chicago, IL 60611",
    "{n} Sunset Boulevard, Los Angeles, CA 90028",
    "{n} Broadway #{b}, New York, NY 10012",
    "{n} Peachtree St NE, Suite {b}, Atlanta, GA 30309",
    "{n} Congress Avenue, Austin, Texas 78701",
    "{n} Market Street Apt. {b}, San Francisco, CA 94103",
    "{n} Pine Rd., Seattle, WA 98101",
    "{n} Queen Street West, Toronto, ON M5V 2A4",
    "Flat {b}, {n} Kings Road, London SW3 4TR",
    "{n} Church Lane, Flat {b}, Bristol BS1 4ST",
    "{n} High Street; Oxford OX1 4BG",
    "{n} George Street, Edinburgh",
    "{n} Collins Street, Apartment {b}, Melbourne, Australia",
    "P.O. Box {n}, Springfield",
    "{n} Maple Drive, Apt {b}, Portland, Oregon 97201",
    "{n} Elm Court, Denver, CO 80203",
    "{n} Lake Shore Dr #{b}, Chicago, IL 60657",
    "{n}A Station Road, Cambridge",
    "{n} Bay Terrace, Apartment {b}, Staten Island, NY 10306",
)


def order_ids(n: int, first: int = 0) -> list[str]:
    """Return order numbers that look like a platform's."""
    return [
        f"2603{i % 28 + 1:02}-{(i * 7919 + 104729) % 10**9:09}" for i in range(first, first + n)
    ]


def people(n: int, locale: str = "zh", seed: int = 1) -> pa.Table:
    """Return rows to hand out: ``order_id``, ``name``, ``phone``, ``address`` and the rest."""
    rng = np.random.default_rng([seed, n])
    zh = locale == "zh"
    names, addresses = (NAMES_ZH, ADDRESSES_ZH) if zh else (NAMES_EN, ADDRESSES_EN)
    at = (
        np.datetime64("2026-03-01T08:00:00", "us")
        + np.sort(rng.integers(0, 28 * 86_400, n)) * 10**6
    )
    return pa.table(
        {
            "order_id": order_ids(n),
            "customer_id": [f"C{i:08}" for i in rng.permutation(10**6)[:n]],
            "placed_at": pa.array(at, pa.timestamp("us")).cast(pa.timestamp("us", "UTC")),
            "goods": pick(rng, ["tea", "shoes", "toys", "books"], n),
            "price": [f"{p / 100:.2f}" for p in rng.integers(500, 50_000, n)],
            "name": pick(rng, names, n),
            "phone": [f"12{p:09}" for p in rng.integers(0, 10**9, n)],
            "address": [numbered(a, rng) for a in pick(rng, addresses, n)],
        }
    )


def pick(rng: np.random.Generator, texts: Sequence[str], n: int) -> list[str]:
    return [texts[i] for i in rng.integers(0, len(texts), n)]


def numbered(address: str, rng: np.random.Generator) -> str:
    facts: dict[str, Any] = {
        "n": rng.integers(1, 900),
        "b": rng.integers(1, 35),
        "u": rng.integers(1, 5),
        "r": rng.integers(1, 29) * 100 + rng.integers(1, 9),
    }
    return address.format(**facts)
