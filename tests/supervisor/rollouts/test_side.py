"""Who speaks for a revision when it is asked beside another."""

from __future__ import annotations

from dataclasses import replace

from argosy.platforms.platform import Replica
from argosy.supervisor.rollouts.side import speaking

FIRST, SECOND = (Replica("m", 1, index, "ready") for index in (1, 2))
NEXT = Replica("m", 2, 1, "ready")
STARTING = Replica("m", 2, 2, "starting")
FAULT = "it failed its accuracy probe"
ALL = [FIRST, SECOND, NEXT, STARTING]


def test_all_that_are_ready_speak() -> None:
    assert speaking(ALL, ALL) == [FIRST, SECOND, NEXT]


def test_a_replica_that_failed_its_probe_does_not_speak_beside_a_sound_one() -> None:
    for failed in (
        replace(SECOND, state="unready", fault=FAULT),
        replace(SECOND, fault=FAULT),  # it serves all the same until it is its turn
        replace(SECOND, state="unready"),  # started anew, and not asked again yet
    ):
        assert speaking(ALL, [FIRST, failed, NEXT, STARTING]) == [FIRST, NEXT]


def test_where_none_is_sound_all_that_are_ready_speak() -> None:
    failed = [replace(FIRST, state="unready", fault=FAULT), replace(SECOND, fault=FAULT), NEXT]
    assert speaking([FIRST, SECOND, NEXT], failed) == [NEXT, FIRST, SECOND]
