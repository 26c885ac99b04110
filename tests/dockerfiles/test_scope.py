from __future__ import annotations

from pathlib import Path

from argosy.dockerfiles.parse import parse
from argosy.dockerfiles.syntax import Dockerfile


def read(text: str, **arguments: str) -> Dockerfile:
    return parse(text, Path("Dockerfile"), arguments)


def words(text: str, **arguments: str) -> list[str]:
    """The words of the last instruction of the last stage."""
    return [word.text for word in read(text, **arguments).final.instructions[-1].words]


def test_arguments_before_the_first_from_count_in_from_alone() -> None:
    made = read("ARG A=1\nARG B=$A.2\nFROM x:$B\nUSER $A\n")
    assert made.final.base.text == "x:1.2"
    assert made.final.instructions[0].words[0].text == "$A"
    assert {name: word.text for name, word in made.arguments.items()} == {"A": "1", "B": "1.2"}


def test_a_stage_that_declares_an_argument_again_has_its_value() -> None:
    assert words("ARG A=1\nFROM x\nARG A\nUSER $A") == ["1"]
    assert words("ARG A=1\nFROM x\nARG A=2\nUSER $A") == ["2"]
    assert words("ARG A\nFROM x\nARG A\nUSER $A") == ["$A"]


def test_a_given_argument_wins_over_the_default_where_it_is_declared() -> None:
    assert words("FROM x\nARG A=2\nUSER $A", A="3") == ["3"]
    assert words("FROM x\nARG A\nUSER $A", A="3") == ["3"]
    assert words("FROM x\nUSER $A", A="3") == ["$A"]
    assert read("ARG A=1\nFROM x:$A", A="3").final.base.text == "x:3"


def test_env_wins_over_arg_wherever_they_stand() -> None:
    assert words("FROM x\nENV A=e\nARG A=a\nUSER $A") == ["e"]
    assert words("FROM x\nARG A=a\nENV A=e\nUSER $A") == ["e"]
    assert words("FROM x\nARG A=a\nENV A=$A.e\nUSER $A") == ["a.e"]


def test_an_instruction_sees_what_stands_before_it() -> None:
    made = read("FROM x\nUSER $A\nENV A=1 B=$A\nUSER $A$B\nENV A=2\nUSER $A\n")
    found = [one.words[0].text for one in made.final.instructions if one.keyword == "USER"]
    assert found == ["$A", "1$A", "2"]


def test_a_stage_on_another_has_its_variables_and_other_stages_have_not() -> None:
    text = "FROM x AS One\nENV A=1\nARG B=2\nFROM one AS two\nUSER $A$B\nFROM y\nUSER $A$B\n"
    _, two, third = read(text).stages
    assert two.instructions[0].words[0].text == "12"
    assert third.instructions[0].words[0].text == "$A$B"


def test_the_environment_at_the_end_is_that_of_the_lineage() -> None:
    made = read("FROM x AS a\nENV A=1 B=1\nFROM a\nENV B=2 C=$A\nARG D=1\n")
    found = {name: word.text for name, word in made.final.environment.items()}
    assert found == {"A": "1", "B": "2", "C": "1"}


def test_commands_of_the_start_see_no_arguments() -> None:
    assert words("FROM x\nARG A=1\nENV B=2\nRUN echo $A $B") == ["echo", "1", "2"]
    assert words("FROM x\nARG A=1\nENV B=2\nCMD echo $A $B") == ["echo", "$A", "2"]


def test_what_buildkit_says_of_the_machine_stays_unless_it_is_given() -> None:
    text = "FROM --platform=$BUILDPLATFORM x\nARG TARGETARCH\nUSER $TARGETARCH"
    assert (words(text), read(text).final.platform) == (["$TARGETARCH"], "$BUILDPLATFORM")
    assert words(text, TARGETARCH="arm64") == ["arm64"]
    assert read(text, BUILDPLATFORM="linux/arm64").final.platform == "linux/arm64"


def test_what_waits_for_another_build_is_not_filled_in() -> None:
    assert words("FROM x\nENV A=1\nONBUILD USER $A") == ["$A"]


def test_the_order_in_which_values_are_asked_for_does_not_matter() -> None:
    text = "FROM x AS a\nENV A=1\nENV B=$A\nENV A=2\nFROM a\nENV C=$A$B\nENV A=3\nUSER $A$B$C"
    asked_late = read(text)
    asked_early = read(text)
    for instruction in asked_early.instructions:
        assert instruction.words is not None
    assert asked_late.final.environment["C"].text == asked_early.final.environment["C"].text == "21"
    assert asked_late.final.instructions[-1].words[0].text == "3121"


def test_a_thousand_stages_each_on_the_one_before_are_read() -> None:
    stages = "".join(f"FROM s{i} AS s{i + 1}\nENV A{i + 1}=${{A{i}}}x\n" for i in range(1000))
    made = read(f"FROM a AS s0\nENV A0=\n{stages}")
    assert made.final.environment["A1000"].text == "x" * 1000
    assert made.final.root_base == "a"


def test_a_stage_without_variables_hides_none_of_those_below_it() -> None:
    assert words("FROM x AS a\nENV A=1\nFROM a AS b\nRUN c\nFROM b\nUSER $A") == ["1"]
