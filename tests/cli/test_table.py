"""Findings for people: each with its reasons and whose it is, and nothing in it deceives that a stranger wrote."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from minewarden.cli.table import print_findings
from minewarden.patrol.rounds import Traced
from minewarden.vocab.attribution import Attribution, Candidate, Certainty
from minewarden.vocab.finding import Evidence, Finding, Grade, RowRef, State
from minewarden.vocab.message import message

FIRST = datetime(2026, 3, 12, 13, 14, 37, tzinfo=UTC)
REASON = Evidence(
    detector="stratum",
    family="wire",
    grade=Grade.WORK,
    weight=9.0,
    text=message("scan.no_such_path", path="what was seen"),
    first_seen=FIRST,
    last_seen=FIRST,
    rows=tuple(RowRef("a.pcap", number) for number in (4, 9, 15, 16)),
)
FINDING = Finding(
    host="10.12.9.14",
    server="203.0.113.20",
    port=3333,
    state=State.CONFIRMED,
    first_seen=FIRST,
    last_seen=FIRST + timedelta(hours=2),
    evidence=(REASON,),
    coins=("XMR",),
    account="44AF" + "x" * 80 + "9xQ2",
    worker="zhangzhe-302",
    agent="xmrig/6.22.2",
)
JF07 = Candidate("10.12.9.14", Certainty.UNIQUE, mac="02:12:09:00:00:14", asset="ZC-YZ-0107", person="张喆")


def traced(finding: Finding = FINDING, *candidates: Candidate) -> Traced:
    whose = Attribution(finding.host, 0, FIRST, candidates, (message("ingest.empty"),)) if candidates else None
    return Traced(finding, whose)


def shown(*findings: Traced, language: str = "en", unmask: bool = False) -> str:
    out = io.StringIO()
    print_findings(findings, out, language, unmask=unmask)  # type: ignore[arg-type]
    return out.getvalue()


def test_what_the_reasons_add_up_to_stands_under_them() -> None:
    said = tuple(message("scan.no_such_path", path=f"sentence {n}") for n in (1, 2, 3))
    told = shown(traced(replace(FINDING, explanation=said)))
    assert told.index("what was seen") < told.index("= no such file or folder: sentence 1") < told.index("sentence 2")
    assert "sentence 3" not in told


def test_one_finding_with_its_reason_and_its_owner() -> None:
    told = shown(traced(FINDING, JF07))
    for part in ("confirmed", "203.0.113.20:3333", "XMR", "2026-03-12 21:14:37 – 23:14:37", "ZC-YZ-0107 张喆"):
        assert part in told
    assert "[work exchanged] no such file or folder: what was seen (a.pcap:4, a.pcap:9, a.pcap:15)" in told
    assert "the only one: 10.12.9.14 → 02:12:09:00:00:14 → ZC-YZ-0107 → 张喆" in told
    assert "! is empty" in told, "a warning of the trace"


def test_two_candidates_are_both_named_and_the_row_says_that_there_are_more() -> None:
    other = replace(JF07, certainty=Certainty.POSSIBLE, asset="ZC-YZ-0031", person="王㛃·阿卜杜拉")
    told = shown(traced(FINDING, replace(JF07, certainty=Certainty.LIKELY), other), language="zh")
    assert "（不唯一）" in told
    assert "张喆" in told
    assert "王㛃·阿卜杜拉" in told
    assert "唯一：" not in told


def test_accounts_are_covered_unless_asked_for() -> None:
    told = shown(traced())
    assert "44AF…9xQ2" in told
    assert FINDING.account not in told
    assert FINDING.worker not in told
    bare = shown(traced(), unmask=True)
    assert FINDING.account in bare
    assert FINDING.worker in bare


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({"server": "", "server_name": "pool.example", "port": 0}, "10.12.9.14 → pool.example\n"),
        ({"port": 0}, "10.12.9.14 → 203.0.113.20\n"),
        ({"server": "2001:db8::20"}, "10.12.9.14 → [2001:db8::20]:3333\n"),
        ({"server_name": "pool.example"}, "203.0.113.20:3333 (pool.example)"),
        ({"last_seen": FIRST + timedelta(days=2)}, "2026-03-12 21:14:37 – 03-14 21:14:37"),
        ({"last_seen": FIRST + timedelta(hours=3)}, "2026-03-12 21:14:37 – 03-13 00:14:37"),
        ({"coins": ()}, "unknown"),
        ({"coins": ("BTC", "BCH")}, "BTC/BCH"),
    ],
)
def test_what_may_be_missing_or_otherwise(changed: dict[str, object], part: str) -> None:
    assert part in shown(traced(replace(FINDING, **changed)))  # type: ignore[arg-type]


def test_many_findings_are_numbered_in_the_order_given() -> None:
    told = shown(*(traced(replace(FINDING, host=f"10.0.0.{number}")) for number in (9, 1, 5)))
    assert [told.index(f"\n{number}. 10.0.0.{host} →") for number, host in enumerate((9, 1, 5), 1)] == sorted(
        told.index(f"\n{number}. 10.0.0.{host} →") for number, host in enumerate((9, 1, 5), 1)
    )


def test_nothing_found_is_not_said_to_mean_that_nobody_mines() -> None:
    assert "不等于没有挖矿" in shown(language="zh")


HOSTILE = "\x1b[2J\x1b[1;31mnobody mines[/]\n1. 10.0.0.1 → forged[bold]"


@pytest.mark.parametrize("field", ["agent", "worker", "account", "server_name", "protocol"])
def test_what_a_stranger_wrote_is_shown_and_not_obeyed(field: str) -> None:
    told = shown(traced(replace(FINDING, **{field: HOSTILE})), unmask=True)  # type: ignore[arg-type]
    assert "\x1b" not in told
    assert "\n1. 10.0.0.1 → forged" not in told
    assert "[bold]" in told.replace("\n", "").replace(" ", "")
