from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.compose_files.project import read_text
from argosy.imported.dockerfile import read
from argosy.imported.service import Beside, Service, mentions

FILE = Path("/stacks/compose.yaml")


def service(below: str, **known: str) -> Service:
    """One service, of a project whose `.env` says what is ``known``."""
    project = replace(read_text(f"services:\n  llm:\n{below}", FILE), variables=known)
    return Service("llm", project.services["llm"], project)


def built(text: str, below: str = "") -> Service:
    dockerfile = read(text)
    return replace(service(f"    build: .\n{below}"), beside=Beside(dockerfile))


def texts(found: Service) -> list[str]:
    return [one.text for one in found.command]


def test_scalars_have_their_variables_filled_in() -> None:
    found = service("    image: a:${TAG}\n    deploy: {mode: x}\n", TAG="1")
    assert (found.text("image"), found.text("deploy", "mode")) == ("a:1", "x")
    assert (found.text("gone"), found.text("deploy", "gone")) == ("", "")
    assert found.raw(found.value.mapping["image"]) == "a:${TAG:-1}"
    assert (found.has("deploy", "mode"), found.has("deploy", "gone")) == (True, False)


def test_an_image_has_a_name_and_a_tag() -> None:
    found = service("    image: ghcr.io/a/b:c@sha256:d\n")
    assert (found.image_name, found.image_tag) == ("a/b", "c")


def test_the_image_that_it_is_built_on_goes_before_the_one_that_it_is_called() -> None:
    assert built("FROM a/b:1\n", "    image: ours:2\n").image == "a/b:1"
    assert service("    build: .\n    image: ours:2\n").image == "ours:2"


@pytest.mark.parametrize(
    ("build", "context"),
    [
        ("./app", FILE.parent / "app"),
        ("{context: '${DIR}'}", FILE.parent / "there"),
        ("{dockerfile: D}", FILE.parent),
        ("/abs", Path("/abs")),
        ("https://example.com/a.git", None),
        ("{context: 'git@example.com:a'}", None),
    ],
)
def test_what_is_built_lies_beside_the_file_unless_it_is_fetched(
    build: str, context: Path | None
) -> None:
    assert service(f"    build: {build}\n", DIR="there").context == context


def test_what_is_not_built_has_no_folder() -> None:
    assert service("    image: a\n").context is None


@pytest.mark.parametrize(
    ("below", "words"),
    [
        ("", ["serve", "--a"]),
        ("    command: b\n", ["serve", "b"]),
        ("    entrypoint: c d\n", ["c", "d"]),
        ("    entrypoint: c\n    command: [d]\n", ["c", "d"]),
    ],
)
def test_what_is_run_is_the_images_where_the_service_has_none(below: str, words: list[str]) -> None:
    found = built('FROM a\nENTRYPOINT ["serve"]\nCMD ["--a"]\n', below)
    assert texts(found) == words


def test_words_have_their_places() -> None:
    found = built('FROM a\nENTRYPOINT ["$A"]\n', "    command: [b, c]\n")
    assert [(one.raw, one.path) for one in found.command] == [
        ("$$A", ("build",)),
        ("b", ("command", "0")),
        ("c", ("command", "1")),
    ]


@pytest.mark.parametrize(
    ("written", "paths"),
    [
        ("{A: 1, B: $X, C: }", ["A", "B", "C"]),
        ("[A=1, B=$X, C]", ["0", "1", "2"]),
    ],
)
def test_variables_are_read_in_both_forms(written: str, paths: list[str]) -> None:
    found = service(f"    environment: {written}\n", X="y").environment
    assert [(one.name, one.text, one.raw) for one in found.values()] == [
        ("A", "1", "1"),
        ("B", "y", "${X:-y}"),
        ("C", "", None),
    ]
    assert [one.path for one in found.values()] == [("environment", one) for one in paths]


def test_a_variable_that_is_not_there_is_empty() -> None:
    found = service("    environment: {A: b}\n")
    assert (found.variable("A"), found.variable("B")) == ("b", "")


def test_ports_that_others_can_reach_have_a_number_at_the_host() -> None:
    found = service("    ports: ['80:90', '127.0.0.1:81:91', '92', '83:93/udp', '84-85:94-95']\n")
    assert [(one.published, one.target, one.host, one.path[1]) for one in found.ports] == [
        (80, 90, "", "0"),
        (81, 91, "127.0.0.1", "1"),
        (84, 94, "", "4"),
    ]


def test_services_that_are_started_first_are_named_in_every_form() -> None:
    found = service("    depends_on: [a, b]\n    links: ['b:x', 'c:y']\n").depends_on
    assert found == {"a": ("depends_on", "0"), "b": ("depends_on", "1"), "c": ("links", "1")}
    found = service("    depends_on: {a: {condition: service_started}}\n").depends_on
    assert found == {"a": ("depends_on", "a")}


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("/models/a/b.gguf", "./a"),
        ("/models/a", "./a"),
        ("/models/ab", "./m"),
        ("/models", "./m"),
        ("/tmp/x", None),
        ("/other", None),
    ],
)
def test_a_path_of_the_container_lies_in_the_innermost_mount(path: str, source: str | None) -> None:
    long = "{type: tmpfs, target: /tmp}"
    found = service(f"    volumes: ['./m:/models/', './a:/models/a', {long}]\n").at_host(path)
    assert (found and found.source) == source


def test_mounts_have_their_places_and_where_they_are_relative_to() -> None:
    first, second = service("    volumes: ['./m:/a', 'v:/b']\n").mounts
    assert (first.kind, first.path, first.origin) == ("bind", ("volumes", "0"), FILE.parent)
    assert (second.source, second.kind) == ("v", "volume")


def test_who_is_told_where_another_answers_mentions_it() -> None:
    by_variable = service("    environment: {URL: 'http://tgi:80'}\n")
    by_command = service("    command: --url http://tgi/v1\n")
    assert by_variable.mentions("tgi")
    assert by_command.mentions("tgi")
    assert not by_variable.mentions("llm")


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("http://vllm/v1", True),
        ("vllm:8000", True),
        ("vllm:${PORT}", True),
        ("a,vllm:8000", True),
        ("http://vllm-2/v1", False),
        ("http://vllm.example.com", False),
        ("my-vllm:8000", False),
        ("vllm:latest", False),
        ("vllm", False),
        ("http://vXllm/v1", False),
    ],
)
def test_a_host_is_a_word_of_its_own(text: str, is_named: bool) -> None:
    assert mentions(text, "vllm") is is_named
