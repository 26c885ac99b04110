from __future__ import annotations

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from argosy_runner.calls import USUAL, Call, Method, Terms
from argosy_runner.problems import Problem
from argosy_runner.signatures import Payload
from argosy_runner.signatures.values import Values
from argosy_runner.waiting import Waiting

PREDICT = Method("predict", Values("any"), rows=8)
OTHER = Method("other", Values("any"), rows=8)


async def nothing() -> dict[str, object]:
    return {"type": "http.disconnect"}


def call(
    rows: int,
    *,
    method: Method = PREDICT,
    group: object = None,
    limit: float | None = None,
    caller: str = "somebody",
    urgency: int = USUAL,
) -> Call:
    payloads = [Payload((b"%d" % at,), 1, group) for at in range(rows)]
    asker = Terms(nothing, limit, caller, urgency)
    loop = asyncio.new_event_loop()
    try:
        return Call(method, payloads, loop.create_future(), asker, 30.0)
    finally:
        loop.close()


def sizes(waiting: Waiting, most: int = 8) -> list[int]:
    found = []
    while waiting:
        if rows := waiting.take(most):
            found.append(len(rows))
    return found


def test_requests_go_together_up_to_a_full_frame() -> None:
    waiting = Waiting()
    for rows in (1, 1, 1, 5, 1):
        waiting.add(call(rows))
    assert sizes(waiting) == [8, 1]
    assert waiting.rows == 0


def test_a_request_that_fits_into_a_frame_is_kept_whole() -> None:
    waiting = Waiting()
    first, second = call(5), call(5)
    waiting.add(first)
    waiting.add(second)
    assert {row.call for row in waiting.take(8)} == {first}
    assert {row.call for row in waiting.take(8)} == {second}


def test_a_smaller_one_fills_the_frame_that_the_next_does_not_fit_in() -> None:
    waiting = Waiting()
    for rows in (6, 5, 2):
        waiting.add(call(rows))
    assert sizes(waiting) == [8, 5]


def test_a_long_request_lets_others_in_between() -> None:
    waiting = Waiting()
    long, short = call(20), call(1)
    waiting.add(long)
    waiting.add(short)
    assert [row.index for row in waiting.take(8)] == list(range(8))
    second = waiting.take(8)
    assert second[0].call is short
    assert [row.index for row in second[1:]] == list(range(8, 15))
    assert [row.index for row in waiting.take(8)] == list(range(15, 20))


def test_methods_and_groups_are_not_mixed() -> None:
    waiting = Waiting()
    for each in (call(1), call(1, method=OTHER), call(1, group="raw"), call(1)):
        waiting.add(each)
    assert sizes(waiting) == [2, 1, 1]


def test_what_is_tried_again_comes_first_and_alone() -> None:
    waiting = Waiting()
    waiting.add(call(2))
    rows = waiting.take(8)
    waiting.add(call(1))
    waiting.try_again(rows, alone=True)
    assert waiting.next[2]
    assert [waiting.take(8), waiting.take(8)] == [[rows[0]], [rows[1]]]
    assert len(waiting.take(8)) == 1


def test_what_has_failed_or_gone_is_not_computed() -> None:
    waiting = Waiting()
    gone, there = call(3), call(1)
    waiting.add(gone)
    waiting.add(there)
    gone.refuse(Problem(504, "late"))
    assert [row.call for row in waiting.take(8)] == [there]
    assert not waiting
    assert waiting.rows == 0


def test_the_overdue_are_those_that_have_not_begun() -> None:
    waiting = Waiting()
    late, begun = call(1, limit=0.001), call(20, limit=0.001)
    waiting.add(begun)
    waiting.take(8)
    waiting.add(late)
    assert waiting.overdue(time.monotonic() + 1) == [late]


def test_only_those_without_a_limit_of_their_own_have_their_time_anew() -> None:
    waiting = Waiting()
    own, patient = call(1, limit=1.0), call(1)
    waiting.add(own)
    waiting.add(patient)
    before = own.deadline
    waiting.renew(time.monotonic() + 100)
    assert own.deadline == before
    assert patient.deadline > before + 50


@given(
    st.lists(st.tuples(st.integers(1, 30), st.sampled_from([None, "raw"])), max_size=12),
    st.integers(1, 10),
)
def test_every_row_goes_once_in_frames_that_fit(
    calls: list[tuple[int, str | None]], most: int
) -> None:
    waiting = Waiting()
    made = [call(rows, group=group) for rows, group in calls]
    for each in made:
        waiting.add(each)
    taken = []
    while waiting:
        rows = waiting.take(most)
        assert 0 < len(rows) <= most
        assert len({row.payload.group for row in rows}) == 1
        taken += [(id(row.call), row.index) for row in rows]
    assert sorted(taken) == sorted(
        (id(each), at) for each in made for at in range(len(each.payloads))
    )
    assert waiting.rows == 0


def test_callers_take_turns_once_more_waits_than_a_frame_holds() -> None:
    waiting = Waiting()
    for _ in range(20):
        waiting.add(call(1, caller="flood"))
    quiet = call(1, caller="quiet")
    waiting.add(quiet)
    assert quiet in {row.call for row in waiting.take(8)}


def test_what_fits_into_a_frame_goes_in_the_order_in_which_it_came() -> None:
    waiting = Waiting()
    for caller in "aaab":
        waiting.add(call(1, caller=caller))
    assert [row.call.asker.caller for row in waiting.take(8)] == ["a", "a", "a", "b"]


def test_the_urgent_calls_of_one_caller_overtake_its_others() -> None:
    waiting = Waiting()
    for urgency in (USUAL, USUAL, 7, 0):
        waiting.add(call(4, urgency=urgency))
    taken = [waiting.take(4)[0].call.asker.urgency for _ in range(4)]
    assert taken == [0, USUAL, USUAL, 7]


def test_a_flood_makes_room_for_another_caller_but_not_for_more_of_itself() -> None:
    waiting = Waiting()
    flood = [call(1, caller="flood") for _ in range(10)]
    for each in flood:
        waiting.add(each)
    problem = Problem(429, "too much")
    assert not waiting.make_room(call(1, caller="flood"), 1, problem)
    assert waiting.make_room(call(1, caller="quiet"), 1, problem)
    assert waiting.rows == 9
    assert flood[-1].done.result() is problem


@given(
    st.lists(
        st.tuples(
            st.integers(1, 30),
            st.sampled_from([None, "raw"]),
            st.sampled_from("abc"),
            st.integers(0, 7),
        ),
        max_size=15,
    ),
    st.integers(1, 10),
    st.sets(st.integers(0, 14)),
)
def test_in_turns_too_every_row_goes_once_and_none_of_those_who_left(
    calls: list[tuple[int, str | None, str, int]], most: int, leaving: set[int]
) -> None:
    waiting = Waiting()
    made = [
        call(rows, group=group, caller=caller, urgency=urgency)
        for rows, group, caller, urgency in calls
    ]
    for each in made:
        waiting.add(each)
    gone = {id(made[at]) for at in leaving if at < len(made)}
    for each in made:
        if id(each) in gone:
            each.refuse(Problem(504, "late"))
    taken = []
    while waiting:
        rows = waiting.take(most)
        assert len(rows) <= most
        assert len({row.payload.group for row in rows}) <= 1
        taken += [(id(row.call), row.index) for row in rows]
    assert sorted(taken) == sorted(
        (id(each), at) for each in made if id(each) not in gone for at in range(len(each.payloads))
    )
    assert waiting.rows == 0
