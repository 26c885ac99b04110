"""Whether two revisions fit beside each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.plan.dip import Change, Dip, Room, dips
from argosy.stack.model import Model, Resources, Rollout
from argosy.stack.revision import Revision
from tests.plan.worlds import revision

MIB = 2**20


def asking(number: int, memory: int | None = None, **more: object) -> Revision:
    """A revision of ``sentiment`` that may use so many MiB."""
    one = revision(number)
    resources = Resources(memory=memory and memory * MIB)
    return replace(one, model=replace(one.model, resources=resources, **more))  # type: ignore[arg-type]


def vllm(number: int, share: float, device: str = "0") -> Revision:
    """One that takes so much of a GPU."""
    one = asking(number, engine="vllm", options={"gpu-memory-utilization": share})
    resources = Resources(gpu_devices=(device,))
    return replace(one, model=replace(one.model, resources=resources))


def change(before: Revision | None, after: Revision, **more: object) -> Change:
    running = 1 if before else 0
    made = Change(after, 1, after.model, before, running, cold_starts=(4.0, 6.0, 5.0))
    return replace(made, **more)  # type: ignore[arg-type]


def room(memory: int | None, **gpus: float) -> Room:
    return Room(None if memory is None else memory * MIB, gpus)


def test_what_fits_beside_is_no_dip() -> None:
    assert dips([change(asking(1, 512), asking(2, 512))], room(512)) == {}


def test_what_does_not_fit_beside_is_one_and_says_why_with_figures() -> None:
    (dip,) = dips([change(asking(1, 512), asking(2, 600))], room(300)).values()
    assert str(dip) == (
        "expected 8 s without an answer (drain 3 s, cold start 5 s: the median of 3);"
        " r2 may use 600 MiB, and 300 MiB is available beside r1"
    )
    assert dip.seconds == 8


def test_without_a_measured_cold_start_the_budget_is_told_as_such() -> None:
    unknown = change(asking(1, 512), asking(2, 600, start_timeout=120.0), cold_starts=())
    assert "cold start 120 s: its budget, none is measured" in str(
        dips([unknown], room(300))["sentiment"]
    )


def test_every_replica_counts() -> None:
    two = change(asking(1, 300), asking(2, 300), replicas=2)
    assert dips([two], room(600)) == {}
    assert "r2 may use 600 MiB" in dips([two], room(599))["sentiment"].why


def test_where_nobody_knows_the_memory_nothing_is_said_of_it() -> None:
    assert dips([change(asking(1, 512), asking(2, 1 << 30))], room(None)) == {}


def test_two_that_share_a_gpu_are_no_dip_until_it_is_full() -> None:
    half = change(vllm(1, 0.5), vllm(2, 0.5))
    assert dips([half], room(None, **{"0": 0.5})) == {}
    (dip,) = dips([change(vllm(1, 0.9), vllm(2, 0.9))], room(None, **{"0": 0.9})).values()
    assert dip.why == "r2 asks for 0.9 of the memory of GPU 0, and 0.1 is left beside r1"


def test_another_gpu_is_free() -> None:
    moved = change(vllm(1, 0.9), vllm(2, 0.9, device="1"))
    assert dips([moved], room(None, **{"0": 0.9})) == {}


def test_a_file_that_asks_for_it_gets_a_dip_whatever_there_is() -> None:
    chosen = change(asking(1), asking(2))
    declared = Model("sentiment", rollout=Rollout(strategy="recreate"))
    (dip,) = dips([replace(chosen, declared=declared)], room(None)).values()
    assert (dip.why, dip.needs_leave) == ("rollout.strategy is recreate", False)


def test_a_first_revision_takes_the_place_of_nobody() -> None:
    assert dips([change(None, asking(1, 512))], room(100)) == {}


def test_changes_that_are_made_at_once_are_counted_together() -> None:
    new = change(None, _named(asking(1, 500), "digits"))
    both = [change(asking(1, 512), asking(2, 512)), new]
    assert dips(both, room(1012)) == {}
    assert list(dips(both, room(1000))) == ["sentiment"]


def test_what_a_dip_gives_back_is_there_for_the_next() -> None:
    wide = change(_named(asking(1, 900), "a"), _named(asking(2, 600), "a"))
    narrow = change(_named(asking(1, 200), "b"), _named(asking(2, 200), "b"))
    assert list(dips([wide, narrow], room(500))) == ["a"]


@pytest.mark.parametrize(("memory", "expected"), [(700, []), (599, ["sentiment"])])
def test_an_old_revision_that_has_to_start_first_is_counted_too(
    memory: int, expected: list[str]
) -> None:
    down = change(asking(1, 300), asking(2, 300), running=0)
    assert list(dips([down], room(memory))) == expected


def test_nobody_drains_and_nobodys_leave_is_needed_where_nothing_runs() -> None:
    down = change(asking(1, 300), asking(2, 300), running=0)
    assert dips([down], room(100))["sentiment"] == Dip(
        why="r2 may use 300 MiB, and 0 MiB is available beside r1",
        drain=0.0,
        start=5.0,
        measured=3,
        needs_leave=False,
    )


def _named(one: Revision, name: str) -> Revision:
    return replace(one, model=replace(one.model, name=name))
