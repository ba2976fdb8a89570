"""How far marks are read back: leaked samples, pooled copies, one name or extension alone.

    python benchmarks/marks.py --trials 10000 --out build/marks.json
    python benchmarks/marks.py --parts speed chance

Copies are written, leaked and read with the functions that the product uses. People and addresses
are drawn half from ``whence.market`` and half from lists written by hand (``tests/marks``), never
from the code's own values. 10,000 recipients; every order is handed to all of them, or to 50.

*Named*: a pirate reaches the bound of 1e-6. *Innocent*: trials in which anybody else was named.
*Nearest*: the recipient with most matching fields is a pirate; it is always somebody. *Skoric*: the
symmetric score for q values (Skoric, Katzenbeisser and Celik 2008) of a pirate passes a threshold
whose Chernoff bound over all recipients is 1e-6.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "marks"))
import marks_world as world

from whence import market
from whence.market.people import people_of
from whence.marks import Book, Reading, SeenRow, read_alias, read_extension, read_sample, write
from whence.marks.book import EXTENSION, NAME, VALUES
from whence.marks.names_zh import CHARACTERS
from whence.marks.observed import observe
from whence.marks.spelling import WORD_BITS
from whence.marks.tongues import TONGUES

Ints: TypeAlias = NDArray[np.int64]
Rows: TypeAlias = list[dict[str, str | None]]

RECIPIENTS = 10_000
FIELDS = ("name", "extension", "address")
POOL = 20_000  # rows that trials draw from
BLANK = 0.1  # of a field that pirates pool: left out altogether
BASELINES = 300  # trials in which the baselines run too
ALPHA = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A kind of leak."""

    rows: int
    fields: tuple[str, ...] = FIELDS
    altered: int = 0
    pirates: int = 1
    by_slot: bool = False  # addresses too are put together slot by slot: beyond the attack model
    handed_to: int = RECIPIENTS
    locale: str = "zh"

    def __str__(self) -> str:
        words = [f"{self.rows} rows" if self.rows > 1 else "1 row"]
        if self.fields != FIELDS:
            words.append(" and ".join(self.fields) + " alone")
        if self.altered:
            words.append(f"{self.altered} altered")
        if self.pirates > 1:
            words.append(f"{self.pirates} pool" + (" slot by slot" if self.by_slot else ""))
        if self.handed_to < RECIPIENTS:
            words.append(f"each order to {self.handed_to}")
        return ", ".join([*words, *([self.locale] if self.locale != "zh" else [])])


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One trial."""

    named: int  # pirates named
    leads: bool  # a pirate stands first
    innocent: int  # others named
    bound: float  # the largest bound of anybody named
    log10: float  # of the first pirate
    seconds: float
    nearest: bool | None = None
    skoric: bool | None = None


MUST_HOLD = tuple(
    Case(rows=10, handed_to=handed_to, altered=altered, pirates=pirates)
    for handed_to in (RECIPIENTS, 50)
    for altered, pirates in ((0, 1), (3, 1), (0, 2))
)
TABLE = (
    *(Case(rows=n) for n in (1, 2, 3, 5)),
    *(Case(rows=n, handed_to=50) for n in (1, 2, 3, 5)),
    *(Case(rows=n, fields=("name",)) for n in (1, 2, 3, 5, 10)),
    *(Case(rows=n, fields=("name",), handed_to=50) for n in (1, 2, 3, 5, 10)),
    *(Case(rows=n, fields=("address",)) for n in (1, 2, 3, 5, 10)),
    *(Case(rows=n, fields=("address",), handed_to=50) for n in (1, 2, 3, 5, 10)),
    Case(rows=10, fields=("address",), altered=3),
    *(Case(rows=10, pirates=n) for n in (3, 5)),
    *(Case(rows=5, pirates=n) for n in (2, 3, 5)),
    *(Case(rows=10, fields=("name",), pirates=n) for n in (2, 3, 5)),
    *(Case(rows=10, fields=("address",), pirates=n) for n in (2, 3, 5)),
    *(Case(rows=10, fields=("address",), pirates=n, by_slot=True) for n in (2, 3, 5)),
    *(Case(rows=30, fields=("address",), pirates=n, by_slot=True) for n in (3, 5)),
    *(Case(rows=10, locale="en", altered=a, pirates=p) for a, p in ((0, 1), (3, 1), (0, 2))),
    *(Case(rows=n, fields=("address",), locale="en") for n in (3, 5, 10)),
)


def pool(locale: str) -> pa.Table:
    """Return rows of made-up people: half from the market, half from lists written by hand."""
    spec = market.MarketSpec(orders=POOL // 2, sources=0, victims=0, noise=0, seed=11)
    columns = ["order_id", "name", "address"]
    drawn = people_of(market.make(spec).orders, locale=locale, seed=7).select(columns)
    written = world.people(POOL // 2, locale, seed=5).select(columns)
    return pa.concat_tables([drawn.cast(written.schema), written])


class Trials:
    """Trials of one case, each from its own seed."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._book = Book(world.KEY, case.locale)
        self._pool = pool(case.locale)
        self._everyone = np.arange(RECIPIENTS)

    def run(self, trial: int) -> Outcome:
        """Hand out, leak, read."""
        case = self._case
        rng = np.random.default_rng([trial, case.rows, case.pirates])
        rows = self._pool.take(pa.array(rng.choice(POOL, case.rows, replace=False)))
        pirates = rng.choice(RECIPIENTS, case.pirates, replace=False)
        versions = [self._copy(int(number), rows) for number in pirates]
        leaked = self._pooled(versions, rng)
        for at in rng.choice(case.rows, case.altered, replace=False):
            leaked[at] = self._altered(rows, int(at), rng)
        ids = rows.column("order_id").to_pylist()
        handed = {order_id: self._recipients(pirates, rng) for order_id in ids}
        seen = [
            SeenRow(order_id=i, **{f: row[f] for f in case.fields})
            for i, row in zip(ids, leaked, strict=True)
        ]
        began = time.process_time()
        reading = read_sample(self._book, seen, handed)
        seconds = time.process_time() - began
        baselines = _baselines(self._book, seen, handed, pirates) if trial < BASELINES else {}
        return _outcome(reading, set(pirates.tolist()), seconds, baselines)

    def _copy(self, number: int, rows: pa.Table) -> Rows:
        marked = write(
            self._book,
            number,
            rows.column("order_id"),
            names=rows.column("name"),
            addresses=rows.column("address"),
            extensions=True,
        )
        columns = (marked.names, marked.extensions, marked.addresses)
        texts = [column.to_pylist() for column in columns if column is not None]
        return [dict(zip(FIELDS, row, strict=True)) for row in zip(*texts, strict=True)]

    def _recipients(self, pirates: Ints, rng: np.random.Generator) -> Ints:
        if self._case.handed_to == RECIPIENTS:
            return self._everyone
        others = rng.choice(RECIPIENTS, self._case.handed_to, replace=False)
        return np.unique(np.concatenate([pirates, others])[: self._case.handed_to])

    def _pooled(self, versions: Sequence[Rows], rng: np.random.Generator) -> Rows:
        """Return for each field one of the versions, or blank."""
        if len(versions) == 1:
            return [dict(row) for row in versions[0]]
        leaked: Rows = []
        for many in zip(*versions, strict=True):
            row: dict[str, str | None] = {}
            for field in FIELDS:
                chosen = many[int(rng.integers(len(many)))][field]
                if field == "address" and self._case.by_slot:
                    chosen = self._mixed([str(each[field]) for each in many], rng)
                row[field] = None if rng.random() < BLANK else chosen
            leaked.append(row)
        return leaked

    def _mixed(self, texts: Sequence[str], rng: np.random.Generator) -> str:
        layouts = [TONGUES[self._case.locale].layout(text) for text in texts]
        seen = [{s.kind: s.seen for s in layout.slots} for layout in layouts]
        kinds = [s.kind for s in layouts[0].slots]
        chosen = {k: seen[int(rng.integers(len(seen)))].get(k) or 0 for k in kinds}
        return layouts[0].spelt(chosen)

    def _altered(self, rows: pa.Table, at: int, rng: np.random.Generator) -> dict[str, str | None]:
        """Return a row whose fields were replaced by others that look as good.

        What looks like a mark is made up: whoever puts in another recipient's own values, leaks
        that one's copy too.
        """
        tongue = TONGUES[self._case.locale]
        name = rows.column("name")[at].as_py()
        address = rows.column("address")[at].as_py()
        layout = tongue.layout(address)
        spelt = {s.kind: int(rng.integers(len(s.spellings))) for s in layout.slots}
        options: dict[str, tuple[str | None, ...]] = {
            "name": (tongue.alias(name, int(rng.integers(VALUES))), name, None),
            "extension": (f"{int(rng.integers(VALUES)):04}", None),
            "address": (layout.spelt(spelt), address, layout.plain, None),
        }
        return {f: texts[int(rng.integers(len(texts)))] for f, texts in options.items()}


def _outcome(
    reading: Reading, pirates: set[int], seconds: float, baselines: dict[str, bool]
) -> Outcome:
    named = reading.named
    at = np.flatnonzero(np.isin(reading.numbers, list(pirates)))
    return Outcome(
        named=sum(each.number in pirates for each in named),
        leads=reading.leading is not None and reading.leading.number in pirates,
        innocent=sum(each.number not in pirates for each in named),
        bound=max((each.false_accusation_bound for each in named), default=0.0),
        log10=float(reading.log10_likelihood_ratios[at[0]]),
        seconds=seconds,
        **baselines,
    )


def _baselines(
    book: Book, rows: Sequence[SeenRow], handed: dict[str, Ints], pirates: Ints
) -> dict[str, bool]:
    """Return whether the nearest codeword and the symmetric score point at a pirate."""
    observed = observe(rows, book.locale, spoken=False)
    counts, scores = np.zeros(RECIPIENTS), np.zeros(RECIPIENTS)
    alphabets: list[tuple[int, tuple[Ints, Any]]] = []
    for order in observed.orders:
        held = handed[str(order.order_id)]
        digests = np.repeat(book.digests([order.order_id]), len(held), axis=0)
        for field in (NAME, EXTENSION):
            for heard in order.values.get(field, ()):
                fits = book.values(field, digests, held) == int(heard.weights.argmax())
                alphabets.append((VALUES, (held, fits)))
        words = book.words(digests, held)
        for address in order.addresses:
            for slot in address[0]:
                n = len(slot.allowed)
                drawn = words[:, slot.kind].astype(np.int64) * n >> WORD_BITS
                alphabets.append((n, (held, slot.allowed[drawn])))
    for q, (held, fits) in alphabets:
        counts[held] += fits
        scores[held] += np.where(fits, np.sqrt(q - 1.0), -1.0 / np.sqrt(q - 1.0))
    threshold = _threshold([q for q, _ in alphabets])
    first = np.flatnonzero(counts == counts.max())
    accused = np.flatnonzero(scores >= threshold)
    return {
        "nearest": len(first) == 1 and int(first[0]) in pirates,
        "skoric": len(accused) > 0 and bool(np.isin(accused, pirates).all()),
    }


def _threshold(alphabets: Sequence[int]) -> float:
    """Return the score that an innocent reaches with a Chernoff bound of ALPHA over all."""
    sizes, n_each = np.unique(alphabets, return_counts=True)
    best = np.inf
    for slope in np.geomspace(1e-3, 10.0, 120):
        up, down = slope * np.sqrt(sizes - 1.0), -slope / np.sqrt(sizes - 1.0)
        log_mean = np.logaddexp(up - np.log(sizes), down + np.log1p(-1.0 / sizes))
        best = min(best, (float(n_each @ log_mean) + np.log(RECIPIENTS / ALPHA)) / slope)
    return float(best)


_TRIALS: dict[Case, Trials] = {}


def _run(task: tuple[Case, int]) -> Outcome:
    case, trial = task
    if case not in _TRIALS:
        _TRIALS.clear()
        _TRIALS[case] = Trials(case)
    return _TRIALS[case].run(trial)


def samples(cases: Sequence[Case], trials: int, processes: int) -> Iterator[dict[str, Any]]:
    """Run the cases and print a row of each."""
    print(
        "| what leaked | trials | a pirate named | stands first | pirates named | innocent | "
        "largest bound | log10 ratio (5 %, median) | nearest | Skoric | ms |"
    )
    print("| --- | " + "---: | " * 10, flush=True)
    with multiprocessing.Pool(processes) as workers:
        for case in cases:
            tasks = [(case, trial) for trial in range(trials)]
            outcomes = workers.map(_run, tasks, chunksize=max(1, trials // (4 * processes)))
            row = _summary(case, outcomes)
            cells = (
                *(row["case"], f"{row['trials']:,}", f"{row['named']:.4f}"),
                *(f"{row['leads']:.4f}", f"{row['pirates_named']:.3f}", str(row["innocent"])),
                *(f"{row['bound']:.1e}", f"{row['log10_low']:.1f}, {row['log10']:.1f}"),
                *(f"{row['nearest']:.3f}", f"{row['skoric']:.3f}", f"{row['ms']:.0f}"),
            )
            print("| " + " | ".join(cells) + " |", flush=True)
            yield row


def _summary(case: Case, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    compared = [o for o in outcomes if o.nearest is not None]
    log10 = np.array([o.log10 for o in outcomes])
    return {
        "case": str(case),
        "spec": asdict(case),
        "trials": len(outcomes),
        "named": float(np.mean([o.named > 0 for o in outcomes])),
        "leads": float(np.mean([o.leads for o in outcomes])),
        "pirates_named": float(np.mean([o.named / case.pirates for o in outcomes])),
        "innocent": sum(o.innocent > 0 for o in outcomes),
        "bound": max(o.bound for o in outcomes),
        "log10_low": float(np.quantile(log10, 0.05)),
        "log10": float(np.median(log10)),
        "nearest": float(np.mean([bool(o.nearest) for o in compared])),
        "skoric": float(np.mean([bool(o.skoric) for o in compared])),
        "ms": 1_000 * float(np.mean([o.seconds for o in outcomes])),
    }


def alone(trials: int) -> Iterator[dict[str, Any]]:
    """One name heard, or one extension dialled, of an order that 50 recipients were handed."""
    print("| what was heard | trials | right one first | first and alone | log10 ratio | bound |")
    print("| --- | " + "---: | " * 5, flush=True)
    for locale in ("zh", "en"):
        book, rows = Book(world.KEY, locale), pool(locale)
        for what, bend in _BENT[locale].items():
            rng = np.random.default_rng([3, len(what)])
            found = []
            for _ in range(trials):
                row = rows.slice(int(rng.integers(POOL)), 1)
                held = rng.choice(RECIPIENTS, 50, replace=False)
                order_id = row.column("order_id")[0].as_py()
                marked = write(book, int(held[0]), [order_id], names=row["name"], extensions=True)
                name, extension = (
                    str(column[0]) for column in (marked.names, marked.extensions) if column
                )
                text = bend(name, extension, rng)
                is_dialled = "extension" in what
                reading = (read_extension if is_dialled else read_alias)(
                    book, order_id, text, held.tolist()
                )
                place = int(np.flatnonzero(reading.numbers == held[0])[0])
                ratios = reading.log10_likelihood_ratios
                is_first = ratios[place] == ratios[0]
                is_alone = is_first and ratios[0] > 0 and ratios[1] < ratios[0]
                bounds = reading.false_accusation_bounds
                found.append((is_first, is_alone, float(ratios[place]), float(bounds[place])))
            first, single, ratio, bound = (np.array(column) for column in zip(*found, strict=True))
            print(
                f"| {locale}: {what} | {trials:,} | {first.mean():.4f} | {single.mean():.4f} | "
                f"{np.median(ratio):.2f} | {np.median(bound):.1e} |",
                flush=True,
            )
            yield {
                "what": f"{locale}: {what}",
                "first": float(first.mean()),
                "alone": float(single.mean()),
                "log10": float(np.median(ratio)),
                "bound": float(np.median(bound)),
            }


def _homophone(name: str, _: str, rng: np.random.Generator) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415

    del rng
    return " ".join(lazy_pinyin(name))


def _accent(name: str, _: str, rng: np.random.Generator) -> str:
    return _homophone(name, _, rng).replace("zh", "z").replace("sh", "s").replace("ing", "in")


def _misheard(name: str, _: str, rng: np.random.Generator) -> str:
    at = len(name) - 1 - int(rng.integers(2))
    return name[:at] + CHARACTERS[int(rng.integers(100))] + name[at + 1 :]


def _strange(name: str, _: str, rng: np.random.Generator) -> str:
    at = len(name) - 1 - int(rng.integers(2))
    return name[:at] + "国飞娜光"[int(rng.integers(4))] + name[at + 1 :]


def _one_digit(_: str, extension: str, rng: np.random.Generator) -> str:
    at = int(rng.integers(4))
    digit = (int(extension[at]) + int(rng.integers(1, 10))) % 10
    return extension[:at] + str(digit) + extension[at + 1 :]


Bend: TypeAlias = Callable[[str, str, np.random.Generator], str]
_BENT: dict[str, dict[str, Bend]] = {
    "zh": {
        "the name": lambda name, _, __: name,
        "its sound, in pinyin": _homophone,
        "its sound, with an accent": _accent,
        "the given name alone": lambda name, _, __: name[-2:],
        "one syllable of it": lambda name, _, rng: name[-1 - int(rng.integers(2))],
        "one syllable misheard as another of ours": _misheard,
        "one syllable misheard as something else": _strange,
        "the extension": lambda _, extension, __: extension,
        "extension, one digit misheard": _one_digit,
        "extension, one digit missing": lambda _, e, rng: (
            e[: (at := int(rng.integers(4)))] + "?" + e[at + 1 :]
        ),
    },
    "en": {
        "the name": lambda name, _, __: name,
        "given and second name": lambda name, _, __: " ".join(name.split()[:2]),
        "the given name alone": lambda name, _, __: name.split()[0],
        "given name and initial": lambda name, _, __: " ".join(
            [name.split()[0], name.split()[1][0] + ".", *name.split()[2:]]
        ),
    },
}


def chance(_: int) -> Iterator[dict[str, Any]]:
    """How often a real name looks or sounds like one of ours, and what addresses can carry."""
    print("| rows | real names that look so | that sound so | bits an address | without a slot |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    for locale in ("zh", "en"):
        rows, tongue = pool(locale), TONGUES[locale]
        halves = {"market": rows.slice(0, POOL // 2), "by hand": rows.slice(POOL // 2)}
        for name, part in halves.items():
            shares = [
                np.mean(
                    [
                        (heard := tongue.hear_name(text, spoken=spoken)) is not None
                        and heard.by_chance < 1.0
                        for text in part.column("name").to_pylist()
                    ]
                )
                for spoken in (False, True)
            ]
            layouts = [tongue.layout(text) for text in part.column("address").to_pylist()]
            bits = [sum(np.log2(len(s.spellings)) for s in layout.slots) for layout in layouts]
            print(
                f"| {locale}, {name} | {shares[0]:.4f} | {shares[1]:.4f} | {np.mean(bits):.1f} | "
                f"{np.mean([not b for b in bits]):.3f} |",
                flush=True,
            )
            yield {"rows": f"{locale}, {name}", "real": shares, "bits": float(np.mean(bits))}


def speed(_: int) -> Iterator[dict[str, Any]]:
    """CPU seconds of writing marks into a million orders on one core."""
    print("| a million orders | names | extensions | addresses | all |")
    print("| --- | ---: | ---: | ---: | ---: |", flush=True)
    for locale in ("zh", "en"):
        book = Book(world.KEY, locale)
        spec = market.MarketSpec(orders=200_000, sources=0, victims=0, noise=0, seed=11)
        drawn = people_of(market.make(spec).orders, locale=locale)
        apart = world.people(1_000_000, locale).column("address")
        rows = pa.concat_tables([drawn] * 5)
        names, addresses = rows.column("name"), rows.column("address")
        ids = [f"{i % 5}-{order_id}" for i, order_id in enumerate(rows["order_id"].to_pylist())]
        for what, written in (("as people order", addresses), ("no address twice", apart)):
            seconds = []
            for asked in (
                {"names": names},
                {"extensions": True},
                {"addresses": written},
                {"names": names, "addresses": written, "extensions": True},
            ):
                began = time.process_time()
                write(book, 7, ids, **asked)
                seconds.append(time.process_time() - began)
            cells = " | ".join(f"{s:.1f} s" for s in seconds)
            print(f"| {locale}, {what} | {cells} |", flush=True)
            yield {"rows": f"{locale}, {what}", "seconds": seconds}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts asked for, print their tables, keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", nargs="+", default=["must", "table", "alone", "chance", "speed"])
    parser.add_argument("--trials", type=int, default=1_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--only", help="only the cases whose name holds this")
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    options = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    for part in options.parts:
        if part in {"must", "table"}:
            cases = MUST_HOLD if part == "must" else TABLE
            chosen = [case for case in cases if not options.only or options.only in str(case)]
            figures[part] = list(samples(chosen, options.trials, options.processes))
        else:
            run = {"alone": alone, "chance": chance, "speed": speed}[part]
            figures[part] = list(run(options.trials))
        print()
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(figures, indent=1), "utf-8")


if __name__ == "__main__":
    main()
