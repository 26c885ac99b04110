from __future__ import annotations

import inspect
import threading

import pytest

from argosy import scorers
from argosy.scorers import Choice, WrongScorer
from argosy.scorers.reading.options import CannotScore, Option
from tests.scorers.scoring import wrong_expected


def test_every_file_is_a_scorer_with_a_manual() -> None:
    assert "contains" in scorers.names()
    assert "reading" not in scorers.names()
    for name in scorers.names():
        told = scorers.module(name)
        manual = inspect.getdoc(told) or ""
        assert f"scorer: {name}" in manual or f"{{{name}: " in manual or ":grade" in manual
        assert callable(told.score)
        assert all(isinstance(option, Option) for option in told.OPTIONS.values())


def test_a_scorer_is_written_with_its_options_or_without() -> None:
    assert scorers.parse("contains") == Choice("contains")
    assert scorers.parse({"numeric": {"tolerance": 0.01}}) == Choice("numeric", {"tolerance": 0.01})
    assert scorers.parse("checks:grade") == Choice("function", {"call": "checks:grade"})
    assert scorers.parse({"a.b:c": {"x": 1}}) == Choice(
        "function", {"call": "a.b:c", "arguments": {"x": 1}}
    )


@pytest.mark.parametrize(
    ("written", "what", "path"),
    [
        ("contain", "no scorer is named `contain`. Did you mean contains?", ()),
        ("zzz", "no scorer is named `zzz`. There are bleu, ", ()),
        (4, "must be the name of a scorer", ()),
        (["exact"], "must be the name of a scorer", ()),
        ({"exact": {}, "bleu": {}}, "must be one scorer with its options", ()),
        ({"numeric": 3}, "its options are no mapping", ("numeric",)),
        ({"numeric": {"tolerence": 1}}, "Did you mean tolerance?", ("numeric", "tolerence")),
        ({"token_f1": {"a": 1}}, "It has none.", ("token_f1", "a")),
        ({"numeric": {"tolerance": -1}}, "must be at least 0", ("numeric", "tolerance")),
        ({"numeric": {"tolerance": True}}, "must be a number", ("numeric", "tolerance")),
        ({"label": {"k": 1.5}}, "must be a whole number", ("label", "k")),
        ({"label": {"k": 0}}, "must be at least 1", ("label", "k")),
        ({"label": {"labels": []}}, "must be a list of texts", ("label", "labels")),
        ({"numeric": {"pick": "lest"}}, "did you mean last?", ("numeric", "pick")),
        ({"embedding": {"model": "m", "threshold": 2}}, "0 to 1", ("embedding", "threshold")),
        ({"regex": {"pattern": "("}}, "is no regular expression", ("regex",)),
        ({"choice": {"letters": "AAB"}}, "each once", ("choice",)),
        ({"exact": {"any": "yes"}}, "must be true or false", ("exact", "any")),
        ({"json_schema": {"schema": {"type": 1}}}, "is no JSON schema", ("json_schema",)),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    written: object, what: str, path: tuple[str, ...]
) -> None:
    with pytest.raises(WrongScorer) as caught:
        scorers.parse(written)
    assert what in str(caught.value)
    assert caught.value.path == path


def test_most_scorers_need_what_is_expected() -> None:
    assert wrong_expected("exact", None, given=False) == "the scorer exact needs `expected`"
    assert wrong_expected("exact", None) == ""
    assert wrong_expected("checks:grade", None, given=False) == ""


async def test_an_answer_that_is_nested_too_deeply_scores_nothing() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    found = await scorers.named("exact").score(deep, deep.copy())
    assert found.reason == "the answer is nested too deeply"


async def test_a_function_that_hangs_is_given_up() -> None:
    ending = threading.Event()
    with pytest.raises(CannotScore, match="took longer than"):
        await scorers._beside(ending.wait, 0.05)
    ending.set()
