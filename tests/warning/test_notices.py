"""What a notice says: three blocks, counted as SMS are, and nothing that makes it a lure."""

import re
from dataclasses import replace
from string import Formatter

import pytest
from hypothesis import given, strategies as st
from warning_world import CASE, SENDER, contacts, exposed, order, writer

from whence.errors import RefusedError
from whence.model import FIELDS
from whence.warning.lures import is_free_of, verify_no_lure
from whence.warning.notices import BLOCKS, TEMPLATES, Notice, read_template, write_notice
from whence.warning.outbox import Row
from whence.warning.settings import FORMS, CaseWords, Sender
from whence.warning.sms import in_parts
from whence.wording import LANGUAGES, Language

EVERY = [(t, f, g) for t in TEMPLATES for f in FORMS for g in LANGUAGES]


def notice(
    template: str = "pipl57",
    form: str = "sms",
    language: Language = "zh",
    case: CaseWords = CASE,
    sender: Sender = SENDER,
) -> Notice:
    return write_notice(
        read_template(template), form=form, language=language, sender=sender, case=case,
        suspects=["SH00156-C5"],
    )  # fmt: skip


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_every_form_in_both_languages_and_asks_for_nothing_personal(
    name: str,
) -> None:
    template = read_template(name)
    for language in LANGUAGES:
        assert set(template.words[language]) == set(FORMS)
        for form in template.words[language].values():
            assert set(form) == {"subject", *BLOCKS}
            parts = (part for text in form.values() for part in Formatter().parse(text))
            asked = {field for _, field, _, _ in parts if field}
            assert asked == {"sender", "kinds", "cause", "measures", "contact"} - (
                set() if "{sender}" in "".join(form.values()) else {"sender"}
            )
            assert bool(re.search("[一-鿿]", form["do"])) is (language == "zh")


@pytest.mark.parametrize(("template", "form", "language"), EVERY)
def test_every_notice_says_what_leaked_what_to_do_and_whom_to_reach(
    template: str, form: str, language: Language
) -> None:
    text = notice(template, form, language).text
    told = {
        "zh": ("订单号、商品、电话", "原因正在调查", "我们已关闭可疑访问", "自行拨打95013", "挂断"),
        "en": ("order number, goods, phone", "being looked into", "We closed", "95013", "ang up"),
    }
    assert all(part in text for part in told[language])
    assert "{" not in text


@pytest.mark.parametrize(("template", "form", "language"), EVERY)
def test_every_notice_tells_every_kind_of_data_by_its_name(
    template: str, form: str, language: Language
) -> None:
    case = replace(CASE, kinds=FIELDS)
    text = notice(template, form, language, case, replace(SENDER, most_parts=9)).text
    assert not any(f"{kind}," in text for kind in FIELDS if "_" in kind)
    assert len(re.findall("[、]" if language == "zh" else ", ", text)) >= len(FIELDS) - 1


def test_the_template_of_the_gdpr_says_that_its_basis_is_second_hand() -> None:
    assert read_template("gdpr34").basis == "second-hand"
    assert read_template("pipl57").basis == "read"


def test_an_english_sms_stays_in_the_alphabet_that_is_cheap() -> None:
    for template in TEMPLATES:
        assert in_parts(notice(template, "sms", "en").text).alphabet == "GSM-7"


def test_an_sms_that_is_too_long_is_refused_and_never_cut() -> None:
    wordy = replace(CASE, measures_zh="我们已采取措施" * 60)
    with pytest.raises(RefusedError, match="never cut"):
        notice(case=wordy)
    assert notice(case=wordy, form="email").text.count("我们已采取措施") == 60


@pytest.mark.parametrize(
    ("measures", "rule"),
    [
        ("详情见https://shop.example/help", "lure-link"),
        ("详情见 www.shop.example", "lure-link"),
        ("详情见shop-help.cn", "lure-link"),
        ("详情见示例.商城", "lure-link"),
        ("请写信到a@b", "lure-link"),
        ("我们将退还239元", "lure-amount"),
        ("我们将退还¥ 239", "lure-amount"),
        ("请联系客服 400 820 8820", "lure-number"),
        ("订单88130412已处理", "lure-number"),
        ("您的账户是安全的", "lure-promise"),
        ("Your account is safe", "lure-promise"),
        ("嫌疑方SH00156-C5已停用", "lure-suspect"),
        ("嫌疑方sh00156-c5已停用", "lure-suspect"),
    ],
)
def test_words_that_would_make_a_notice_a_lure_are_refused(measures: str, rule: str) -> None:
    with pytest.raises(RefusedError) as refused:
        notice(case=replace(CASE, measures_zh=measures))
    assert refused.value.phrase == f"warning.{rule}"
    assert measures not in str(refused.value)


@pytest.mark.parametrize(
    "measures", ["2026年3月7日10时已处理", "已报警（110）", "已在3个工作日内处理", "v2.1 已上线"]
)
def test_years_hours_and_short_numbers_are_no_lure(measures: str) -> None:
    assert measures in notice(case=replace(CASE, measures_zh=measures)).text


def test_the_senders_own_address_may_stand_in_a_mail_but_not_in_an_sms() -> None:
    own = replace(SENDER, contact_zh="privacy@shop.example")
    assert "privacy@shop.example" in notice(form="email", sender=own).text
    with pytest.raises(RefusedError) as refused:
        notice(form="sms", sender=own)
    assert refused.value.phrase == "warning.lure-link"


def test_a_notice_in_which_something_of_hers_stands_is_not_sent() -> None:
    leak = exposed([order(1), order(2)])
    known = contacts(3)
    wrote = writer(leak, known)

    def row(n: int) -> Row:
        return Row(
            customer_id=f"CUST{n:06}", notice_id="n", place=0, state="waiting", due_from=None,
            probability=0.9, n_messages=1, reach="sms/zh/x",
        )  # fmt: skip

    assert not isinstance(wrote.compose(row(1)), str)
    told = wrote.notice("sms", "zh")
    wrote._written["sms", "zh"] = replace(told, text=told.text + "ord000001")
    assert wrote.compose(row(1)) == "would be a lure"
    assert not isinstance(wrote.compose(row(2)), str)  # it is not an order of hers


def test_a_short_id_counts_only_where_it_stands_alone() -> None:
    assert is_free_of("110 and 2026", ["1", "26"])
    assert not is_free_of("order 7 of yours", ["7"])
    assert not is_free_of("订单7已处理", ["7"])
    assert is_free_of("anything", ["", "none"])


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=30)


@given(name=words, contact=words, cause=words, measures=words)
def test_whatever_the_settings_say_a_notice_holds_no_lure_or_is_not_written(
    name: str, contact: str, cause: str, measures: str
) -> None:
    sender = Sender(
        name_en=name, name_zh=name, contact_en=contact, contact_zh=contact, most_parts=50
    )
    case = CaseWords(
        kinds=("phone",), measures_en=measures, measures_zh=measures, cause_en=cause, cause_zh=cause
    )
    for form in FORMS:
        try:
            written = notice(form=form, sender=sender, case=case)
        except RefusedError:
            continue
        verify_no_lure(written.text, form=form, contact=contact)
        assert "://" not in written.text.replace(contact, "")


# --- SMS -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "alphabet", "n_parts"),
    [
        ("", "GSM-7", 1),
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 306, "GSM-7", 2),
        ("a" * 307, "GSM-7", 3),
        ("€" * 80, "GSM-7", 1),
        ("€" * 81, "GSM-7", 2),
        ("€" * 153, "GSM-7", 3),  # 76 to a part: the 77th would be torn
        ("您" * 70, "UCS-2", 1),
        ("您" * 71, "UCS-2", 2),
        ("您" * 134, "UCS-2", 2),
        ("您" * 135, "UCS-2", 3),
        ("a" * 69 + "您", "UCS-2", 1),
        ("a" * 70 + "您", "UCS-2", 2),
        ("😀" * 35, "UCS-2", 1),
        ("😀" * 36, "UCS-2", 2),
        ("😀" * 67, "UCS-2", 3),  # 33 to a part: the 34th would be torn
        ("`", "UCS-2", 1),  # in ASCII, not in the GSM alphabet
    ],
)
def test_sms_are_counted_as_the_networks_count(text: str, alphabet: str, n_parts: int) -> None:
    counted = in_parts(text)
    assert (counted.alphabet, len(counted.parts)) == (alphabet, n_parts)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=400))
def test_the_parts_of_an_sms_joined_are_its_text_and_none_is_too_long(text: str) -> None:
    counted = in_parts(text)
    assert "".join(counted.parts) == text
    if counted.alphabet == "UCS-2":
        room = 70 if len(counted.parts) == 1 else 67
        assert all(len(part.encode("utf-16-be")) // 2 <= room for part in counted.parts)
    else:
        room = 160 if len(counted.parts) == 1 else 153
        assert all(len(part) <= room for part in counted.parts)
    if len(counted.parts) > 1:
        assert all(counted.parts)
