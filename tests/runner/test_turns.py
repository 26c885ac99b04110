from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy_runner.calls import Call
from argosy_runner.problems import Problem, too_busy
from argosy_runner.turns import Turns
from tests.runner.test_waiting import call


def order(turns: Turns) -> str:
    """The callers, in the order of their turns."""
    found = ""
    while turns:
        found += str(turns.popleft().asker.caller)
    return found


def test_callers_take_turns_however_much_each_has_waiting() -> None:
    assert order(Turns(call(1, caller=caller) for caller in "aaaaabbc")) == "abcabaaa"


def test_turns_are_counted_in_rows() -> None:
    calls = [call(4, caller="a") for _ in range(3)] + [call(1, caller="b") for _ in range(8)]
    assert order(Turns(calls)) == "bbbabbbbaba"


def test_who_comes_anew_begins_where_the_others_stand() -> None:
    turns = Turns(call(1, caller=caller) for caller in "ababababab")
    for _ in range(6):
        turns.popleft()
    for _ in range(3):
        turns.append(call(1, caller="c"))
    assert order(turns) == "abcabcc"


def test_who_had_much_and_comes_back_waits_for_it() -> None:
    turns = Turns([call(5, caller="a"), *(call(1, caller="b") for _ in range(8))])
    assert [turns.popleft().asker.caller for _ in range(5)] == list("bbbba")
    turns.append(call(5, caller="a"))
    assert order(turns) == "bbbba"


def test_who_asks_for_little_does_not_wait_for_lists() -> None:
    turns = Turns(call(64, caller=caller) for caller in "abcd")
    for _ in range(6):
        long = turns.popleft()
        long.taken += 8
        turns.rest(long)
    turns.append(call(1, caller="e"))
    assert turns.popleft().asker.caller == "e"


def test_the_urgent_go_first_among_those_of_the_same_caller_only() -> None:
    turns = Turns([call(1, caller="a"), call(1, caller="b"), call(1, caller="b", urgency=0)])
    turns.append(call(1, caller="a", urgency=7))
    taken = [turns.popleft().asker for _ in range(4)]
    assert [(asker.caller, asker.urgency) for asker in taken] == [
        ("a", 3), ("b", 0), ("a", 7), ("b", 3),
    ]  # fmt: skip


def test_what_is_given_back_is_next_and_has_cost_nothing() -> None:
    turns = Turns(call(1, caller=caller) for caller in "aabb")
    taken = [turns.popleft(), turns.popleft(), turns.popleft()]
    turns.give_back(taken[1:])
    assert turns.first is taken[1]
    assert order(turns) == "bab"


def test_the_rest_of_a_long_call_lets_others_of_its_caller_go_first() -> None:
    turns = Turns([call(20, caller="a"), call(1, caller="a")])
    long = turns.popleft()
    long.taken = 8
    turns.rest(long)
    assert [len(turns.popleft().payloads), turns.popleft()] == [1, long]


def test_a_full_queue_makes_room_at_the_cost_of_who_fills_it() -> None:
    flood = [call(1, caller="flood") for _ in range(10)]
    turns = Turns(flood)
    newcomer = call(2, caller="other")
    assert turns.make_room(newcomer, 2, too_busy(10)) == 2
    assert [refused(each) for each in flood] == [None] * 8 + [429, 429]
    turns.append(newcomer)
    assert turns.popleft() is flood[0]
    assert turns.popleft() is newcomer


def test_the_least_urgent_make_room_first() -> None:
    low, usual = call(1, caller="flood", urgency=6), [call(1, caller="flood") for _ in range(4)]
    turns = Turns([low, *usual])
    assert turns.make_room(call(1, caller="other"), 1, too_busy(5)) == 1
    assert refused(low) == 429


@pytest.mark.parametrize("waiting", ["aaab", "bbbb"])
def test_no_room_is_made_for_who_has_as_much_waiting(waiting: str) -> None:
    turns = Turns(call(1, caller=caller) for caller in waiting)
    wanted = call(2, caller="b")
    assert turns.make_room(wanted, 1, too_busy(4)) == 0
    assert len(order(turns)) == 4


def test_those_with_a_turn_behind_them_are_forgotten_in_time() -> None:
    turns = Turns([call(1, caller="steady") for _ in range(4000)])
    for number in range(3000):
        turns.append(call(1, caller=f"passing {number}"))
        turns.popleft()
    assert len(turns._lines) <= 2000


def refused(call: Call) -> int | None:
    """The status, if it was refused."""
    if not call.done.done():
        return None
    problem = call.done.result()
    assert isinstance(problem, Problem)
    return problem.status


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 9)), max_size=60))
def test_nobody_with_something_waiting_falls_behind_by_more_than_a_call(
    asked: list[tuple[str, int]],
) -> None:
    turns = Turns(call(rows, caller=caller) for caller, rows in asked)
    left = Counter(caller for caller, _ in asked)
    had = Counter[str]()
    for _ in asked:
        one = turns.popleft()
        caller = str(one.asker.caller)
        had[caller] += len(one.payloads)
        left[caller] -= 1
        waiting = [each for each in left if left[each] > 0]
        for each in waiting:
            assert had[caller] - had[each] <= 2 * 9
    assert not turns
    assert not left.total()
