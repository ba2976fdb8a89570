"""`whence diff` as a command: what it prints, writes, refuses, and where that is documented."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from diff_answers import a_finding, an_answer, exposed, laid
from front_answers import Run
from typer.core import TyperOption

from whence import document as written
from whence.cli.app import whole_command
from whence.comparison import compare, read_answer, reading
from whence.comparison.orders import Why
from whence.comparison.printed import to_document
from whence.market import Market

HOUSE = Path(__file__).parents[2]


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    old = an_answer(
        a_finding("AC1", reports=("V1", "V2")),
        exposed=exposed(o1=("AC1", 4, 0.9), o2=("AC1", 5, 0.3), o3=("AC1", 6, 0.9)),
    )
    new = an_answer(
        a_finding("SH1", reports=("V1", "V2", "V3")),
        exposed=exposed(o2=("SH1", 5, 0.9), o4=("SH1", 5, 0.9)),
        unexplained=("V4",),
    )
    return laid(old, tmp_path / "march"), laid(new, tmp_path / "april")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "No longer named: shop clerk's account AC1. Shop SH1 now explains",
                "Newly named: shop SH1.",
            ),
        ),
        ("zh", ("不再列为疑似泄露方：店员账号AC1。", "新列为疑似泄露方：店铺SH1。")),
    ],
)
def test_the_verdict_stands_first(
    command: Run, pair: tuple[Path, Path], language: str, words: tuple[str, str]
) -> None:
    code, out, err = command("diff", *pair, "--lang", language)
    assert (code, err) == (0, "")
    assert all(word in "\n".join(out.splitlines()[:5]) for word in words)
    assert "1" in out.splitlines()[0]


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing changed."), ("zh", "没有变化。")])
def test_the_same_answer_twice_is_told_in_one_line(
    command: Run, pair: tuple[Path, Path], language: str, said: str
) -> None:
    assert command("diff", pair[0], pair[0], "--lang", language) == (0, f"{said}\n", "")


def test_json_is_the_same_for_every_reader(command: Run, pair: tuple[Path, Path]) -> None:
    code, out, err = command("diff", *pair, "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)["schema"] == "whence.diff/1"
    assert command("diff", *pair, "--json", "--lang", "zh")[1] == out
    assert command("diff", f"{pair[0]}/", pair[1], "--json")[1] == out


@pytest.mark.parametrize(("name", "read"), [("o.parquet", pq.read_table), ("o.csv", pc.read_csv)])
def test_the_changed_orders_are_written(
    command: Run, pair: tuple[Path, Path], tmp_path: Path, name: str, read: Callable[..., pa.Table]
) -> None:
    code, _, _ = command("diff", *pair, "--orders", tmp_path / name)
    assert code == 0
    rows = read(tmp_path / name).to_pylist()
    assert [(row["order_id"], row["change"]) for row in rows] == [
        ("o1", "no longer exposed"),
        ("o2", "other suspect"),
        ("o3", "no longer exposed"),
        ("o4", "newly exposed"),
    ]
    assert (rows[1]["probability_before"], rows[1]["probability_after"]) == (0.3, 0.9)
    assert rows[0]["probability_after"] is None
    text = (HOUSE / "docs" / "formats.md").read_text("utf-8")
    assert all(f"`{column}`" in text for column in rows[0])


def test_order_ids_that_are_numbers_stay_numbers(
    command: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    for number, folder in enumerate(pair):
        table = pq.read_table(folder / "exposed.parquet")
        ids = pa.array(range(number, number + table.num_rows), pa.int64())
        pq.write_table(table.set_column(0, "order_id", ids), folder / "exposed.parquet")
    assert command("diff", *pair, "--orders", tmp_path / "o.parquet")[0] == 0
    assert pq.read_schema(tmp_path / "o.parquet").field("order_id").type == pa.int64()


def test_a_file_of_another_form_is_refused_before_anything_is_read(command: Run) -> None:
    code, out, err = command("diff", "nowhere", "nowhere", "--orders", "o.xlsx")
    assert (code, out) == (2, "")
    assert "o.xlsx" in err


def test_orders_that_cannot_be_written_are_told(command: Run, pair: tuple[Path, Path]) -> None:
    code, out, err = command("diff", *pair, "--orders", pair[0] / "no" / "o.csv")
    assert (code, out) == (1, "")
    assert "o.csv" in err


def broken(folder: Path, name: str, change: str) -> None:
    """Break one file of an answer."""
    path = folder / name
    if change == "missing":
        path.unlink()
    elif change == "garbled":
        path.write_bytes(b"\xff{")
    elif change == "empty":
        path.write_bytes(b"")
    elif path.suffix == ".parquet":
        pq.write_table(pq.read_table(path).drop_columns([change]), path)
    elif change == "older":
        path.write_text(
            path.read_text("utf-8").replace("whence.trace/1", "whence.trace/9"), "utf-8"
        )
    else:
        document = json.loads(path.read_text("utf-8"))
        del document[change]
        path.write_text(json.dumps(document), "utf-8")


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "change", "named"),
    [
        ("trace.json", "missing", "trace.json"),
        ("trace.json", "garbled", "trace.json"),
        ("trace.json", "empty", "trace.json"),
        ("trace.json", "older", "whence.trace/9"),
        ("trace.json", "findings", "findings"),
        ("rejected.jsonl", "missing", "rejected.jsonl"),
        ("rejected.jsonl", "garbled", "rejected.jsonl"),
        ("candidates.parquet", "missing", "candidates.parquet"),
        ("candidates.parquet", "garbled", "candidates.parquet"),
        ("candidates.parquet", "posterior", "posterior"),
        ("exposed.parquet", "missing", "exposed.parquet"),
        ("exposed.parquet", "empty", "exposed.parquet"),
        ("exposed.parquet", "order_id", "order_id"),
    ],
)
def test_a_folder_that_is_no_answer_is_told_by_file_and_folder(
    command: Run,
    pair: tuple[Path, Path],
    name: str,
    change: str,
    named: str,
    language: str,
    side: int,
) -> None:
    broken(pair[side], name, change)
    code, out, err = command("diff", *pair, "--lang", language)
    assert (code, out) == (2, "")
    assert named in err
    assert str(pair[side]) in err
    assert str(pair[1 - side]) not in err
    assert len(err.splitlines()) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "guilty"},
        {"findings": [1]},
        {"inputs": None},
        {"observed": {"start": "soon", "end": "later"}},
        {"priors": [{"kind": "shop", "id": "SH1", "factor": None}]},
    ],
)
def test_a_field_of_another_shape_is_no_fault_of_ours(
    command: Run, pair: tuple[Path, Path], change: dict[str, object]
) -> None:
    path = pair[1] / "trace.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    code, _, err = command("diff", *pair)
    assert code == 2
    assert "trace.json" in err


def test_a_folder_whose_name_looks_like_a_partition_is_read(
    command: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    (tmp_path / "posterior=1").mkdir()
    moved = pair[0].rename(tmp_path / "posterior=1" / "answer")
    assert command("diff", moved, moved)[1] == "Nothing changed.\n"


def test_a_cleared_suspect_of_a_real_answer_is_gone_because_she_was_cleared(
    command: Run, dataset: Path, market: Market, tmp_path: Path
) -> None:
    (source,) = market.truth.sources
    cleared = f"--clear={source.kind}:{source.id}=on leave"
    assert command("trace", dataset, "-q", "-o", tmp_path / "old")[0] == 0
    assert command("trace", dataset, "-q", "-o", tmp_path / "new", cleared)[0] == 0
    code, out, _ = command("diff", tmp_path / "old", tmp_path / "new")
    assert code == 0
    assert out.startswith("The verdict changed: suspects found (1) before, nothing stands out now.")
    assert "on leave" in out.splitlines()[1]
    code, out, _ = command("diff", tmp_path / "old", tmp_path / "old")
    assert out == "Nothing changed.\n"


def test_answers_of_victims_alone_are_compared(command: Run, tmp_path: Path) -> None:
    head = "report_id,called_at,placed_at,shop_id\n"
    lines = [
        f"V{i:02},2026-02-{i + 1:02},2026-01-{i + 1:02},SH{i % 9 * (i % 3)}" for i in range(24)
    ]
    for name, n in (("old", 8), ("new", 24)):
        (tmp_path / f"{name}.csv").write_text(head + "\n".join(lines[:n]) + "\n", "utf-8")
        told = command("trace", "--reports", tmp_path / f"{name}.csv", "-q", "-o", tmp_path / name)
        assert told[0] == 0
    code, out, err = command("diff", tmp_path / "old", tmp_path / "new")
    assert (code, err) == (0, "")
    assert re.search(r"of the 16 new reports names? it", out)
    assert "concern" not in out
    assert command("diff", tmp_path / "new", tmp_path / "new")[1] == "Nothing changed.\n"


# --- what is said and documented -----------------------------------------------------------------


def test_every_option_is_documented_and_no_other() -> None:
    _, _, rest = (HOUSE / "docs" / "cli.md").read_text("utf-8").partition("\n## whence diff\n")
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", rest.partition("\n## ")[0]))
    options = {
        written
        for parameter in whole_command().commands["diff"].params
        if isinstance(parameter, TyperOption)
        for written in parameter.opts
    }
    assert options - {"--help"} == documented


def keys_of(held: object) -> set[str]:
    if isinstance(held, dict):
        return set(held) | {key for value in held.values() for key in keys_of(value)}
    if isinstance(held, list):
        return {key for value in held for key in keys_of(value)}
    return set()


def test_every_field_of_the_json_is_documented(pair: tuple[Path, Path]) -> None:
    document = to_document(compare(*map(read_answer, pair)))
    document["exposed"]["newly_exposed"]["because"] = {}
    document["exposed"]["no_longer_exposed"]["because"] = {}
    text = (HOUSE / "docs" / "formats.md").read_text("utf-8")
    _, _, rest = text.partition("\n## `whence diff OLD NEW`\n")
    section = rest.partition("\n## ")[0]
    named = set(re.findall(r'"(\w+)":', section))
    for quoted in re.findall(r"`([^`]+)`", re.sub(r"```.*?```", "", section, flags=re.DOTALL)):
        named |= set(re.findall(r"\w+", quoted))
    _, _, trace_section = text.partition("\n## `whence trace DATASET --out DIR`\n")
    as_in_a_trace = set(re.findall(r'"(\w+)":', trace_section.partition("\n## ")[0]))
    assert keys_of(document) <= named | as_in_a_trace | {"n"}
    for why in get_args(Why):
        assert f"`{why}`" in section


def test_every_reason_has_its_phrase_and_none_is_left_over() -> None:
    wording = HOUSE / "src" / "whence" / "wording"
    phrases = tomllib.loads((wording / "comparison.toml").read_text("utf-8"))
    source = (HOUSE / "src" / "whence" / "comparison" / "reasons.py").read_text("utf-8")
    calls = re.findall(r"_note\(([^,)]+)", source)
    used = {name for call in calls for name in re.findall(r'"([a-z-]+)"', call)}
    held = {re.sub(r"-(one|many|all)$", "", key) for key in phrases if key.startswith("reason-")}
    assert held == {f"reason-{name}" for name in used}
    told = tomllib.loads((wording / "diff.toml").read_text("utf-8"))
    for why in get_args(Why):
        for change in ("newly-exposed", "no-longer-exposed"):
            assert f"{change}-{why.replace(' ', '-')}" in told


def test_help_pulls_nothing_heavy() -> None:
    code = "import sys; from whence.cli import run; run(['diff', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "whence.cli.diff" in done.stdout
    assert not {"pyarrow", "numpy", "altair"} & set(done.stdout.split())


def test_the_schema_read_is_the_schema_written() -> None:
    assert (reading.READS, reading.EXPOSED, reading.CANDIDATES) == (
        written.SCHEMA,
        written.EXPOSED,
        written.CANDIDATES,
    )
