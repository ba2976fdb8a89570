"""The self-check: neither does the asker tell which order it is, nor the server who is listed."""

import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, strategies as st
from warning_world import KEY

from whence.errors import EngineError, InputError, RefusedError, UsageError
from whence.warning.answering import Limit, Lists, server
from whence.warning.asking import Asked, ask
from whence.warning.crowds import CHANCE, MOST_BITS, bits_for, capacity_for
from whence.warning.listed import About, build_list, from_json, read_about, to_json
from whence.warning.slow_hash import (
    VALUE_BYTES,
    WEAKEST,
    plain_order,
    plain_phone,
    prefix_of,
    slow_hash,
    value_of,
)

LISTED = [(f"ORD{n:06}", f"1390000{n:04}") for n in range(24)]
ALL_ORDERS, CROWD = 40_000, 1_000


def built(folder: Path, pairs: list[tuple[str, str]] | None = None, n: int = ALL_ORDERS) -> About:
    return build_list(
        LISTED if pairs is None else pairs, folder, n_orders=n, k=CROWD, key=KEY, cost=WEAKEST,
        threads=2,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("self-check")
    built(made)
    return made


@contextmanager
def serving(folder: Path, per_hour: int = 0) -> Iterator[str]:
    held = server(folder, "127.0.0.1", 0, per_hour=per_hour, monotonic=lambda: 0.0)
    thread = Thread(target=held.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{held.server_address[1]}"
    finally:
        held.shutdown()
        thread.join()
        held.server_close()


def test_a_listed_order_is_found_and_any_other_is_not(folder: Path) -> None:
    with serving(folder) as url:
        assert ask(url, "ORD000003", "13900000003").is_listed
        assert ask(url, " ord000003", "+86 139-0000-0003").is_listed  # as people write it
        assert not ask(url, "ORD000003", "13900000004").is_listed  # another's phone
        assert not ask(url, "ORD999999", "13900000003").is_listed


def test_all_that_the_server_gets_to_see_is_a_few_bits(folder: Path) -> None:
    lists, seen = Lists(folder), []

    def fetch(url: str) -> tuple[int, bytes]:
        path = url.removeprefix("https://check.example")
        seen.append(path)
        answer = lists.answer(path)
        return answer.status, answer.body

    asked = ask("https://check.example", "ORD000003", "13900000003", fetch=fetch)
    about = read_about(folder)
    assert asked == Asked(is_listed=True, salt=about.salt, bits=about.bits, k=CROWD)
    assert seen[0] == "/v1/about"
    (prefix,) = (path.removeprefix(f"/v1/range/{about.build}/") for path in seen[1:])
    assert int(prefix, 16) < 2**about.bits
    assert len(prefix) * 4 < about.bits + 4


def test_asking_again_after_the_list_was_built_anew_tells_nothing_more(tmp_path: Path) -> None:
    prefixes = set()
    for n in range(3):
        built(tmp_path, LISTED[: 10 + n])
        lists = Lists(tmp_path)

        def fetch(url: str, lists: Lists = lists) -> tuple[int, bytes]:
            path = url.removeprefix("https://check.example")
            if "range" in path:
                prefixes.add(path.rpartition("/")[2])
            answer = lists.answer(path)
            return answer.status, answer.body

        assert ask("https://check.example", "ORD000003", "13900000003", fetch=fetch).is_listed
    assert len(prefixes) == 1


# --- the crowd that shares a question ------------------------------------------------------------


@pytest.mark.parametrize(
    ("n_orders", "k"), [(40_000, 1_000), (66_000, 1_000), (200_000, 1_000), (200_000, 50)]
)
def test_at_least_k_orders_share_every_question(n_orders: int, k: int) -> None:
    bits = bits_for(n_orders, k)
    assert bits is not None
    # Any uniform hash stands in for the slow one: what counts is how many share a prefix.
    shared = Counter(prefix_of(sha256(f"{n}".encode()).digest(), bits) for n in range(n_orders))
    assert len(shared) == 2**bits
    assert min(shared.values()) >= k
    assert n_orders / 2**bits < 4 * k  # and no more are named than needed


def test_one_more_bit_would_leave_some_question_with_fewer() -> None:
    for n_orders, k in ((40_000, 1_000), (200_000, 50), (10**9, 1_000)):
        bits = bits_for(n_orders, k)
        assert bits is not None
        mean = n_orders / 2 ** (bits + 1)
        # Below the mean by five deviations is what a million draws reach.
        assert bits == MOST_BITS or mean - 5 * mean**0.5 < k
    assert CHANCE == 1e-6


def test_too_few_orders_to_hide_among_are_refused(tmp_path: Path) -> None:
    assert bits_for(999, 1_000) is None
    with pytest.raises(UsageError, match="nobody would be hidden"):
        built(tmp_path, n=999)
    assert not (tmp_path / "about.json").exists()


def test_a_list_first_built_for_more_orders_is_not_used_for_fewer(tmp_path: Path) -> None:
    built(tmp_path, [], n=400_000)
    with pytest.raises(UsageError, match="fewer than 1,000 would share"):
        built(tmp_path, [], n=20_000)
    assert built(tmp_path, [], n=4_000_000).bits == read_about(tmp_path).bits


# --- answers that tell nothing -------------------------------------------------------------------


def test_every_answer_has_the_same_length_whoever_is_listed_under_it(folder: Path) -> None:
    about, lists = read_about(folder), Lists(folder)
    n_digits = -(-about.bits // 4)
    answers = [
        lists.answer(f"/v1/range/{about.build}/{prefix:0{n_digits}x}")
        for prefix in range(2**about.bits)
    ]
    assert {(a.status, len(a.body)) for a in answers} == {(200, about.capacity * VALUE_BYTES)}
    for answer in answers:
        values = [answer.body[i : i + 16] for i in range(0, len(answer.body), 16)]
        assert values == sorted(values)  # no place tells a decoy
        assert len(set(values)) == about.capacity


def test_on_the_wire_too_all_answers_have_one_length(folder: Path) -> None:
    about = read_about(folder)
    lengths = set()
    with serving(folder) as url:
        port = int(url.rpartition(":")[2])
        for prefix in range(2**about.bits):
            with socket.create_connection(("127.0.0.1", port)) as wire:
                n_digits = -(-about.bits // 4)
                path = f"/v1/range/{about.build}/{prefix:0{n_digits}x}"
                wire.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
                lengths.add(len(b"".join(iter(lambda: wire.recv(65_536), b""))))
    assert len(lengths) == 1


def test_the_length_of_answers_follows_from_the_power_of_two_above_the_list() -> None:
    bits = 8
    sizes = [capacity_for(n, bits) for n in range(513, 1025)]
    assert len(set(sizes)) == 1
    assert capacity_for(1025, bits) > sizes[0]
    assert capacity_for(0, bits) >= 1


@given(n=st.integers(0, 100_000), bits=st.integers(0, 12))
def test_answers_are_long_enough_for_the_fullest_prefix_with_room_to_spare(
    n: int, bits: int
) -> None:
    assert capacity_for(n, bits) * 2**bits >= n


def test_two_builds_laid_beside_each_other_do_not_show_what_was_added(tmp_path: Path) -> None:
    def values(about: About) -> set[bytes]:
        held = (tmp_path / f"{about.build}.bin").read_bytes()
        return {held[i : i + 16] for i in range(0, len(held), 16)}

    first = values(built(tmp_path, LISTED[:10]))
    second = values(built(tmp_path, LISTED[:11]))
    assert not first & second


def test_building_again_hashes_only_what_is_new_and_keeps_no_old_list(tmp_path: Path) -> None:
    hashed: list[int] = []
    for n in (10, 12):
        build_list(
            LISTED[:n], tmp_path, n_orders=ALL_ORDERS, k=CROWD, key=KEY, cost=WEAKEST,
            on_progress=lambda _s, _d, total: hashed.append(total),
        )  # fmt: skip
    assert Counter(hashed) == {10: 10, 2: 2}
    assert len(list(tmp_path.glob("*.bin"))) == 2  # the hashes and the list of now
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ORD0000" not in held
    assert b"1390000" not in held


# --- a server that is asked too much, a server that asks too much --------------------------------


def test_who_asks_too_often_is_told_so_and_others_are_not(folder: Path) -> None:
    now = [0.0]
    limit = Limit(3, lambda: now[0])
    assert [limit.is_free("10.0.0.1") for _ in range(5)] == [True, True, True, False, False]
    assert limit.is_free("10.0.0.2")
    now[0] = 1_201.0
    assert [limit.is_free("10.0.0.1") for _ in range(2)] == [True, False]
    one_home = ["2001:db8:1:2::1", "2001:db8:1:2:3::4", "2001:db8:1:2:ffff::9", "2001:db8:1:2::7"]
    assert [limit.is_free(address) for address in one_home] == [True, True, True, False]
    with serving(folder, per_hour=3) as url:
        assert ask(url, "ORD000003", "13900000003").is_listed
        with pytest.raises(EngineError, match="too often"):
            ask(url, "ORD000003", "13900000003")


@pytest.mark.parametrize(
    "path", ["/", "/v1/range/", "/v1/range/BUILD/", "/v1/range/BUILD/zz", "/v1/range/BUILD/0000"]
)
def test_what_is_no_question_gets_no_answer(folder: Path, path: str) -> None:
    build = read_about(folder).build
    assert Lists(folder).answer(path.replace("BUILD", build)).status == 404


def test_a_list_built_anew_while_somebody_asks_is_asked_again(tmp_path: Path) -> None:
    built(tmp_path)
    lists = Lists(tmp_path)

    def fetch(url: str) -> tuple[int, bytes]:
        path = url.removeprefix("https://check.example")
        answer = lists.answer(path)
        if path == "/v1/about" and not rebuilt:
            rebuilt.append(built(tmp_path))
        return answer.status, answer.body

    rebuilt: list[About] = []
    assert ask("https://check.example", "ORD000003", "13900000003", fetch=fetch).is_listed


@pytest.mark.parametrize(
    "change",
    [
        {"bits": 24},  # would name the asker
        {"bits": -1},
        {"cost": {"memory_kib": 8, "passes": 1, "lanes": 1}},  # would be quick to guess through
        {"cost": {"memory_kib": 8_000_000, "passes": 3, "lanes": 1}},  # would stop her phone
        {"cost": {"memory_kib": 65_536, "passes": 3, "lanes": 4}},  # lanes can wait for ever
        {"capacity": 10_000_000},
    ],
)
def test_a_server_that_asks_for_too_much_is_told_nothing(
    folder: Path, change: dict[str, Any]
) -> None:
    sheet = json.loads(to_json(read_about(folder))) | change
    asked = []

    def fetch(url: str) -> tuple[int, bytes]:
        asked.append(url)
        return 200, json.dumps(sheet).encode()

    with pytest.raises(RefusedError, match="nothing was told"):
        ask("https://check.example", "ORD000003", "13900000003", fetch=fetch)
    assert len(asked) == 1


def test_a_server_that_changes_its_salt_is_told_nothing(folder: Path) -> None:
    with serving(folder) as url:
        salt = ask(url, "ORD000003", "13900000003").salt
        assert ask(url, "ORD000003", "13900000003", salt=salt).is_listed
        with pytest.raises(RefusedError, match="another salt"):
            ask(url, "ORD000003", "13900000003", salt="00" * 16)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"schema": "other"}', b"<html>"])
def test_what_is_no_self_check_is_told_from_one(body: bytes) -> None:
    with pytest.raises(EngineError, match="does not answer"):
        ask("https://check.example", "O", "13900000003", fetch=lambda _: (200, body))


def test_a_question_goes_out_encrypted_or_not_at_all() -> None:
    for url in ("http://check.example", "check.example", "ftp://127.0.0.1"):
        with pytest.raises(UsageError, match="no https address"):
            ask(url, "O", "13900000003")
    for order, phone in (("", "13900000003"), ("O", "none")):
        with pytest.raises(UsageError, match="are needed"):
            ask("https://check.example", order, phone)


def test_a_damaged_list_is_told_of(tmp_path: Path) -> None:
    about = built(tmp_path, [])
    (tmp_path / f"{about.build}.bin").write_bytes(b"short")
    with pytest.raises(InputError):
        Lists(tmp_path)
    (tmp_path / "about.json").write_text("{}")
    with pytest.raises(InputError):
        read_about(tmp_path)
    assert from_json(to_json(about)) == about


# --- the hash ------------------------------------------------------------------------------------


def test_an_order_number_alone_finds_nothing_without_its_phone() -> None:
    salt = bytes(16)
    with_phone = slow_hash("ORD000003", "13900000003", salt, WEAKEST)
    assert slow_hash("ORD000003", "", salt, WEAKEST) != with_phone
    assert slow_hash("", "13900000003", salt, WEAKEST) != with_phone
    assert slow_hash("ORD00000313900000003", "", salt, WEAKEST) != with_phone
    assert slow_hash("ORD000003", "13900000003", bytes(15) + b"1", WEAKEST) != with_phone


def test_numbers_are_one_however_they_are_written() -> None:
    assert plain_phone("+86 139-0000-0003") == plain_phone("1390000 0003") == "13900000003"
    assert plain_phone("００８６13900000003") == "13900000003"
    assert plain_phone("86139") == "86139"
    assert plain_order(" Ｏrd 1\n") == "ord1"


@given(st.binary(min_size=32, max_size=32), st.integers(0, 20))
def test_a_prefix_is_the_first_bits_and_a_value_none_of_them(hashed: bytes, bits: int) -> None:
    prefix = prefix_of(hashed, bits)
    assert f"{int.from_bytes(hashed, 'big'):0256b}".startswith(f"{prefix:0{bits}b}" if bits else "")
    assert value_of(hashed, b"a") != value_of(hashed, b"b")
