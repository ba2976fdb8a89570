"""A run of warnings: nobody is told twice, nobody is skipped, and everything is on record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from warning_world import (
    NOW,
    SETTINGS,
    Memory,
    Time,
    contact,
    contacts,
    exposed,
    order,
    terms,
    writer,
)

from whence.errors import OutputError, UsageError
from whence.model import DAY, SECOND
from whence.warning.audience import Exposed
from whence.warning.channels import Channel, ChannelDownError, Message, Outcome
from whence.warning.contacts import Contact
from whence.warning.outbox import Outbox
from whence.warning.planning import Terms
from whence.warning.settings import Pace
from whence.warning.warn import Warned, seed_of, warn
from whence.warning.wedge import drawn_order, order_digest


@dataclass
class Wire:
    """A channel that keeps what it is given; ``answer`` says what becomes of the n-th message."""

    name: str = "file"
    forms: Sequence[str] = ("sms", "app", "email")
    window: int = 4
    got: list[Message] = field(default_factory=list)
    answer: Callable[[int, Message], Outcome] = lambda _n, _m: Outcome(state="told")
    down: int = 0
    cut_at: int | None = None

    def send(self, messages: Sequence[Message]) -> list[Outcome]:
        if self.down:
            self.down -= 1
            raise ChannelDownError
        outcomes = []
        for message in messages:
            if len(self.got) == self.cut_at:
                self.cut_at = None
                raise KeyboardInterrupt
            self.got.append(message)
            outcomes.append(self.answer(len(self.got) - 1, message))
        return outcomes

    def close(self) -> None:
        pass

    @property
    def to(self) -> list[str]:
        return [message.to for message in self.got]


@dataclass
class World:
    """An outbox, a ledger and a clock that several runs share."""

    outbox: Outbox
    ledger: Memory = field(default_factory=Memory)
    time: Time = field(default_factory=Time)

    def run(
        self,
        wire: Channel,
        leak: Exposed,
        known: dict[str, Contact],
        *,
        budget: int | None = None,
        upon: Terms | None = None,
        pace: Pace | None = None,
    ) -> Warned:
        settings = replace(SETTINGS, pace=pace or SETTINGS.pace)
        return warn(
            self.outbox, leak, writer(leak, known, settings), wire, self.ledger,
            terms=upon or terms(), clock=self.time.clock, sleep=self.time.sleep, budget=budget,
        )  # fmt: skip

    def results(self) -> list[tuple[str | int, object]]:
        return [(e.persons[0], e.facts["result"]) for e in self.ledger.of_kind("notice")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with Outbox(tmp_path) as outbox:
        yield World(outbox)


TEN = exposed([order(n) for n in range(10)])


def test_everybody_is_told_once_and_each_notice_is_on_record(world: World) -> None:
    wire = Wire()
    warned = world.run(wire, TEN, contacts(10))
    assert sorted(wire.to) == [f"1390000{n:04}" for n in range(10)]
    assert warned.tally.told == 10
    assert len(world.results()) == 10
    facts = world.ledger.of_kind("notice")[0].facts
    assert facts["channel"] == "file"
    assert facts["template"] == "pipl57/1"
    assert facts["form"] == "sms"
    told = " ".join(f"{name} {value}" for name, value in facts.items())
    assert "139" not in told  # no address, no text
    assert "挂断" not in told


def test_a_second_run_tells_nobody_again_whatever_the_channel(world: World) -> None:
    world.run(Wire(), TEN, contacts(10))
    again = Wire(name="webhook")
    assert world.run(again, TEN, contacts(10)).plan.n_told_before == 10
    assert again.got == []
    assert len(world.results()) == 10


def test_a_person_of_several_orders_gets_one_notice(world: World) -> None:
    wire = Wire()
    world.run(wire, exposed([order(n, customer="CUST000001") for n in range(5)]), contacts(2))
    assert len(wire.got) == 1


def test_another_leak_is_told_of_again(world: World) -> None:
    world.run(Wire(), TEN, contacts(10))
    other = replace(SETTINGS, cases={"other": SETTINGS.cases["leak"]})
    wrote = replace(writer(TEN, contacts(10)), settings=other, case_id="other")
    wire = Wire()
    warn(
        world.outbox, TEN, wrote, wire, world.ledger, terms=replace(terms(), case_id="other"),
        clock=world.time.clock, sleep=world.time.sleep,
    )  # fmt: skip
    assert len(wire.got) == 10
    assert len({message.notice_id for message in wire.got}) == 10


def test_the_most_urgent_are_told_first_and_a_budget_ends_the_day(world: World) -> None:
    leak = exposed([order(n, due_from=n, due_until=n + 3) for n in range(6)])
    wire = Wire()
    warned = world.run(wire, leak, contacts(6), budget=7)
    assert wire.to == ["13900000000", "13900000001"]  # three parts each, a third would be nine
    assert warned.counts["waiting"] == 4
    assert world.run(Wire(), leak, contacts(6), budget=7).tally.told == 0  # the day is used up
    world.time.now += DAY
    assert world.run(wire, leak, contacts(6), budget=7).tally.told == 2
    assert wire.to[2:] == ["13900000002", "13900000003"]


def test_nobody_small_goes_before_somebody_urgent_because_the_budget_is_short(
    world: World,
) -> None:
    known = contacts(3)
    known["CUST000002"] = contact(2, app_user_id="user0001")  # one message, not three
    leak = exposed([order(n, due_from=4 * n) for n in range(3)])
    wire = Wire()
    world.run(wire, leak, known, budget=4)
    assert wire.to == ["13900000000"]


def test_a_budget_that_no_notice_fits_into_is_refused(world: World) -> None:
    with pytest.raises(UsageError, match="takes 3 messages"):
        world.run(Wire(), TEN, contacts(10), budget=2)
    assert world.outbox.counts("leak") == {}


def test_a_message_refused_for_now_is_tried_again_twice_as_late_each_time(world: World) -> None:
    wire = Wire(answer=lambda n, _: Outcome(state="later" if n < 3 else "told", fault="busy"))
    world.run(wire, exposed([order(0)]), contacts(1), pace=Pace(first_wait_s=5, per_second=1e9))
    assert [round(s) for s in world.time.slept] == [5, 10, 20]
    assert world.results() == [("CUST000000", "told")]
    assert len({(m.notice_id, m.text, m.at) for m in wire.got}) == 1  # the same each time


def test_others_go_out_while_one_waits(world: World) -> None:
    def answer(_: int, message: Message) -> Outcome:
        is_first = message.to.endswith("0000") and world.time.now == NOW
        return Outcome(state="later", wait_s=60) if is_first else Outcome(state="told")

    wire = Wire(window=1, answer=answer)
    world.run(wire, exposed([order(n, due_from=n) for n in range(3)]), contacts(3))
    assert [to[-1] for to in wire.to] == ["0", "1", "2", "0"]
    assert sum(world.time.slept) == pytest.approx(60)


def test_who_was_tried_as_often_as_allowed_is_given_up_on_record_and_tried_by_the_next_run(
    world: World,
) -> None:
    wire = Wire(answer=lambda *_: Outcome(state="later", fault="SMTP 451"))
    warned = world.run(wire, exposed([order(0)]), contacts(1), pace=Pace(attempts=3))
    assert len(wire.got) == 3
    assert warned.tally.given_up == 1
    assert world.results() == [("CUST000000", "given up")]
    assert world.run(Wire(), exposed([order(0)]), contacts(1)).tally.told == 1


def test_a_refused_address_is_not_tried_again_but_another_address_or_channel_is(
    world: World,
) -> None:
    refusing = Wire(answer=lambda *_: Outcome(state="refused", fault="SMTP 550"))
    leak, known = exposed([order(0), order(1)]), contacts(2)
    world.run(refusing, leak, known)
    assert world.run(again := Wire(), leak, known).tally.told == 0
    assert again.got == []
    known["CUST000000"] = contact(0, phone="13911112222")
    assert world.run(Wire(), leak, known).tally.told == 1
    assert world.run(Wire(name="webhook"), leak, known).tally.told == 1


def test_a_channel_out_of_reach_uses_up_nobodys_tries(world: World) -> None:
    wire = Wire(down=3)
    world.run(wire, TEN, contacts(10), pace=Pace(downs=4, first_wait_s=1, per_second=1e9))
    assert len(wire.got) == 10
    assert {e.facts["tries"] for e in world.ledger.of_kind("notice")} == {1}
    assert [round(s) for s in world.time.slept] == [1, 2, 4]


def test_a_channel_that_stays_out_of_reach_stops_the_run_and_skips_nobody(world: World) -> None:
    with pytest.raises(OutputError, match="out of reach 2 times"):
        world.run(Wire(down=9), TEN, contacts(10), pace=Pace(downs=2))
    assert world.outbox.counts("leak") == {"waiting": 10}
    assert world.run(Wire(name="webhook"), TEN, contacts(10)).tally.told == 10


def test_a_channel_that_does_not_take_us_stops_the_run_and_blames_no_message(
    world: World,
) -> None:
    wire = Wire(answer=lambda n, _: Outcome(state="barred" if n > 4 else "told", fault="HTTP 401"))
    with pytest.raises(OutputError, match="does not take us: HTTP 401"):
        world.run(wire, TEN, contacts(10))
    assert world.outbox.counts("leak") == {"told": 5, "waiting": 5}
    assert len(world.results()) == 5
    assert world.run(Wire(), TEN, contacts(10)).tally.told == 5


def test_sending_keeps_to_the_pace(world: World) -> None:
    world.run(Wire(window=1), TEN, contacts(10), pace=Pace(per_second=2))
    assert world.time.now - NOW == pytest.approx(5 * SECOND, abs=10)


@pytest.mark.parametrize("cut_at", range(11))
def test_cut_off_anywhere_the_next_run_sends_the_undecided_again_under_their_ids(
    world: World, cut_at: int
) -> None:
    wire = Wire(cut_at=cut_at, window=3)
    if cut_at < 10:
        with pytest.raises(KeyboardInterrupt):
            world.run(wire, TEN, contacts(10))
    n_undecided = len(world.outbox.undecided("leak"))
    assert n_undecided <= 3
    world.run(wire, TEN, contacts(10))
    ids = [message.notice_id for message in wire.got]
    assert len(set(ids)) == 10
    assert len(ids) <= 10 + n_undecided
    assert len(world.results()) == 10


def test_the_undecided_of_one_channel_are_never_told_over_another(world: World) -> None:
    with pytest.raises(KeyboardInterrupt):
        world.run(Wire(name="smtp", cut_at=1, window=4, forms=("email",)), TEN, contacts(10))
    other = Wire()
    warned = world.run(other, TEN, contacts(10))
    assert warned.n_undecided_elsewhere == 4
    assert len(other.got) == 6
    mail = Wire(name="smtp", forms=("email",))
    assert world.run(mail, TEN, contacts(10)).n_undecided_elsewhere == 0
    assert len(mail.got) == 4


def test_a_ledger_that_died_while_it_recorded_gets_nothing_twice(world: World) -> None:
    world.ledger.dies = True
    with pytest.raises(KeyboardInterrupt):
        world.run(Wire(), TEN, contacts(10))
    assert len(world.ledger.entries) == 10  # it had them, and did not say so
    world.run(Wire(), TEN, contacts(10))
    assert len(world.ledger.entries) == 10
    assert len({e.facts["record_id"] for e in world.ledger.entries}) == 10


# --- who is not told -----------------------------------------------------------------------------


def grounds(world: World) -> list[tuple[str | int, object, object]]:
    return [
        (e.persons[0], e.facts["ground"], e.facts["grounds"])
        for e in world.ledger.of_kind("no-notice")
    ]


def test_every_decision_not_to_tell_is_on_record_with_its_ground_once(world: World) -> None:
    leak = exposed(
        [order(0), order(1, probability=0.3), order(2), order(3), order(4, customer="CUST000003")]
    )
    known = contacts(4) | {"CUST000000": contact(0, language="zh")}
    upon = Terms(
        case_id="leak",
        least=0.5,
        avoided_orders={
            "ORD000002": "the order was cancelled before the leak",
            "ORD000003": "same",
        },
        avoided_persons={},
    )
    wire = Wire()
    for _ in range(2):
        world.run(wire, leak, known, upon=upon)
    assert sorted(grounds(world)) == [
        ("CUST000000", "no-contact", ""),
        ("CUST000001", "below", "0.5"),
        ("CUST000002", "avoided", "the order was cancelled before the leak"),
    ]
    assert wire.to == ["13900000003"]  # one of her orders is avoided, the other is not


def test_a_person_without_a_contact_is_told_once_there_is_one(world: World) -> None:
    assert world.run(Wire(), exposed([order(0)]), {}).tally.told == 0
    assert grounds(world) == [("CUST000000", "no-contact", "")]
    assert world.run(Wire(), exposed([order(0)]), contacts(1)).tally.told == 1


def test_a_person_who_can_be_reached_otherwise_is_counted_and_not_decided_against(
    world: World,
) -> None:
    known = contacts(1) | {"CUST000000": contact(0, phone="13900000000")}
    warned = world.run(Wire(name="smtp", forms=("email",)), exposed([order(0)]), known)
    assert warned.plan.n_other_channel == 1
    assert grounds(world) == []
    assert world.run(Wire(), exposed([order(0)]), known).tally.told == 1


def test_who_is_exposed_no_longer_is_not_told_and_that_is_on_record(world: World) -> None:
    leak = exposed([order(n, due_from=n) for n in range(4)])
    world.run(Wire(), leak, contacts(4), budget=3)
    rest = Wire()
    world.run(rest, exposed([order(0), order(3)]), contacts(4))
    assert rest.to == ["13900000003"]
    assert sorted(who for who, ground, _ in grounds(world) if ground == "no-longer-exposed") == [
        "CUST000001",
        "CUST000002",
    ]
    back = Wire()
    world.run(back, leak, contacts(4))  # and exposed again by a third answer
    assert len(back.got) == 2


# --- the stepped wedge ---------------------------------------------------------------------------


def test_measuring_draws_the_order_and_leaves_nobody_out(world: World) -> None:
    leak = exposed([order(n, due_from=n) for n in range(20)])
    wire = Wire(window=1)
    for _ in range(10):
        world.run(wire, leak, contacts(20), budget=6, upon=terms(seed=7))
        world.time.now += DAY
    ids = [f"CUST{n:06}" for n in range(20)]
    drawn = drawn_order(ids, seed=7, case_id="leak")
    assert [f"CUST{int(to[-4:]):06}" for to in wire.to] == drawn
    (record,) = world.ledger.of_kind("wedge")
    assert record.facts["seed"] == "7"
    assert record.facts["order_sha256"] == order_digest(drawn)
    assert world.ledger.entries[0].kind == "wedge"  # before anybody was told


def test_without_measuring_the_order_is_that_of_urgency(world: World) -> None:
    leak = exposed([order(n, due_from=19 - n) for n in range(20)])
    wire = Wire()
    world.run(wire, leak, contacts(20))
    assert [int(to[-4:]) for to in wire.to][:3] == [19, 18, 17]
    assert world.ledger.of_kind("wedge") == []


def test_a_leak_keeps_the_seed_it_began_with_and_one_begun_without_gets_none(
    world: World,
) -> None:
    assert seed_of(world.outbox, "leak", 5) == 5
    world.run(Wire(), exposed([order(0)]), contacts(1), upon=terms(seed=5))
    assert seed_of(world.outbox, "leak", 9) == 5
    assert seed_of(world.outbox, "leak", None) == 5
    with world.outbox.step() as base:
        base.execute("INSERT INTO cases VALUES ('plain', 0, NULL)")
    with pytest.raises(UsageError, match="begun without --measure"):
        seed_of(world.outbox, "plain", 5)


def test_one_run_at_a_time(world: World, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="Another run"):
        Outbox(tmp_path)
    world.outbox.close()
    Outbox(tmp_path).close()


def test_an_outbox_holds_no_address_and_no_text(world: World, tmp_path: Path) -> None:
    world.run(Wire(), TEN, contacts(10))
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"1390000" not in held
    assert b"mail.example" not in held
    assert "挂断".encode() not in held
    assert b"CUST000001" in held  # so that she is not told twice
