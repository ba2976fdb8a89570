"""The whole story: the same answer each time, and never half of one."""

import gzip
import hashlib
import inspect
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest
from front_answers import a_trace

import whence
from whence import pages
from whence.cli.interruption import Interruption
from whence.errors import InputError, OutputError, UsageError
from whence.market import Market, MarketSpec, make, write
from whence.model import Rejected
from whence.pipeline import FILES, trace_dataset, write_answer


def fingerprints(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_one_command_lays_down_the_whole_answer(
    dataset: Path, market: Market, tmp_path: Path
) -> None:
    answer = trace_dataset(dataset, out=tmp_path / "new" / "answer")
    assert set(fingerprints(tmp_path / "new" / "answer")) == set(FILES)
    (source,) = market.truth.sources
    assert (answer.findings[0].suspect.kind, answer.findings[0].suspect.id) == (
        source.kind,
        source.id,
    )
    document = json.loads((tmp_path / "new" / "answer" / "trace.json").read_text("utf-8"))
    exposed = pq.read_table(tmp_path / "new" / "answer" / document["exposed"]["path"])
    assert exposed.num_rows == document["exposed"]["orders"]
    assert str(exposed.schema.field("accessed_at").type) == "timestamp[us, tz=UTC]"
    falling = exposed.column("probability").to_pylist()
    assert falling == sorted(falling, reverse=True)


def test_row_order_and_threads_do_not_change_a_byte(dataset: Path, tmp_path: Path) -> None:
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    for path in dataset.iterdir():
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            pq.write_table(table.take(list(reversed(range(table.num_rows)))), shuffled / path.name)
        elif path.suffix == ".csv":
            head, *rows = path.read_text("utf-8").splitlines()
            with gzip.open(shuffled / f"{path.name}.gz", "wt", encoding="utf-8") as file:
                file.write("\n".join([head, *reversed(rows)]) + "\n")
    trace_dataset(dataset, out=tmp_path / "one", threads=1)
    trace_dataset(shuffled, out=tmp_path / "two", threads=2)
    assert fingerprints(tmp_path / "one") == fingerprints(tmp_path / "two")


@pytest.mark.slow
def test_threads_do_not_change_a_byte_of_a_crowded_answer(tmp_path: Path) -> None:
    spec = MarketSpec(orders=30_000, sources=6, victims=12, noise=40, twins=0.5, seed=3)
    write(make(spec), tmp_path / "market")
    answers = []
    for threads in (1, 2, 3, 3):
        trace_dataset(tmp_path / "market", out=tmp_path / "answer", threads=threads)
        answers.append(fingerprints(tmp_path / "answer"))
    assert all(answer == answers[0] for answer in answers)


def test_the_library_takes_arrow_tables(dataset: Path) -> None:
    tables = {path.stem: pq.read_table(path) for path in dataset.glob("*.parquet")}
    tables |= {path.stem: pc.read_csv(path) for path in dataset.glob("*.csv")}
    from_memory = whence.trace(tables)
    from_disk = whence.trace(str(dataset))
    assert [f.suspect.id for f in from_memory.findings] == [
        f.suspect.id for f in from_disk.findings
    ]
    assert from_memory.exposed.equals(from_disk.exposed)
    assert isinstance(from_memory.candidates, pa.Table)


def test_the_library_takes_paths_as_text(dataset: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "columns.toml"
    renamed.write_text("", "utf-8")
    (scratch := tmp_path / "scratch").mkdir()
    files = {path.stem: str(path) for path in dataset.iterdir() if path.stem != "truth"}
    answer = whence.trace(
        tables=files, out=str(tmp_path / "answer"), mapping=str(renamed), temp_dir=str(scratch)
    )
    assert answer.named
    assert set(fingerprints(tmp_path / "answer")) == set(FILES)


def test_options_about_files_are_refused_for_tables_in_memory(tmp_path: Path) -> None:
    reports = {"reports": pa.table({"report_id": ["V1"]})}
    out, given = tmp_path / "answer", tmp_path / "columns.toml"
    with pytest.raises(UsageError, match="tables is about files"):
        whence.trace(reports, out=out, tables={"orders": given})
    with pytest.raises(UsageError, match="mapping is about files"):
        whence.trace(reports, out=out, mapping=given)
    assert not out.exists()


def test_the_library_names_every_option_of_the_pipeline() -> None:
    ours, below = (inspect.signature(f).parameters for f in (whence.trace, trace_dataset))
    assert list(ours)[1:] == list(below)[1:]
    for name in set(below) - {"source", "on_progress"}:
        assert ours[name].default == below[name].default


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_while_files_are_moved_waits_until_all_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    whole, out = tmp_path / "whole", tmp_path / "answer"
    write_answer(a_trace(0), [], whole)
    write_answer(a_trace(), [], out)
    moving, moved = Path.replace, []

    def stopped(self: Path, target: Path) -> Path:
        moved.append(target.name)
        if len(moved) == 2:
            signal.raise_signal(number)
        return moving(self, target)

    monkeypatch.setattr(Path, "replace", stopped)
    with Interruption() as interruption, pytest.raises(KeyboardInterrupt):
        write_answer(a_trace(0), [], out)
    assert interruption.exit_code == 128 + number
    assert moved == list(FILES)
    assert moved[-1] == "trace.json"
    assert fingerprints(out) == fingerprints(whole)


def test_an_answer_is_written_off_the_main_thread_too(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(write_answer, a_trace(), [], tmp_path).result()
    assert set(fingerprints(tmp_path)) == set(FILES)


def test_a_folder_in_the_place_of_a_file_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(OutputError, match=r"report\.html"):
        trace_dataset(tmp_path, out=tmp_path)


def test_an_answer_that_cannot_be_finished_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "answer"
    write_answer(a_trace(), [], out)
    before = fingerprints(out)

    def broken(*_: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(pages, "render", broken)
    with pytest.raises(KeyboardInterrupt):
        write_answer(a_trace(0), [], out)
    assert fingerprints(out) == before


def test_a_run_that_fails_makes_no_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        trace_dataset(tmp_path / "nowhere", out=tmp_path / "answer")
    assert not (tmp_path / "answer").exists()


def test_a_file_is_no_place_for_an_answer(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine", "utf-8")
    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        with pytest.raises(OutputError) as refused:
            trace_dataset(tmp_path, out=out)
        assert refused.value.exit_code == 1
    assert (tmp_path / "taken").read_text("utf-8") == "mine"


def test_a_full_disk_is_told_and_leaves_the_old_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "answer"
    write_answer(a_trace(), [], out)
    before = fingerprints(out)

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pages, "render", full)
    with pytest.raises(OutputError, match="No space left"):
        write_answer(a_trace(0), [], out)
    assert fingerprints(out) == before


def test_rejected_rows_are_listed_in_one_order(tmp_path: Path) -> None:
    rows = [
        Rejected(table="reports", id="V2", reason="unknown order"),
        Rejected(table="orders", id="7", reason="duplicate"),
        Rejected(table="reports", id="V1", reason="unknown order"),
    ]
    write_answer(a_trace(), rows, tmp_path / "a")
    write_answer(a_trace(), reversed(rows), tmp_path / "b")
    text = (tmp_path / "a" / "rejected.jsonl").read_text("utf-8")
    assert text == (tmp_path / "b" / "rejected.jsonl").read_text("utf-8")
    assert [json.loads(line)["id"] for line in text.splitlines()] == ["7", "V1", "V2"]


def test_progress_is_told_from_reading_to_writing(dataset: Path, tmp_path: Path) -> None:
    told: list[str] = []
    trace_dataset(
        dataset, out=tmp_path, on_progress=lambda stage, _done, _total: told.append(stage)
    )
    assert told[0] == "intake"
    assert told[-1] == "write"
