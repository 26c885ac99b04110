from __future__ import annotations

from pathlib import Path

import pytest

from argosy.compose_files.project import read_text
from argosy.imported.draft import Draft, local
from argosy.imported.ledger import Ledger
from argosy.imported.service import Service

FILE = Path("/stacks/compose.yaml")
TEXT = """\
services:
  llm:
    image: vllm/vllm-openai:${TAG:-v1}
    command: vllm serve ${MODEL} --port 80
    cpus: $${NOT} ${A} and $B
    environment: {A: b, C: d}
"""


def draft(text: str = TEXT, section: str = "models") -> tuple[Draft, Ledger]:
    project = read_text(text, FILE)
    ledger = Ledger(project.root)
    service = Service("llm", project.services["llm"], project)
    return Draft(service, section, "chat", FILE.parent, ledger), ledger


def notes(ledger: Ledger) -> list[str]:
    return [f"{one.status}: {one.subject}: {one.outcome}" for one in ledger.notes]


def test_what_is_carried_has_its_value_and_a_note() -> None:
    made, ledger = draft()
    made.carry(("environment", "A"), ("env", "A"), "b")
    made.carry(("environment", "C"), ("env", "C"), "d")
    assert made.keys == {"env": {"A": "b", "C": "d"}}
    assert notes(ledger) == [
        "carried: services.llm.environment.A: models.chat.env.A",
        "carried: services.llm.environment.C: models.chat.env.C",
    ]
    assert not made.comments


@pytest.mark.parametrize(
    ("value", "note"),
    [
        ("4", "changed: services.llm.cpus: models.chat.cpus; A, B is filled in, as it is now"),
        ("${A} 3", "changed: services.llm.cpus: models.chat.cpus; B is filled in, as it is now"),
        ("${A:-1} ${B}", "carried: services.llm.cpus: models.chat.cpus"),
    ],
)
def test_a_variable_that_could_not_stay_is_a_change(value: str, note: str) -> None:
    made, ledger = draft()
    made.carry(("cpus",), ("cpus",), value)
    assert notes(ledger) == [note]


def test_of_a_whole_command_no_variable_is_said_to_be_filled_in() -> None:
    made, ledger = draft()
    made.carry(("command",), ("command",), ["vllm", "serve"])
    assert notes(ledger) == ["carried: services.llm.command: models.chat.command"]


def test_a_change_sets_a_value_only_where_there_is_one() -> None:
    made, ledger = draft()
    made.change(("cpus",), "twice as many", ("resources", "cpus"), 0)
    made.change(("environment",), "they are gone")
    assert made.keys == {"resources": {"cpus": 0}}
    assert notes(ledger) == [
        "changed: services.llm.cpus: models.chat.resources.cpus; twice as many",
        "changed: services.llm.environment: they are gone",
    ]


def test_what_somebody_has_to_look_at_is_a_comment_there_said_once() -> None:
    made, ledger = draft(section="services")
    made.ask(("environment", "A"), "look at it", ("env",), {})
    made.ask(("environment", "C"), "look at it", ("env",))
    made.warn(("cpus",), "too few")
    assert made.comments == {("env",): ["look at it"], ("cpus",): ["too few"]}
    assert made.keys == {"env": {}}
    assert {one.status for one in ledger.notes} == {"changed"}
    assert ledger.notes[0].became == ("services", "chat", "cpus")


def test_what_is_left_stands_nowhere_and_says_why() -> None:
    made, ledger = draft()
    made.leave(("command",), "nobody reads it", "--port")
    assert made.keys == {}
    assert notes(ledger) == ["not carried: services.llm.command --port: nobody reads it"]


def test_what_nobody_spoke_for_is_open() -> None:
    made, _ = draft()
    assert made.is_open("environment")
    made.leave(("environment", "A"), "why")
    assert made.is_open("environment")
    assert not made.is_open("environment", "A")
    made.leave(("environment", "C"), "why")
    assert not made.is_open("environment")


def test_one_note_may_speak_for_several_values() -> None:
    made, ledger = draft()
    made.carry(("environment", "A"), ("env",), {}, also=[("environment", "C"), ("cpus",)])
    assert not made.is_open("environment")
    assert not made.is_open("cpus")
    assert len(ledger.notes) == 1


def test_what_a_script_does_around_its_program_is_told() -> None:
    script = "export A=b; pip install torch && cd /x; vllm serve m"
    made, ledger = draft(f'services:\n  llm:\n    command: sh -c "{script}"\n')
    made.say_besides(["vllm"])
    assert [(one.status, one.about, one.text.partition(":")[0]) for one in ledger.notes] == [
        ("changed", "`pip install torch`", "packages are those of requirements.txt"),
        ("not carried", "`export A=…`", "its script sets this"),
        ("not carried", "`cd /x`", "its script does this besides, which no key says"),
    ]


@pytest.mark.parametrize(
    ("path", "origin", "folder", "found"),
    [
        ("models/a", "/s/x", "/s", "./x/models/a"),
        ("./a", "/s", "/s", "./a"),
        ("../a", "/s/x", "/s", "./a"),
        ("../a", "/s", "/s/x", "../../a"),
        (".", "/s", "/s", "."),
        ("/a", "/s", "/t", "/a"),
        ("~/a", "/s", "/t", "~/a"),
        ("${A}/b", "/s", "/t", "${A}/b"),
    ],
)
def test_paths_are_relative_to_the_stack_file(
    path: str, origin: str, folder: str, found: str
) -> None:
    assert local(path, Path(origin), Path(folder)) == found


def test_a_draft_knows_the_folder_of_its_stack_file() -> None:
    assert draft()[0].local(FILE.parent / "x", "a") == "./x/a"
