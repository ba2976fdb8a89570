"""Masks, name by name and number by number: what stays, what goes."""

import pytest

from whence.protection import MASKED, mask
from whence.protection.masks_addresses import shows_door


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张伟", "张**"),
        ("王小明", "王**"),
        ("欧阳娜娜", "欧阳**"),
        ("司马 光", "司马** **"),
        ("欧阳", "欧**"),
        ("张", "**"),
        ("王王", "**"),  # what is hidden would stand in the surname
        ("欧阳阳", "欧**"),
        ("张先生", "张**"),
        ("张伟(Tom)", "张**(**)"),
        ("阿迪力·买买提", "阿**·**"),
        ("迪丽热巴·迪力木拉提", "**·**"),
        ("阿·买", "阿**·**"),
        ("Mary Ann O'Brien-Smith", "M** A** O**-S**"),
        ("J. Smith", "**. S**"),
        ("Jo Oz", "J** **"),
        ("김민수", "김**"),
        ("张*明", "张**"),
        ("😀", "**"),
    ],
)
def test_a_name_keeps_its_surname_or_initials(name: str, masked: str) -> None:
    assert mask("name", name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138******78"),
        ("+86 138-1234-5678", "+86 138-****-**78"),
        ("8613812345678", "86138******78"),
        ("0086 13812345678", "0086 138******78"),
        ("１３８１２３４５６７８", "138******78"),
        ("手机：13812345678", "138******78"),
        ("138 1234 5678-1234", "138 **** ****-****"),
        ("13812345678/13987654321", "138********/***********"),
        ("0571-88012345", "0571-******45"),
        ("0571-8801234", "0571-*******"),
        ("(010) 88012345", "(010) ******45"),
        ("0571-88012345-802", "0571-********-***"),
        ("0571-88012345转802", "0571-******45转**"),
        ("0571 88012345 ext. 12", "0571 ******45ext. **"),
        ("95013 12345678 转 1234", "***** ******78转 **"),
        ("13812345678转8", "***********转**"),  # the 8 would stand in 138
        ("88012345", "******45"),
        ("8801234", "*******"),
        ("110", "***"),
        ("+1 (415) 555-0132", "+* (***) ***-**32"),
        ("+44 20 7946 0958", "+** ** **** **58"),
        ("138****5678", "138******78"),  # four hidden digits are too few
        ("no number", "**"),
    ],
)
def test_a_phone_keeps_its_ends(phone: str, masked: str) -> None:
    assert mask("phone", phone) == masked


def test_a_number_without_country_code_is_read_as_the_installation_writes_it() -> None:
    assert mask("phone", "020 7946 0958", "zh") == "020 **** **58"
    assert mask("phone", "020 7946 0958", "en") == "*** **** **58"
    assert mask("phone", "(415) 555-0132", "en") == "(***) ***-**32"
    assert mask("phone", "+86 13812345678", "en") == "+86 138******78"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        (
            "浙江省杭州市西湖区文华路12号阳光花园3号楼2单元1502室",
            "浙江省杭州市西湖区文华路12号阳光花园3号楼**",
        ),
        ("阳光花园3栋1502", "阳光花园3栋**"),
        ("阳光花园3-2-1502", "阳光花园**"),
        ("翠湖小区3#1502", "翠湖小区3#**"),
        ("翠湖小区三栋二单元十五楼1502", "翠湖小区三栋**"),
        ("文华路12号A座1502", "文华路12号A座**"),
        ("和平路5号502", "和平路5号**"),
        ("阳光花园3号楼502号", "阳光花园3号楼**"),
        ("幸福里小区3楼东户", "幸福里小区**"),
        ("阳光花园１２号楼５０２室", "阳光花园12号楼**"),
        ("三门峡市湖滨区六峰路1号院2号楼1单元", "三门峡市湖滨区六峰路1号院2号楼**"),
        ("上海市浦东新区1234弄56号789室", "上海市浦东新区1234弄56号**"),
        ("100000 北京市海淀区学院路37号5楼501", "100000 北京市海淀区学院路37号**"),
        ("中山路502号阳光花园3栋502室", "中山路**号阳光花园3栋**"),
        ("佛堂镇塔山下村12号", "佛堂镇塔山下村**"),
        ("塔山下村3组45号", "塔山下村3组**"),
        ("北京市朝阳区三里屯路19号", "北京市朝阳区三里屯路**"),
        ("建设大道88-2号", "建设大道**"),
        ("西湖区政府大楼", "西湖区**"),
        ("浙江省杭州市西湖区", "浙江省杭州市西湖区"),
        ("1502室 阳光花园3栋", "**"),
    ],
)
def test_an_address_keeps_what_leads_to_the_building(address: str, masked: str) -> None:
    assert mask("address", address) == masked


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("12 Mill Lane, Apt 5, Bristol", "12 Mill Lane, Apt **, Bristol"),
        ("Flat 3B, 12 Mill Lane", "Flat **, 12 Mill Lane"),
        ("4/12 Mill St, Sydney", "**/12 Mill St, Sydney"),
        ("10 Orchard Rd #05-12 Singapore", "10 Orchard Rd #** Singapore"),
        (
            "Room 502, Building 3, 88 Wenhua Road, Hangzhou",
            "Room **, Building 3, 88 Wenhua Road, Hangzhou",
        ),
        ("3rd Floor, 8 High St", "**rd Floor, 8 High St"),
        ("123 Main St 4B, Springfield", "123 Main St **, Springfield"),
        ("12 Mill Lane, 5B, Bristol", "12 Mill Lane, **, Bristol"),
        ("PO Box 123, Perth", "PO Box **, Perth"),
        ("502 Oak Street, Apt 502, Town", "** Oak Street, Apt **, Town"),
        ("12 Mill Lane, Springfield", "** Mill Lane, Springfield"),
        ("Rose Cottage, Mill Lane, Bristol", "**, Mill Lane, Bristol"),
        ("Somewhere", "**"),
    ],
)
def test_an_english_address_loses_its_door_or_its_house(address: str, masked: str) -> None:
    assert mask("address", address, "en") == masked


@pytest.mark.parametrize(
    ("field", "text", "masked"),
    [
        ("id_number", "11010119900307123X", "1****************X"),
        ("id_number", "110101900307123", "1*************3"),
        ("id_number", "1234567", "*******"),
        ("bank_card", "6222 0212 3456 7890 123", "**** **** **** ***0 123"),
        ("bank_card", "6222021234567890", "************7890"),
        ("bank_card", "1234-5678", "****-****"),
        ("email", "zhangsan@example.com", "z**@example.com"),
        ("email", "me@example.cn", "**@example.cn"),
        ("email", "wei@zhangwei.cn", "w**@**"),
        ("email", "no address", "**"),
        ("login", "shopper77", "s**"),
        ("password", "hunter2", "**"),
    ],
)
def test_numbers_and_accounts_keep_their_ends(field: str, text: str, masked: str) -> None:
    assert mask(field, text) == masked


def test_what_is_not_personal_stays_as_it_is() -> None:
    assert "goods" not in MASKED
    assert mask("goods", "茶杯 12 只") == "茶杯 12 只"


@pytest.mark.parametrize(
    "address",
    ["阳光花园3栋1502", "阳光花园3栋2单元**", "文华路12号3层", "12 Mill Lane, Apt 5"],
)
def test_a_door_is_seen(address: str) -> None:
    assert shows_door(address)


@pytest.mark.parametrize(
    "address",
    ["阳光花园3栋**", "阳光花园3号楼****", "塔山下村12号", "中山路5号", "12 Mill Lane, Apt **"],
)
def test_a_house_alone_is_no_door(address: str) -> None:
    assert not shows_door(address)


@pytest.mark.parametrize("field", sorted(MASKED))
def test_what_is_too_long_to_be_any_of_these_is_hidden_whole(field: str) -> None:
    assert mask(field, "阳光花园3栋1502室 " * 50) == "**"
