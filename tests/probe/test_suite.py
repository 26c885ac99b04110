from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy import scorers
from argosy.errors import SuiteError
from argosy.probe import suite as suites
from argosy.probe.item import Item
from argosy.probe.suite import Suite, keep, read
from argosy.scorers import Scorer

Write = Callable[..., Path]
Mistakes = Callable[..., list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(*lines: object) -> Path:
        file = tmp_path / "suite.jsonl"
        texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        file.write_text("\n".join(texts))
        return file

    return write


@pytest.fixture
def mistakes(write: Write, tmp_path: Path) -> Mistakes:
    def mistakes(*lines: object, scorer: Scorer | None = None) -> list[str]:
        with pytest.raises(SuiteError) as caught:
            read(write(*lines), scorer)
        start = f"{tmp_path / 'suite.jsonl'}:"
        return [str(one).removeprefix(start) for one in caught.value.problems]

    return mistakes


def test_a_line_is_an_item_by_what_it_asks(write: Write) -> None:
    tensor = {"name": "x", "shape": [1], "datatype": "FP32", "data": [1.0]}
    message = {"role": "user", "content": "2 + 2?"}
    suite = read(
        write(
            {"input": "a", "expected": "b"},
            "",
            {"messages": [message], "max_tokens": 5, "top_k": 1, "expected": "4"},
            {"prompt": "2 + 2 =", "stop": "\n", "expected": None, "tags": "easy"},
            {"inputs": [tensor], "expected": [1], "id": "t", "weight": 2, "tags": ["a", "b", "a"]},
            {"input": None},
        )
    )
    assert suite.items == (
        Item("1", "predict", {"input": "a"}, expected="b", line=1),
        Item(
            "3", "chat", {"messages": [message], "max_tokens": 5, "top_k": 1}, expected="4", line=3
        ),
        Item(
            "4", "completions", {"prompt": "2 + 2 =", "stop": "\n"}, tags=("easy",), line=4
        ),
        Item(
            "t", "infer", {"inputs": [tensor]}, expected=[1], tags=("a", "b"), weight=2.0, line=5
        ),
        Item("6", "predict", {"input": None}, has_expected=False, line=6),
    )  # fmt: skip


def test_what_editors_of_other_systems_write_is_read(tmp_path: Path) -> None:
    file = tmp_path / "suite.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"input": 1}\r\n{"input": 2}\r\n\r\n')
    assert [item.fields["input"] for item in read(file).items] == [1, 2]


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ('{"input": }', "1:11: is not JSON: "),
        ("{'input': 1}", "1:2: is not JSON: "),
        ('{"input": NaN}', "1:1: NaN is no JSON"),
        ('{"input": 1, "input": 2}', "1:1: the key input stands there twice"),
        ("[" * 100_000, "1:1: is nested too deeply"),
        ('[{"input": 1}]', "1:1: is no object. A suite is no list: `jq -c '.[]'`"),
        ("4", "1:1: is no object. Write an item in each line"),
        ({"expected": 1}, "1:1: asks nothing. It needs one of input, file, messages, prompt, "),
        ({"inptu": 1}, "1:2: inptu: unknown key. Did you mean input?"),
        ({"input": 1, "prompt": "a"}, "1:14: prompt: asks twice, with input and prompt."),
        ({"input": 1, "expcted": 1}, "1:14: expcted: unknown key. Did you mean expected?"),
        ({"input": 1, "zzz": 1}, "1:14: zzz: unknown key. Known here: input, id, expected, "),
        ({"prompt": "a", "expectd": 1}, "1:17: expectd: unknown key. Did you mean expected?"),
        ({"prompt": "a", "stream": True}, "1:17: stream: cannot be set by an item. Answers are "),
        ({"prompt": "a", "model": "b"}, "1:17: model: cannot be set by an item. The model that "),
        ({"prompt": ["a"]}, "1:2: prompt: must be a text. Make an item of each prompt."),
        ({"messages": "a"}, "1:2: messages: must be a list of messages."),
        ({"messages": []}, "1:2: messages: must be a list of messages."),
        ({"inputs": [1, 2]}, "1:2: inputs: must be tensors, each with name, shape, datatype and"),
        ({"input": 1, "weight": 0}, "1:14: weight: must be a number above 0"),
        ({"input": 1, "weight": True}, "1:14: weight: must be a number above 0"),
        ({"input": 1, "weight": "2"}, "1:14: weight: must be a number above 0"),
        ({"input": 1, "tags": [1]}, "1:14: tags: must be a list of words."),
        ({"input": 1, "id": 1.5}, "1:14: id: must be a text or a whole number"),
        ({"file": "/etc/passwd"}, "1:2: file: must lie below the suite's folder"),
        ({"file": "../a"}, "1:2: file: must lie below the suite's folder"),
        ({"file": "a.jpg"}, "1:2: file: `a.jpg`: no file is here"),
        ({"file": 1}, "1:2: file: must be a path"),
        ("", "1:1: the suite is empty. Write an item in each line:"),
        ("\n \n", "1:1: the suite is empty."),
    ],
)
def test_a_mistake_has_its_place_and_the_next_step(
    mistakes: Mistakes, line: object, mistake: str
) -> None:
    (found,) = mistakes(line)
    assert found.startswith(mistake)


def test_all_mistakes_come_at_once_in_their_order(mistakes: Mistakes) -> None:
    found = mistakes({"input": 1, "weight": -1, "id": ""}, {"input": 1}, "{", {"id": 2, "input": 1})
    assert [one.split(": ")[0] for one in found] == ["1:14", "1:28", "3:2", "4:2"]
    assert "the id 2 is that of line 2, too" in found[3]


def test_a_thousand_mistakes_are_not_all_shown(mistakes: Mistakes) -> None:
    found = mistakes(*[{}] * 1000)
    assert len(found) == suites.SHOWN + 1
    assert found[-1].endswith("and 950 more mistakes")


def test_what_a_scorer_cannot_compare_is_a_mistake(mistakes: Mistakes, write: Write) -> None:
    numeric = scorers.named("numeric")
    assert mistakes({"input": 1}, {"input": 1, "expected": "many"}, scorer=numeric) == [
        "1:1: the scorer numeric needs `expected`. Write it, or take another scorer.",
        "2:14: expected: holds no number that stands alone",
    ]
    assert read(write({"input": 1}), scorers.named("regex", {"pattern": "a"})).items


def test_a_file_that_is_missing_or_no_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="the suite cannot be read: No such file"):
        read(tmp_path / "none.jsonl")
    (tmp_path / "binary").write_bytes(b'{"input": "\xff"}')
    with pytest.raises(SuiteError, match=r"binary:1:1: is not UTF-8"):
        read(tmp_path / "binary")


def test_a_suite_that_is_too_large_is_refused(tmp_path: Path) -> None:
    with (tmp_path / "large.jsonl").open("wb") as file:
        file.truncate(suites.LARGEST + 1)
    with pytest.raises(SuiteError, match="is larger than 64 MiB"):
        read(tmp_path / "large.jsonl")


def test_a_kept_suite_does_not_change_with_the_original(write: Write, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"1")
    file = write({"file": "images/a.png", "expected": "cat"})
    suite = read(file)
    kept = keep(suite, tmp_path / "kept")
    assert keep(suite, tmp_path / "kept") == kept
    (tmp_path / "images" / "a.png").write_bytes(b"2")
    assert read(file).digest != suite.digest
    again = read(kept)
    assert again.digest == suite.digest
    assert again.items[0].file == kept.parent / "images" / "a.png"
    assert again.items[0].file.read_bytes() == b"1"


def test_a_suite_that_changes_while_it_is_kept_is_refused(write: Write, tmp_path: Path) -> None:
    suite = read(write({"input": 1}))
    write({"input": 2})
    with pytest.raises(SuiteError, match="has changed since it was read"):
        keep(suite, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_a_sample_is_the_same_for_the_same_seed(write: Write) -> None:
    suite = read(write(*[{"input": number} for number in range(100)]))
    assert suite.sample(None, 0) is suite
    assert suite.sample(100, 0) is suite
    drawn = suite.sample(10, 7)
    assert drawn == suite.sample(10, 7)
    assert drawn.items != suite.sample(10, 8).items
    assert [item.line for item in drawn.items] == sorted(item.line for item in drawn.items)
    assert drawn.digest == suite.digest


@given(st.binary(max_size=200))
def test_no_file_is_too_strange(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("strange") / "suite.jsonl"
    file.write_bytes(content)
    with contextlib.suppress(SuiteError):
        assert isinstance(read(file), Suite)
