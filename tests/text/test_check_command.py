"""`whence check` as it is called: texts, files, lines, pictures, and what to do after paying."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hostile_world import qr

from whence.cli import run

HEAVY = {"numpy", "duckdb", "pyarrow", "PIL", "zxingcpp", "rapidocr", "onnxruntime", "cv2"}


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["check", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_a_text_is_answered_with_the_words_that_show_it(capsys: Any) -> None:
    code, out, _ = answered(capsys, "我是客服，请把验证码告诉我", "--lang", "zh")
    assert code == 0
    assert out.startswith("诈骗")
    assert "验证码告诉我" in out
    assert "未发现已知骗术" in answered(capsys, "晚上一起吃饭吗", "--lang", "zh")[1]


def test_the_json_is_one_object_and_nothing_else(capsys: Any) -> None:
    made = json.loads(answered(capsys, "Please read me the code", "--json")[1])
    assert (made["level"], made["asks"][0]["quote"]) == ("suspicious", "read me the code")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_text_file_is_read_in_its_encoding(encoding: str, capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "chat.txt"
    file.write_bytes("客服：您好\n我：谁\n客服：请把验证码告诉我".encode(encoding))
    made = json.loads(answered(capsys, str(file), "--json")[1])
    assert [sign["name"] for sign in made["asks"]] == ["read out the SMS code"]


def test_standard_input_is_read() -> None:
    command = Path(sys.executable).with_name("whence")
    done = subprocess.run(
        [command, "check", "-", "--json"],
        input="请把验证码告诉我".encode(),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["level"] == "suspicious"


def test_lines_keep_their_ids_and_faulty_ones_are_told(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "texts.jsonl"
    lines = [
        {"id": "m1", "text": "请把验证码告诉我"},
        {
            "id": 2,
            "turns": [{"by": "caller", "text": "您好"}, {"by": "caller", "text": "共享屏幕"}],
        },
        {"id": 3},
        {"id": 4, "turns": [{"by": "caller"}]},
        {"id": 5, "text": "hello"},
    ]
    file.write_text("\n".join(map(json.dumps, lines)) + "\nbroken\n")
    code, out, err = answered(capsys, "--jsonl", str(file))
    made = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert [one["id"] for one in made] == ["m1", 2, 3, 4, 5, None]
    assert [one.get("level") for one in made] == [
        *("suspicious", "suspicious", None, None, "nothing found", None)
    ]
    assert made[1]["asks"][0]["turn"] == 1
    assert "3" in err


def test_a_picture_is_read_by_its_codes(capsys: Any, tmp_path: Path) -> None:
    file = tmp_path / "code.png"
    file.write_bytes(qr("http://jd-tuikuan.top/x"))
    code, out, _ = answered(capsys, str(file), "--no-ocr", "--lang", "en")
    assert code == 0
    assert "Suspicious" in out
    assert "http://jd-tuikuan.top/x" in out


def test_what_would_steer_a_terminal_is_not_printed(capsys: Any) -> None:
    out = answered(capsys, "请把验证码\x1b[31m\u202e告诉我", "--lang", "zh")[1]
    assert "\x1b[31m" not in out
    assert "\u202e" not in out


@pytest.mark.parametrize(("country", "number"), [("CN", "96110"), ("gb", "159"), ("SG", "1799")])
def test_after_paying_the_first_hour_is_told(country: str, number: str, capsys: Any) -> None:
    out = answered(capsys, "--paid", "--country", country, "--lang", "en")[1]
    assert number in out
    assert "number on the back of your card" in out
    made = json.loads(answered(capsys, "请转账", "--paid", "--country", country, "--json")[1])
    assert made["first_hour"][0]["step"] == "stop"
    assert "first_hour" not in json.loads(answered(capsys, "请转账", "--json")[1])


def test_the_country_is_chinas_in_chinese_and_none_in_english(capsys: Any) -> None:
    assert "96110" in answered(capsys, "--paid", "--lang", "zh")[1]
    assert "96110" not in answered(capsys, "--paid", "--lang", "en")[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--json", "--paid"],
        ["text", "--jsonl", "x"],
        ["text", "--country", "CN"],
        ["--paid", "--country", "QQ"],
        ["--jsonl", "no-such-file"],
        ["text", "--rules", "no-such-folder"],
        ["text", "--brands", "no-such-file"],
    ],
)
def test_wrong_usage_is_told_in_one_line(arguments: list[str], capsys: Any) -> None:
    code, out, err = answered(capsys, *arguments, "--lang", "en")
    assert code == 2
    assert out == ""
    assert err.startswith("whence: ")


def test_a_users_rules_and_brands_are_used(capsys: Any, tmp_path: Path) -> None:
    rule = (
        '[[rule]]\nname = "sell the cow"\nkind = "ask"\nweight = 3\nsource = "x"\n'
        'patterns = ["卖 .. 牛"]\nmatches = ["卖牛"]\nspares = ["买牛"]\n'
    )
    (tmp_path / "own.toml").write_text(rule, "utf-8")
    made = json.loads(answered(capsys, "请卖掉牛", "--rules", str(tmp_path), "--json")[1])
    assert made["asks"][0]["name"] == "sell the cow"
    (tmp_path / "own.toml").write_text(rule.replace("买牛", "卖牛"), "utf-8")
    code, _, err = answered(capsys, "x", "--rules", str(tmp_path), "--lang", "en")
    assert code == 2
    assert "own.toml" in err
    assert "sell the cow" in err


def test_a_text_loads_no_model_and_no_picture_library() -> None:
    told = (
        "import sys\nfrom whence.cli import run\n"
        "run(['check', 'http://a.example 请把验证码告诉我'])\n"
        "print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    modules = {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "whence" in modules
    assert not modules & HEAVY
