"""What a warning run came to, as people and programs read it."""

import json
from collections import Counter
from pathlib import Path
from typing import Final

import typer

from whence.warning.audience import Exposed
from whence.warning.contacts import Contacts
from whence.warning.planning import GROUNDS, Plan
from whence.warning.sms import in_parts
from whence.warning.warn import Warned, Writer
from whence.wording import LANGUAGES, Language, say

SCHEMA: Final = "whence.warn/1"


def tell_plan(
    plan: Plan,
    exposed: Exposed,
    contacts: Contacts,
    writer: Writer,
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Tell what a run would do, and show every notice that would go out, once."""
    waiting = [row for row in plan.rows if row.state == "waiting"]
    used = Counter(tuple(row.reach.split("/")[:2]) for row in waiting)
    shown = []
    for (form, spoken), n in sorted(used.items()):
        notice = writer.notice(form, next(known for known in LANGUAGES if known == spoken))
        shown.append(
            {
                "form": form,
                "language": spoken,
                "persons": n,
                "messages": notice.n_messages,
                "alphabet": in_parts(notice.text).alphabet if form == "sms" else None,
                "subject": notice.subject,
                "text": notice.text,
            }
        )
    if as_json:
        document = _document(plan, exposed, contacts) | {
            "dry_run": True,
            "waiting": len(waiting),
            "notices": shown,
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    n_messages = sum(row.n_messages for row in waiting)
    facts = {"n": f"{len(waiting):,}", "messages": f"{n_messages:,}"}
    typer.echo(say("warning.would-tell", language, **facts))
    _tell_rest(plan, exposed, contacts, language)
    basis = writer.template.basis
    typer.echo(
        say(
            f"warning.template-{basis}",
            language,
            template=writer.template.name,
            articles=", ".join(writer.template.articles),
        )
    )
    for one in shown:
        typer.echo("")
        form = say(f"warning.form-{one['form']}", language)
        tongue = say(f"warning.tongue-{one['language']}", language)
        line = {"form": form, "tongue": tongue, "n": one["persons"], "messages": one["messages"]}
        typer.echo(say("warning.notice-shown", language, **line))
        for text in filter(None, (one["subject"], one["text"])):
            typer.echo(f"  {str(text).replace(chr(10), chr(10) + '  ')}")


def tell_warned(
    warned: Warned,
    exposed: Exposed,
    contacts: Contacts,
    folder: Path,
    language: Language,
    *,
    as_json: bool,
) -> None:
    """Tell what a run did, who still waits, who is not told, and where the lists lie."""
    counts, tally = warned.counts, warned.tally
    if as_json:
        document = _document(warned.plan, exposed, contacts) | {
            "dry_run": False,
            "told_now": tally.told,
            "messages_now": tally.messages,
            "tries_now": tally.tries,
            "told": counts.get("told", 0),
            "waiting": counts.get("waiting", 0),
            "refused": counts.get("refused", 0),
            "given_up": counts.get("given up", 0),
            "undecided": warned.n_undecided_elsewhere,
            "seed": None if warned.seed is None else str(warned.seed),
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
        return
    before = warned.plan.n_told_before
    facts = {"n": f"{tally.told:,}", "messages": f"{tally.messages:,}", "before": f"{before:,}"}
    typer.echo(say("warning.told", language, **facts))
    for state, phrase in (
        ("waiting", "warning.waiting"),
        ("refused", "warning.refused"),
        ("given up", "warning.given-up"),
    ):
        if counts.get(state):
            typer.echo(say(phrase, language, n=f"{counts[state]:,}"))
    if warned.n_undecided_elsewhere:
        typer.echo(say("warning.undecided", language, n=f"{warned.n_undecided_elsewhere:,}"))
    _tell_rest(warned.plan, exposed, contacts, language)
    if warned.seed is not None:
        typer.echo(say("warning.drawn", language, seed=warned.seed))
    typer.echo(say("warning.lists", language, folder=folder))


def _tell_rest(plan: Plan, exposed: Exposed, contacts: Contacts, language: Language) -> None:
    """Tell whom nobody will tell here, ground by ground, and what was wrong in the contacts."""
    grounds = Counter(decision.ground for decision in plan.decisions)
    lines = [(f"warning.ground-{ground}", grounds[ground]) for ground in GROUNDS]
    lines += [
        ("warning.other-channel", plan.n_other_channel),
        ("warning.nameless", exposed.n_nameless),
        ("warning.contacts-unusable", contacts.n_unusable),
        ("warning.contacts-contradict", contacts.n_contradicting),
    ]
    for phrase, n in lines:
        if n:
            typer.echo(say(phrase, language, n=f"{n:,}"))


def _document(plan: Plan, exposed: Exposed, contacts: Contacts) -> dict[str, object]:
    grounds = Counter(decision.ground for decision in plan.decisions)
    return {
        "schema": SCHEMA,
        "exposed_orders": len(exposed.orders) + exposed.n_nameless,
        "persons": len(set(plan.orders.values())),
        "told_before": plan.n_told_before,
        "not_told": {ground: grounds[ground] for ground in GROUNDS},
        "other_channel": plan.n_other_channel,
        "orders_without_customer": exposed.n_nameless,
        "contacts_unusable": contacts.n_unusable,
        "contacts_contradicting": contacts.n_contradicting,
    }
