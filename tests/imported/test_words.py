from __future__ import annotations

from argosy.compose_files.tree import Place, Value
from argosy.imported.words import Word, beside, flags, without_shell, words
from tests.imported.conftest import FILES

PLACE = Place(FILES, 1, 1)
NO_VALUE = r"--(enable|no)-[a-z-]+"


def of_text(text: str, **known: str) -> tuple[Word, ...]:
    return words(Value(PLACE, text), ("command",), known)


def texts(given: tuple[Word, ...]) -> list[str]:
    return [one.text for one in given]


def test_a_text_is_split_after_its_variables_are_known() -> None:
    given = of_text("--a ${A:-1} 'b c' $$D ${E}", E="x y")
    assert texts(given) == ["--a", "1", "b c", "$D", "x", "y"]
    assert [one.raw for one in given][-2:] == ["x", "y"]


def test_words_keep_their_variables() -> None:
    assert [one.raw for one in of_text("--a ${A} --b=$B", B="1")] == ["--a", "${A}", "--b=${B:-1}"]


def test_items_of_a_list_are_words_with_places_of_their_own() -> None:
    value = Value(PLACE, (Value(PLACE, "a b"), Value(PLACE, 3, "3")))
    given = words(value, ("command",), {})
    assert [(one.text, one.path) for one in given] == [
        ("a b", ("command", "0")),
        ("3", ("command", "1")),
    ]


def test_of_a_script_the_command_with_the_program_is_meant() -> None:
    given = of_text("""bash -lc "cd /x && pip install y; exec uvicorn a:b --port 1" """)
    assert texts(without_shell(given, ["uvicorn"])) == ["uvicorn", "a:b", "--port", "1"]
    assert beside(given, ["uvicorn"]) == ("cd /x", "pip install y")


def test_lines_of_a_script_may_be_continued() -> None:
    given = (*of_text("sh -c"), Word("A=1\nvllm serve x \\\n  --y 2\n", "", ("command", "2")))
    assert texts(without_shell(given, ["vllm"])) == ["vllm", "serve", "x", "--y", "2"]


def test_what_a_script_sets_is_told_without_its_value() -> None:
    given = of_text("""sh -c "export A=b; export T=hf_abcdefghijkl; vllm serve x" """)
    assert beside(given, ["vllm"]) == ("export A=…", "export")


def test_flags_take_the_words_behind_them() -> None:
    found, before = flags(of_text("m --a 1 --b=2 --c x y --enable-d e -f"), alone=NO_VALUE)
    assert [(one.name, [word.text for word in one.values]) for one in found] == [
        ("--a", ["1"]),
        ("--b", ["2"]),
        ("--c", ["x", "y"]),
        ("--enable-d", []),
        ("-f", []),
    ]
    assert [one.text for one in before] == ["m", "e"]


def test_a_negative_number_is_a_value() -> None:
    found, _ = flags(of_text("--seed -1 --x"), alone=NO_VALUE)
    assert [(one.name, one.text) for one in found] == [("--seed", "-1"), ("--x", "")]


def test_a_variable_that_may_hold_more_flags_is_no_value() -> None:
    found, _ = flags(of_text("--model m ${EXTRA}"), alone=NO_VALUE)
    assert [one.name for one in found] == ["--model", "${EXTRA}"]
