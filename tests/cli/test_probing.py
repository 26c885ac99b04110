from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

from argosy.cli.probing import as_data, compared, lines, progress
from argosy.rollout.accuracy import accuracy, by_tag
from argosy.rollout.probing import ProbeResult
from argosy.rollout.scoring import Scored
from argosy.stack.model import Rollout

SCORED = (
    Scored("1", 1.0, "4", "4", ("easy",), 1.0, 0.1),
    Scored("2", 0.5, "x" * 99, "14", ("easy",), 1.0, 0.1),
    Scored("slow", 0.0, None, "4", (), 1.0, 0.0, "no answer within 2 s"),
)


def result(scored: tuple[Scored, ...] = SCORED, wanted: float | None = None) -> ProbeResult:
    return ProbeResult("d1", accuracy(scored), by_tag(scored), scored, wanted)


def test_failures_come_first_the_worst_of_them_first() -> None:
    assert list(lines("chat", result())) == [
        "  0.00  slow: no answer within 2 s",
        f'  0.50  2: expected "14", got "{"x" * 58}…',
        "  easy         0.750 (0.198 to 0.973 at 95 %, 2 items)",
        "chat: accuracy 0.500 (0.125 to 0.875 at 95 %, 3 items)",
    ]


def test_the_verdict_is_said() -> None:
    assert list(lines("chat", result(wanted=0.5)))[-1].endswith(", at least the 0.5 wanted")
    assert list(lines("chat", result(wanted=0.9)))[-1].endswith(", below the 0.9 wanted")


def test_many_failures_are_counted() -> None:
    shown = list(lines("chat", result((SCORED[2],) * 30)))
    assert shown[20] == "  … and 10 more: `argosy probe chat --json` has them all"


def test_everything_is_data() -> None:
    data = json.loads(json.dumps(as_data("chat", result(wanted=0.9))))
    assert data["enough"] is False
    assert data["accuracy"]["items"] == 3
    assert data["items"][2]["reason"] == "no answer within 2 s"


def test_progress_takes_ten_lines_where_nobody_watches() -> None:
    out = io.StringIO()
    tell = progress("chat", out)
    for done in range(1, 201):
        tell(done, 200)
    assert out.getvalue().splitlines()[0] == "  chat         20 of 200 asked"
    assert len(out.getvalue().splitlines()) == 10


def test_progress_of_a_few_is_each_of_them(tmp_path: Path) -> None:
    out = io.StringIO()
    tell = progress("chat", out)
    for done in (1, 2, 3):
        tell(done, 3)
    assert len(out.getvalue().splitlines()) == 3


def test_two_revisions_are_compared_with_what_flipped() -> None:
    wrong = replace(SCORED[0], score=0.0, answer="5")
    after = (wrong, *SCORED[1:])
    results = [ProbeResult("d", accuracy(one), by_tag(one), one) for one in (SCORED, after)]
    told = list(compared("r1", results[0], results[1], Rollout(margin=0.05)))
    assert told[0].startswith("against r1: ")
    assert told[1] == '  1.00 → 0.00  1: expected "4", got "5"'
    assert "0 gained, 1 lost" in told[2]
    assert told[3].startswith("margin 0.05: E ")
