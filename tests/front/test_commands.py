"""The command line: what it prints where, in which language, and with which exit code."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from front_answers import Run, a_trace
from typer.core import TyperGroup

from whence import pipeline
from whence.cli.answer import tell_answer
from whence.cli.app import whole_command
from whence.cli.demo import compared
from whence.cli.language import chosen_language
from whence.cli.values import clearance, end_of_observation, prior
from whence.errors import EngineError, UsageError
from whence.market import Market
from whence.model import DAY, ReportCounts, Window, to_text
from whence.pipeline import FILES
from whence.version import __version__
from whence.wording import is_phrase


def test_trace_prints_a_table_and_says_where_the_files_lie(
    command: Run, dataset: Path, market: Market, tmp_path: Path
) -> None:
    code, out, err = command("trace", dataset, "--out", tmp_path / "a")
    (source,) = market.truth.sources
    assert code == 0
    assert "Suspects found: 1" in out
    assert source.id in out
    assert str(tmp_path / "a") in out
    assert all(name in out for name in FILES)
    assert "\x1b" not in out + err  # no terminal, no colours
    assert err.startswith("whence: reading")


def test_json_is_all_that_stands_on_standard_output(
    command: Run, dataset: Path, tmp_path: Path
) -> None:
    code, out, err = command("trace", dataset, "--out", tmp_path / "a", "--json", "--quiet")
    assert code == 0
    assert json.loads(out)["schema"] == "whence.trace/1"
    assert out == (tmp_path / "a" / "trace.json").read_text("utf-8")
    assert err == ""


def test_a_cleared_custodian_is_not_named_and_the_clearance_is_recorded(
    command: Run, dataset: Path, market: Market, tmp_path: Path
) -> None:
    (source,) = market.truth.sources
    cleared = f"{source.kind}:{source.id}=on leave"
    options = ["--out", tmp_path / "a", "--json", "-q", "--clear", cleared]
    code, out, _ = command("trace", dataset, *options)
    document = json.loads(out)
    assert code == 0
    assert source.id not in {finding["suspect"]["id"] for finding in document["findings"]}
    assert document["priors"] == [
        {"kind": source.kind, "id": source.id, "factor": 0.0, "reason": "on leave"}
    ]


def test_tables_by_their_own_options_need_no_folder(
    command: Run, dataset: Path, tmp_path: Path
) -> None:
    own = [f"--{p.stem}={p}" for p in dataset.iterdir() if p.stem != "truth"]
    code, out, _ = command("trace", *own, "--out", tmp_path / "a", "-q", "--json")
    assert code == 0
    assert json.loads(out)["verdict"] == "suspects found"


@pytest.mark.parametrize(
    "arguments",
    [
        ["trace"],
        ["trace", "nowhere"],
        ["trace", "nowhere", "--prior", "app:AP1"],
        ["trace", "nowhere", "--prior", "app:AP1=-1"],
        ["trace", "nowhere", "--clear", "AP1"],
        ["trace", "nowhere", "--until", "soon"],
        ["trace", "nowhere", "--until", "2026-01-01", "--timezone", "Mars/One"],
        ["trace", "nowhere", "--threads", "0"],
        ["trace", "nowhere", "--memory-limit", "lots"],
        ["trace", "nowhere", "--worst-share", "2"],
        ["trace", "nowhere", "--lang", "fr"],
        ["trace", "--out"],
        ["trace", "--nonsense"],
        ["market"],
        ["market", "here", "--orders", "few"],
        ["nonsense"],
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_wrong_usage_is_one_clear_line_and_exit_code_2(
    command: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    language: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WHENCE_LANG", language)
    code, out, err = command(*arguments)
    assert code == 2
    assert out == ""
    assert err.startswith("whence: ")
    assert len(err.splitlines()) <= 2
    assert "Traceback" not in err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("failure", "code"),
    [(EngineError("engine.out-of-memory", hint="engine.out-of-memory-hint"), 1), (ValueError(), 1)],
)
def test_a_failure_inside_is_one_clear_line_and_exit_code_1(
    command: Run, monkeypatch: pytest.MonkeyPatch, failure: Exception, code: int
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(pipeline, "trace_dataset", failing)
    told = command("trace", "anything", "-q")
    assert told[:2] == (code, "")
    assert len(told[2].splitlines()) == 2


def test_version_is_told(command: Run) -> None:
    assert command("--version") == (0, f"whence {__version__}\n", "")


@pytest.mark.parametrize("name", ["trace", "market", "demo"])
@pytest.mark.parametrize(("language", "example"), [("en", "Example: "), ("zh", "示例：")])
def test_each_help_ends_with_an_example(
    command: Run, name: str, language: str, example: str
) -> None:
    code, out, _ = command("--lang", language, name, "--help")
    assert code == 0
    assert f"{example}whence {name}" in out.replace("\n", " ")


def test_chinese_help_is_chinese_in_every_line_that_explains(command: Run) -> None:
    _, out, _ = command("trace", "--help", "--lang", "zh")
    explained = re.findall(r"^  --?\S.*?  (.+)$", out, flags=re.MULTILINE)
    assert len(explained) > 15
    assert all(re.search("[一-鿿]", line) for line in explained)


def test_bare_whence_shows_its_help(command: Run) -> None:
    code, out, err = command()
    assert code == 2
    assert "whence demo" in out
    assert err == ""


def test_every_command_and_option_has_help_in_words() -> None:
    group = whole_command()
    below: list[Any] = [*group.commands.values()]
    for command in below:
        if isinstance(command, TyperGroup):
            below += command.commands.values()
        assert is_phrase(command.short_help), command.name
    for command in (group, *below):
        assert is_phrase(command.help), command.name
        assert is_phrase(command.epilog), command.name
        for parameter in command.params:
            assert is_phrase(getattr(parameter, "help", "")), (command.name, parameter.name)


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["trace", "--lang", "zh"], {"WHENCE_LANG": "en"}, "zh"),
        (["--lang=en"], {"WHENCE_LANG": "zh"}, "en"),
        ([], {"WHENCE_LANG": "zh", "LANG": "en_GB.UTF-8"}, "zh"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {}, "en"),
    ],
)
def test_the_language_is_the_nearest_one_asked_for(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert chosen_language(arguments, environment) == language


def test_a_reason_may_hold_anything_and_an_id_may_hold_a_colon() -> None:
    cleared = clearance("clerk:SH1:C2=seen = cleared")
    assert (cleared.kind, cleared.id, cleared.factor) == ("clerk", "SH1:C2", 0.0)
    assert cleared.reason == "seen = cleared"
    assert clearance("clerk:C2").reason is None
    assert prior("app:A=1=2.5").id == "A=1"


@pytest.mark.parametrize(
    ("text", "id_", "reason"),
    [
        ("clerk:A==1", "A=1", None),
        ("clerk:A==1=on leave", "A=1", "on leave"),
        ("clerk:A=====x == y", "A==", "x == y"),
        ("clerk:A=", "A", None),
    ],
)
def test_an_id_with_an_equals_sign_can_be_cleared(text: str, id_: str, reason: str | None) -> None:
    cleared = clearance(text)
    assert (cleared.kind, cleared.id, cleared.reason) == ("clerk", id_, reason)


@pytest.mark.parametrize("text", ["app:A=nan", "app:A=inf", "app:A=-1", "app:A=", "A=2", ":A=2"])
def test_a_factor_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        prior(text)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-07T07:00:00Z", "2026-03-07T07:00:00Z"),
        ("2026-03-07T07:00:00+08:00", "2026-03-06T23:00:00Z"),
        ("2026-03-07T07:00:00", "2026-03-06T23:00:00Z"),
        ("2026-03-07", "2026-03-07T16:00:00Z"),
        ("20260307", "2026-03-07T16:00:00Z"),
        ("2026-W10-6", "2026-03-07T16:00:00Z"),
        ("20260307T07", "2026-03-06T23:00:00Z"),
    ],
)
def test_the_end_of_observation_is_read_in_the_zone_given(text: str, instant: str) -> None:
    assert to_text(end_of_observation(text, "Asia/Shanghai")) == instant


@pytest.mark.parametrize("language", ["en", "zh"])
def test_ties_cleared_and_rejected_are_told(
    capsys: pytest.CaptureFixture[str], language: str
) -> None:
    tell_answer(a_trace(25, tied=True), Path("somewhere"), "zh" if language == "zh" else "en")
    out = capsys.readouterr().out
    for fact in ("WA3", "81%", "19%", "about 7" if language == "en" else "约7份", "AP1", "5"):
        assert fact in out


def test_a_day_alone_ends_at_midnight_on_the_wall_also_when_clocks_change() -> None:
    assert to_text(end_of_observation("2026-03-29", "Europe/Berlin")) == "2026-03-29T22:00:00Z"


@pytest.mark.parametrize(
    ("end", "last"),
    [(20_430 * DAY, "7 Dec"), (20_430 * DAY + 1, "8 Dec"), (20_421 * DAY, "28 Nov")],
)
def test_the_table_shows_the_last_day_of_the_window(
    capsys: pytest.CaptureFixture[str], market: Market, end: int, last: str
) -> None:
    trace = a_trace()
    finding = replace(trace.findings[0], window=Window(start=20_420 * DAY, end=end))
    trace = replace(trace, findings=(finding,))
    tell_answer(trace, Path("somewhere"), "en")
    assert f"{last} 2025" in capsys.readouterr().out
    assert f"{last} 2025" in compared(market.truth, trace, "en")[-2]


def test_no_more_reports_are_explained_than_lie_in_the_window(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trace = a_trace()
    counts = ReportCounts(in_window=12, explained=12.1, expected_by_chance=0.3)
    finding = replace(trace.findings[0], reports=counts)
    tell_answer(replace(trace, findings=(finding,)), Path("somewhere"), "en")
    assert " 12/12 " in capsys.readouterr().out


def test_reasons_for_setting_aside_are_told_in_chinese(
    capsys: pytest.CaptureFixture[str],
) -> None:
    trace = a_trace()
    rejected = {"orders: missing placed_at": 1, "reports: called after the end of observation": 2}
    trace = replace(trace, inputs=replace(trace.inputs, rejected=rejected))
    tell_answer(trace, Path("somewhere"), "zh")
    out = capsys.readouterr().out
    assert "订单：缺少 placed_at，1行" in out
    assert "受害人报告：来电晚于观察截止时间，2行" in out


def test_the_demo_says_what_it_got_wrong(market: Market) -> None:
    lines = compared(market.truth, a_trace(2), "en")
    assert lines[-1] == "Not all right: 0 of 1 sources found, 2 named wrongly."
    assert market.truth.sources[0].id in lines[1]


def test_ctrl_c_ends_with_130_and_nothing_half_written(dataset: Path, tmp_path: Path) -> None:
    out = tmp_path / "answer"
    arguments = ["trace", str(dataset), "--out", str(out)]
    code = f"from whence.cli import main; main({arguments!r})"
    started = subprocess.Popen(
        [sys.executable, "-c", code], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert started.stderr is not None
    started.stderr.readline()  # the first stage has begun
    time.sleep(0.2)
    started.send_signal(signal.SIGINT)
    said, errors = started.communicate(timeout=20)
    assert started.returncode == 130
    assert (said, errors.count("Traceback")) == ("", 0)
    assert not out.exists() or not list(out.iterdir())


def test_a_reader_who_leaves_early_gets_no_complaint() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-c", "from whence.cli import main; main(['trace', '--help'])"],
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert done.stderr == ""
