"""Which reports belong together: what joins, what does not, and what a person decides."""

from collections import Counter

from whence.casework.links import join, link_of, links
from whence.casework.links_weights import Linkable, Weights, caller_kind
from whence.market.gangs import Gangs, gangs_for


def told(report_id: str, **values: str) -> Linkable:
    return Linkable(report_id=report_id, values=frozenset(values.items()))


def strangers(n: int, **values: str) -> list[Linkable]:
    return [told(f"X{i}", payee=f"other-{i}", **values) for i in range(n)]


def groups(
    reports: list[Linkable],
    together: list[tuple[str, str]] | None = None,
    apart: list[tuple[str, str]] | None = None,
) -> list[tuple[str, ...]]:
    found = join(reports, together=together or (), apart=apart or ())
    return [group.reports for group in found.groups]


def test_a_shared_payee_joins_and_a_common_lender_does_not() -> None:
    same = [told("A", payee="p", lender="l"), told("B", payee="p", lender="l")]
    assert groups([*same, *strangers(50, lender="l")]) == [("A", "B")]


def test_a_rare_value_weighs_more_than_a_common_one() -> None:
    reports = [told("A", shop="rare", goods="often"), told("B", shop="rare", goods="often")]
    reports += strangers(100, goods="often")
    link = link_of(Weights(reports), reports[0], reports[1])
    assert link is not None
    assert [reason.kind for reason in link.reasons] == ["shop", "goods"]
    assert link.reasons[0].weight > link.reasons[1].weight


def test_a_line_that_anybody_can_forge_joins_nobody() -> None:
    assert caller_kind("95901") == "display"
    assert caller_kind("12900000001") == "caller"
    reports = [told("A", display="95901"), told("B", display="95901"), *strangers(20)]
    assert groups(reports) == []


def test_a_number_whose_users_share_nothing_else_has_no_owner() -> None:
    forged = [told(f"F{i}", caller="02100000001", payee=f"q{i}") for i in range(12)]
    owned = [told(f"G{i}", caller="12900000002", payee="one") for i in range(12)]
    assert groups([*forged, *owned]) == [tuple(sorted(f"G{i}" for i in range(12)))]


def test_a_mules_account_between_two_gangs_is_a_bridge_and_not_crossed() -> None:
    gang = [
        told(f"{g}{i}", caller=f"c{g}", **({"payee": "mule"} if i < 3 else {}))
        for g in "AB"
        for i in range(8)
    ]
    found = join([*gang, *strangers(30)])
    assert [len(group.reports) for group in found.groups] == [8, 8]
    assert [(bridge.kind, bridge.value) for bridge in found.bridges] == [("payee", "mule")]


def test_a_person_joins_and_parts() -> None:
    reports = [told("A", payee="p"), told("B", payee="p"), told("C", payee="r"), *strangers(20)]
    assert groups(reports, together=[("B", "C")]) == [("A", "B", "C")]
    assert groups(reports, apart=[("A", "B")]) == []


def test_the_order_of_reports_changes_nothing() -> None:
    reports = [told(f"G{i}", payee=f"p{i % 3}", caller="c") for i in range(9)] + strangers(9)
    assert groups(reports) == groups(reports[::-1])


def test_each_pair_is_linked_once_with_its_reasons() -> None:
    reports = [told("A", payee="p", caller="c"), told("B", payee="p", caller="c"), *strangers(9)]
    (link,) = links(reports)
    assert (link.a, link.b) == ("A", "B")
    assert {reason.kind for reason in link.reasons} == {"payee", "caller"}


def linkables(made: Gangs) -> list[Linkable]:
    kinds = {"caller_number": "caller", "qq": "account", "link": "link", "payee": "payee"}
    return [
        Linkable(
            report_id=row["report_id"],
            values=frozenset(
                (caller_kind(v) if k == "caller_number" else kinds[k], v)
                for k, v in row.items()
                if k in kinds and v
            ),
        )
        for row in made.rows
    ]


def test_the_markets_gangs_are_found() -> None:
    made = gangs_for([f"V{n}" for n in range(10_000)], 1_000, seed=4)
    gang = {row["report_id"]: g for row, g in zip(made.rows, made.gang, strict=True)}
    pairs = right = 0
    for group in join(linkables(made)).groups:
        pairs += len(group.reports) * (len(group.reports) - 1) // 2
        counts = Counter(gang[r] for r in group.reports if gang[r] >= 0)
        right += sum(n * (n - 1) // 2 for n in counts.values())
    wanted = sum(n * (n - 1) // 2 for g, n in Counter(gang.values()).items() if g >= 0)
    assert right / pairs > 0.95
    assert right / wanted > 0.75
