"""One field sealed: it opens as what it was, under its own order, field and key, and no other."""

import pytest
from hypothesis import given, strategies as st

from whence.errors import IntegrityError
from whence.protection.sealing import NORMAL, VersionKey

SECRET = bytes(range(32))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


def sealed(text: str, order_id: str = "O-1", field: str = "phone") -> bytes:
    return VersionKey(3, SECRET).seal([(order_id, field, text)])[0]


@given(text=TEXTS, order_id=TEXTS, field=st.sampled_from(["name", "phone", "address"]))
def test_what_is_sealed_opens_as_what_it_was(text: str, order_id: str, field: str) -> None:
    assert VersionKey(3, SECRET).open(order_id, field, sealed(text, order_id, field)) == text


@given(text=TEXTS, at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_bit_that_changed_is_noticed(text: str, at: int, bit: int) -> None:
    one = bytearray(sealed(text))
    one[at % len(one)] ^= 1 << bit
    with pytest.raises(IntegrityError):
        VersionKey(3, SECRET).open("O-1", "phone", bytes(one))


@given(text=TEXTS, length=st.integers(0, 200))
def test_a_seal_that_was_cut_is_noticed(text: str, length: int) -> None:
    one = sealed(text)
    with pytest.raises(IntegrityError):
        VersionKey(3, SECRET).open("O-1", "phone", one[: length % len(one)])


@pytest.mark.parametrize(
    ("key", "order_id", "field"),
    [
        (VersionKey(3, SECRET), "O-2", "phone"),
        (VersionKey(3, SECRET), "O-1", "name"),
        (VersionKey(4, SECRET), "O-1", "phone"),
        (VersionKey(3, bytes(32)), "O-1", "phone"),
    ],
)
def test_it_opens_nowhere_else(key: VersionKey, order_id: str, field: str) -> None:
    one = sealed("12055667788")
    with pytest.raises(IntegrityError) as refused:
        key.open(order_id, field, one)
    assert refused.value.__cause__ is None
    assert "12055667788" not in str(refused.value)


def test_field_and_order_cannot_be_shifted_into_each_other() -> None:
    """What is bound reads version, field, order; no other pair may spell the same."""
    one = VersionKey(3, SECRET).seal([("\0b", "a", "x")])[0]
    with pytest.raises(IntegrityError):
        VersionKey(3, SECRET).open("b", "a\0", one)


def test_the_same_text_never_looks_the_same_and_short_ones_are_as_long_as_longer_ones() -> None:
    assert sealed("张伟") != sealed("张伟")
    assert len(sealed("张伟")) == len(sealed("迪丽热巴·迪力木")) == 12 + 32 + 16


def test_equal_values_have_equal_digests_and_fields_and_versions_do_not_share_them() -> None:
    key = VersionKey(3, SECRET)
    assert key.digest("phone", "120 5566-7788") == key.digest("phone", "+86 12055667788")
    assert key.digest("phone", "12055667788") != key.digest("phone", "12055667789")
    assert key.digest("phone", "12055667788") != key.digest("phone", "12055667788 转 1")
    assert key.digest("phone", "12055667788") != key.digest("bank_card", "12055667788")
    assert key.digest("phone", "1") != VersionKey(4, SECRET).digest("phone", "1")
    assert key.digest("email", " Wei@Example.COM") == key.digest("email", "wei@example.com")
    assert key.digest("id_number", "11010119900307123x") == key.digest(
        "id_number", "110101 19900307 123X"
    )


@pytest.mark.parametrize("field", sorted(NORMAL))
def test_nothing_has_no_digest(field: str) -> None:
    assert VersionKey(3, SECRET).digest(field, "  ") is None
