from __future__ import annotations

from pathlib import Path

import pytest

from argosy.compose_files import project
from argosy.compose_files.project import Project, read, read_text
from argosy.compose_files.tree import Value
from argosy.errors import ComposeFileError, UsageError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(**texts: str) -> None:
    """``write(compose__yaml=…, sub___env=…)``: two underscores are a dot, three a slash."""
    for name, text in texts.items():
        file = Path(name.replace("___", "/").replace("__", "."))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


def found(whole: Project, *path: str) -> Value:
    value = whole.root.below(path)
    assert value is not None
    return value


def cut(whole: Project, value: Value) -> str:
    return value.span.of(whole.texts[value.place.file])


def test_an_override_beside_a_usual_name_lies_on_top() -> None:
    write(
        compose__yaml="services:\n  a:\n    image: one\n    restart: always\n",
        compose__override__yml="services:\n  a:\n    image: two\n",
    )
    whole = read(Path("compose.yaml"))
    image, restart = (
        found(whole, "services", "a", "image"),
        found(whole, "services", "a", "restart"),
    )
    assert (image.text, str(image.place), cut(whole, image)) == (
        "two", "compose.override.yml:3", "two"
    )  # fmt: skip
    assert (restart.text, str(restart.place)) == ("always", "compose.yaml:4")
    assert whole.files == (Path("compose.yaml"), Path("compose.override.yml"))
    assert whole.overrides == (Path("compose.override.yml"),)


def test_overrides_given_by_hand_lie_on_top_in_their_order() -> None:
    write(
        compose__yaml="services: {a: {image: one}}",
        compose__override__yaml="services: {a: {image: unasked}}",
        two__yaml="services: {a: {image: two}}",
        three__yaml="services: {a: {image: three}}",
    )
    whole = read(Path("compose.yaml"), [Path("two.yaml"), Path("three.yaml")])
    assert found(whole, "services", "a", "image").text == "three"
    assert len(whole.files) == 3


def test_a_text_that_lies_in_no_file_reads_what_lies_beside_it() -> None:
    write(base__yaml="services:\n  b:\n    image: c\n")
    whole = read_text("services: {a: {extends: {file: base.yaml, service: b}}}", Path("-"))
    assert str(found(whole, "services", "a", "image").place) == "base.yaml:3"
    assert whole.files == (Path("-"), Path("base.yaml"))


def test_what_cannot_be_read_is_a_problem_and_the_rest_is_read() -> None:
    write(broken__yaml="a: [", latin__yaml="services: {b: {image: c}}")
    Path("latin.yaml").write_bytes(b"services: \xff")
    text = (
        "services:\n"
        "  a: {image: b}\n"
        "  c: {extends: {file: gone.yaml, service: x}}\n"
        "  d: {extends: {file: broken.yaml, service: x}}\n"
        "  e: {extends: nobody}\n"
        "include: [gone.yaml, broken.yaml, latin.yaml]\n"
    )
    whole = read_text(text, Path("compose.yaml"))
    assert list(whole.services) == ["a", "c", "d", "e"]
    assert [str(one) for one in whole.problems] == [
        "broken.yaml:1:4: a value is expected here. Write one, or put it in quotes.",
        "compose.yaml:3:17: `gone.yaml`: no file is here. Paths are relative to this file.",
        "compose.yaml:5:7: services.e.extends: compose.yaml has no service `nobody`",
        "compose.yaml:6:11: `gone.yaml`: no file is here. Paths are relative to this file.",
        "latin.yaml:1:1: the file is not UTF-8. Save it as UTF-8.",
    ]


def test_a_file_that_is_not_there_or_no_yaml_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"compose\.yaml: this file cannot be read: No such file"):
        read(Path("compose.yaml"))
    write(compose__yaml="services: {", other__yaml="- a")
    with pytest.raises(ComposeFileError, match=r"compose\.yaml:1:11: a value is expected"):
        read(Path("compose.yaml"))
    with pytest.raises(ComposeFileError, match=r"other\.yaml:1:1: a Compose file is a mapping"):
        read(Path("other.yaml"))


def test_what_is_included_lies_below_and_keeps_its_places() -> None:
    write(
        compose__yaml="include:\n  - path: [sub/one.yaml]\nservices:\n  a: {image: mine}\n",
        sub___one__yaml="services:\n  a: {image: theirs, restart: always}\n  b: {image: c}\n",
    )
    whole = read(Path("compose.yaml"))
    assert found(whole, "services", "a", "image").text == "mine"
    assert str(found(whole, "services", "b", "image").place) == "sub/one.yaml:3"
    assert str(found(whole, "services").place) == "compose.yaml:3"


def test_files_that_include_each_other_are_a_problem(folder: Path) -> None:
    write(
        compose__yaml="include: [b.yaml]\nservices: {a: {image: b}}\n",
        b__yaml=f"include: [../{folder.name}/compose.yaml]\nservices: {{b: {{image: b}}}}\n",
    )
    whole = read(Path("compose.yaml"))
    assert list(whole.services) == ["b", "a"]
    assert ["includes itself" in one.what for one in whole.problems] == [True]


def test_a_file_that_many_include_is_put_together_once() -> None:
    for number in range(40):
        below = f"{number + 1}.yaml"
        include = f"include: [{below}, {below}]\n" if number < 39 else ""
        Path(f"{number}.yaml").write_text(f"{include}services: {{s{number}: {{image: a}}}}\n")
    whole = read(Path("0.yaml"))
    assert (len(whole.services), whole.problems) == (40, ())


def test_more_files_than_anybody_has_are_a_problem() -> None:
    count = project.MOST_FILES + 5
    for number in range(count):
        Path(f"{number}.yaml").write_text(f"services: {{s{number}: {{image: a}}}}")
    names = ", ".join(f"{number}.yaml" for number in range(count))
    whole = read_text(f"include: [{names}]", Path("compose.yaml"))
    assert len(whole.services) == project.MOST_FILES - 1
    assert "more than 50 files belong together" in whole.problems[0].what


def test_profiles_leave_nothing_out() -> None:
    whole = read_text("services: {a: {image: b, profiles: [debug]}}", Path("compose.yaml"))
    assert [one.text for one in found(whole, "services", "a", "profiles").items] == ["debug"]


def test_files_of_variables_are_found_from_where_they_are_named() -> None:
    write(
        __env="NAME=one",
        one__env="A=1",
        sub___one__env="A=2",
        sub___base__yaml="services: {b: {image: c, env_file: one.env}}",
        sub___over__yaml="services: {a: {env_file: [{path: two.env, required: false}]}}",
        two__env="B=3",
        compose__yaml="services:\n"
        "  a: {image: b, env_file: ['${NAME}.env', gone.env]}\n"
        "  c: {extends: {file: sub/base.yaml, service: b}}\n",
    )
    whole = read(Path("compose.yaml"), [Path("sub/over.yaml")])
    assert whole.variables == {"NAME": "one"}
    assert whole.env_files(whole.services["a"]) == {"${NAME}.env": "A=1", "two.env": "B=3"}
    assert whole.env_files(whole.services["c"]) == {"one.env": "A=2"}


@pytest.mark.parametrize("include", ["{}", "[{}]", "3", "['']", "[[a]]", "[{path: ''}]", '"\\0"'])
def test_an_include_of_nothing_does_not_stop_the_reading(include: str) -> None:
    whole = read_text(f"services: {{a: {{image: b}}}}\ninclude: {include}", Path("compose.yaml"))
    assert list(whole.services) == ["a"]


def test_a_service_whose_end_others_wait_for_is_a_job() -> None:
    text = """\
services:
  fetch: {image: hub}
  cache: {image: redis}
  llm:
    image: vllm
    depends_on:
      fetch: {condition: service_completed_successfully}
      cache: {condition: service_started}
  web: {image: nginx, depends_on: [llm]}
"""
    assert read_text(text, Path("compose.yaml")).jobs == {"fetch"}
