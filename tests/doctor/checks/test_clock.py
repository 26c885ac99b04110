from __future__ import annotations

from argosy.doctor.checks import clock
from argosy.doctor.checks.clock import DAY, judge
from tests.doctor.cases import case


def test_a_clock_before_our_own_files_fails() -> None:
    result = judge(0.0, 10 * DAY, is_kept=True)
    assert (result.verdict, result.found) == ("failure", "1970-01-01 00:00:00 UTC")


def test_a_clock_that_nobody_keeps_is_worth_a_note() -> None:
    assert judge(10 * DAY, 9 * DAY, is_kept=False).verdict == "note"


def test_a_clock_that_is_kept_is_well() -> None:
    assert judge(10 * DAY, 9 * DAY, is_kept=True).verdict == "ok"


async def test_the_clock_of_this_machine_is_later_than_its_files() -> None:
    (result,) = await clock.check(case())
    assert result.verdict in {"ok", "note"}
