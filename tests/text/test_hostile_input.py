"""Whatever is handed in is answered or refused, in little memory and without a traceback."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hostile_world import HOSTILE, HOSTILE_LINES, qr

MOST_MEMORY = 300 * 1024  # KiB
ANSWERED, REFUSED = 0, 2
BEYOND = {
    *("a text of 10 MB", "a picture of 100 megapixels", "a decompression bomb"),
    *("a comment of 50 MB, packed", "a picture that breaks off"),
}
LIMITED = """
import sys
from pathlib import Path
from whence.cli import run
code = run(sys.argv[1:])
# Its own peak: what getrusage tells begins with the memory of the process it was forked from.
told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
print(told["VmHWM"].split()[0], file=sys.stderr)
sys.exit(code)
"""


def checked(*arguments: str) -> tuple[int, str, str, int]:
    """Run the command with little room and return code, output, complaints, peak KiB."""
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, "check", *arguments],
        capture_output=True,
        check=False,
        env={**os.environ, "WHENCE_LANG": "en"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)),
    )
    *complaints, peak = done.stderr.decode().splitlines()
    return done.returncode, done.stdout.decode(), "\n".join(complaints), int(peak)


@pytest.mark.parametrize("name", HOSTILE)
def test_what_an_opponent_hands_in_is_answered_or_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / "given"
    file.write_bytes(HOSTILE[name]())
    code, out, complaints, peak = checked(str(file), "--json", "--no-ocr")
    assert peak < MOST_MEMORY
    assert code == (REFUSED if name in BEYOND else ANSWERED)
    if code == ANSWERED:
        assert json.loads(out)["level"] in {"fraud", "suspicious", "nothing found"}
        assert complaints == ""
    else:
        assert out == ""
        assert complaints.startswith("whence: ")
        assert "Traceback" not in complaints


@pytest.mark.parametrize("name", HOSTILE_LINES)
def test_a_hostile_line_is_refused_and_the_next_one_read(name: str, tmp_path: Path) -> None:
    file = tmp_path / "given.jsonl"
    file.write_bytes(HOSTILE_LINES[name]() + b'\n{"id": "last", "text": "hello"}\n')
    code, out, _, peak = checked("--jsonl", str(file))
    assert peak < MOST_MEMORY
    assert code == ANSWERED
    answers = [json.loads(line) for line in out.splitlines()]
    assert "refused" in answers[0]
    assert answers[-1] == {**answers[-1], "id": "last", "level": "nothing found"}


def test_a_code_within_a_code_is_told_and_not_opened(tmp_path: Path) -> None:
    file = tmp_path / "codes.png"
    file.write_bytes(HOSTILE["a code of codes"]())
    answer = json.loads(checked(str(file), "--json", "--no-ocr")[1])
    assert all(code.startswith("data:image/png") for code in answer["picture"]["codes"])
    assert answer["links"] == []
    assert answer["level"] == "nothing found"


def test_the_code_in_a_picture_is_read(tmp_path: Path) -> None:
    file = tmp_path / "code.png"
    file.write_bytes(qr("http://taobao-kefu.top/tk"))
    answer = json.loads(checked(str(file), "--json", "--no-ocr")[1])
    assert answer["picture"]["codes"] == ["http://taobao-kefu.top/tk"]
    assert answer["links"][0] == {**answer["links"][0], "brand": "Taobao", "in_code": True}
    assert answer["level"] == "suspicious"
    file.write_bytes(qr("https://www.taobao.com/"))
    assert json.loads(checked(str(file), "--json", "--no-ocr")[1])["level"] == "nothing found"
