"""Reports of a case: what was said, each value with its words, and whether it was confirmed."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from whence.casework.links_weights import Linkable, Value, caller_kind
from whence.text.extracting import extract

FIELDS: Final = (
    *("amount", "time", "relative_time", "platform", "shop", "goods", "order_number"),
    *("caller_number", "qq", "wechat", "link", "payee", "lender", "pretext", "ask", "channel"),
    *("place", "age", "student", "purchase_at", "called_at", "alias_used", "dialled_number"),
    "money_channel",
)
TEXT_COLUMNS: Final = ("text", "narrative")  # of a table: read as a narrative
_CURRENCY: Final = "CNY"  # of money that names none, FORMATS.md
# What other tables call a field: the dataset of reports, and what a role makes of it.
_COLUMNS: Final[Mapping[str, tuple[str, str | None]]] = {
    "loss": ("amount", "loss"),
    "loan": ("amount", "loan"),
    "order_price": ("amount", "order_price"),
    "order_id": ("order_number", None),
    "placed_at": ("purchase_at", None),
    "ordered_at": ("purchase_at", None),
    "caller": ("caller_number", None),
    "alias": ("alias_used", None),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One value; ``quote``, ``start`` and ``end`` where it was read out of a text."""

    value: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    confirmed: bool = False
    role: str | None = None
    currency: str | None = None
    is_approximate: bool = False


Facts: TypeAlias = Mapping[str, tuple[Claim, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReport:
    """A victim's report: its claims by field, and the text they came from."""

    report_id: str | None
    facts: Facts
    text: str | None = None
    customer_id: str | None = None
    source: str = "form"
    others: Mapping[str, Any] = field(default_factory=dict)  # columns that are no field of ours


def report_of_text(text: str, report_id: str | None = None) -> CaseReport:
    """Return the report that a narrative makes; nothing of it is confirmed."""
    facts: dict[str, list[Claim]] = {}
    for it in extract(text):
        claim = Claim(
            value=it.value,
            quote=it.quote,
            start=it.start,
            end=it.end,
            role=it.role,
            currency=it.currency,
            is_approximate=it.is_approximate,
        )
        facts.setdefault(it.field, []).append(claim)
        if it.field == "time" and re.match(r"\d{4}-\d\d-\d\d", it.value):
            if it.role == "ordered_at":
                facts.setdefault("purchase_at", [claim])
            elif it.role == "called_at":
                facts.setdefault("called_at", [claim])
    return CaseReport(
        report_id=report_id, facts={k: tuple(v) for k, v in facts.items()}, text=text, source="text"
    )


def report_of_row(row: Mapping[str, Any], source: str = "table") -> CaseReport:
    """Return the report of a table's row or a form; what was filled in counts as confirmed.

    A column ``text`` is read as a narrative, its claims are not confirmed. Several values of one
    field stand in a list, or in one text parted by ``;``.
    """
    filled = {name.strip(): value for name, value in row.items() if value not in (None, "", [])}
    report_id = filled.pop("report_id", None)
    currency = str(filled.pop("currency", _CURRENCY))
    customer = filled.pop("customer_id", None)
    text = next((str(filled.pop(n)) for n in TEXT_COLUMNS if n in filled), None)
    told = report_of_text(text).facts if text else {}
    facts: dict[str, list[Claim]] = {name: list(claims) for name, claims in told.items()}
    others: dict[str, Any] = {}
    for name, value in filled.items():
        target, role = _COLUMNS.get(name, (name, None))
        if target not in FIELDS:
            others[name] = value
            continue
        money = currency if target == "amount" else None
        claims = [Claim(value=v, confirmed=True, role=role, currency=money) for v in _values(value)]
        known = {claim.value for claim in claims}
        kept = [c for c in facts.get(target, ()) if c.value not in known]
        facts[target] = claims + kept
    return CaseReport(
        report_id=None if report_id is None else str(report_id),
        facts={k: tuple(v) for k, v in facts.items()},
        text=text,
        customer_id=None if customer is None else str(customer),
        source=source,
        others=others,
    )


def _values(value: Any) -> list[str]:  # noqa: ANN401  whatever a table holds
    if isinstance(value, list | tuple):
        return [str(each) for each in value if each not in (None, "")]
    return [part.strip() for part in str(value).split(";") if part.strip()]


def tree_of(report: CaseReport) -> dict[str, Any]:
    """Return what is sealed: plain lists and mappings; empty marks are left out."""
    tree: dict[str, Any] = dict(report.others)
    facts = tree["facts"] = {}
    for name, claims in report.facts.items():
        facts[name] = [
            {
                key: got
                for key in (
                    "value",
                    "quote",
                    "start",
                    "end",
                    "confirmed",
                    "role",
                    "currency",
                    "is_approximate",
                )
                if (got := getattr(claim, key)) is not None
                and not (key == "is_approximate" and not got)
            }
            for claim in claims
        ]
    if report.text is not None:
        tree["narrative"] = report.text
    if report.customer_id is not None:
        tree["customer_id"] = report.customer_id
    return tree


def report_of_tree(report_id: str, tree: Mapping[str, Any]) -> CaseReport:
    """Return the report that was sealed, also one that was filed as a plain table."""
    facts: dict[str, list[Claim]] = {}
    told = tree.get("facts")
    for name, value in {**tree, **(told if isinstance(told, Mapping) else {})}.items():
        target, role = _COLUMNS.get(name, (name, None))
        if target not in FIELDS:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Mapping):
                known = {k: each[k] for k in Claim.__dataclass_fields__ if k in each}
                if known.get("value") not in (None, ""):
                    facts.setdefault(target, []).append(
                        Claim(**{**known, "value": str(known["value"])})
                    )
            elif each not in (None, ""):
                facts.setdefault(target, []).append(
                    Claim(value=str(each), confirmed=True, role=role)
                )
    text = tree.get("narrative") or tree.get("text")
    return CaseReport(
        report_id=report_id,
        facts={k: tuple(v) for k, v in facts.items()},
        text=text if isinstance(text, str) else None,
    )


def linkable_of(report_id: str, report: CaseReport) -> Linkable:
    """Return what joining looks at: values in one form, so that two writings of a number agree."""
    values: set[Value] = set()
    for name, kind in (
        ("shop", "shop"),
        ("goods", "goods"),
        ("lender", "lender"),
        ("alias_used", "alias"),
    ):
        values |= {(kind, v) for v in _of(report, name, lambda v: re.sub(r"\s", "", v).lower())}
    values |= {(caller_kind(v), v) for v in _of(report, "caller_number", one_number)}
    values |= {("account", f"qq:{v}") for v in _of(report, "qq", lambda v: re.sub(r"\D", "", v))}
    values |= {
        ("account", f"wechat:{v}") for v in _of(report, "wechat", lambda v: v.strip().lower())
    }
    values |= {("link", v) for v in _of(report, "link", _host)}
    values |= {
        ("payee", v)
        for v in _of(report, "payee", lambda v: re.sub(r"[\s-]", "", v).lower())
        if _names_one(v)
    }
    values |= {
        ("hour", v)
        for v in _of(
            report,
            "purchase_at",
            lambda v: v[:13] if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d", v) else "",
        )
    }
    return Linkable(report_id=report_id, values=frozenset(values))


def _of(report: CaseReport, name: str, plain: Any) -> Iterable[str]:  # noqa: ANN401  a function
    return {got for claim in report.facts.get(name, ()) if (got := plain(claim.value))}


def one_number(number: str) -> str:
    """Return a telephone number in one form: digits, without the prefix of China."""
    digits = re.sub(r"[^\d+]", "", number.split(";", maxsplit=1)[0])
    return re.sub(r"^(?:\+?86|0086)(?=1\d{10}$|0?[1-9]\d{8,10}$)", "", digits).lstrip("+")


def _host(link: str) -> str:
    """Return the host of a link: pages below it change more often than it does."""
    return (
        re.sub(r"^[a-z]+://", "", link.strip().lower().replace("hxxp", "http"))
        .split("/")[0]
        .split("?")[0]
    )


def _names_one(payee: str) -> bool:
    """Return whether a payee names somebody: four digits or 张某 are too many people's."""
    return "*" not in payee and "某" not in payee and len(payee) > 1
