from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from argosy_runner.protocols.openai.stops import Stops


def told(stops: Stops, pieces: list[str]) -> str:
    text = "".join(stops.feed(piece) for piece in pieces)
    return text if stops.found else text + stops.rest()


def test_what_may_begin_a_stop_is_held_back_and_told_when_it_does_not() -> None:
    stops = Stops(("END",))
    assert stops.feed("aE") == "a"
    assert stops.feed("N") == ""
    assert stops.feed("x") == "ENx"
    assert not stops.found


def test_the_stop_and_what_follows_is_dropped() -> None:
    stops = Stops(("END",))
    assert told(stops, ["a", "E", "ND", "b"]) == "a"
    assert stops.found


@given(
    st.lists(st.text("abc", max_size=4), max_size=8),
    st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3),
)
def test_pieces_are_cut_like_the_whole(pieces: list[str], texts: list[str]) -> None:
    whole = "".join(pieces)
    found = [whole.find(text) for text in texts if text in whole]
    cut = told(Stops(tuple(texts)), pieces)
    if found:
        assert whole.startswith(cut)
        assert not any(text in cut for text in texts)
    else:
        assert cut == whole
