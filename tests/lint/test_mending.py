from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit, apply
from argosy.lint import mending
from argosy.lint.finding import At
from argosy.lint.project.image import Image
from argosy.lint.project.reading import read
from argosy.lint.project.service import Service
from tests.lint.files import write

LIMIT = ("deploy", "resources", "limits", "memory")
HEAD = "services:\n  llm:\n    image: vllm/vllm-openai:v0.11.0\n"
FOR_OTHERS = {
    "a whole service": "services:\n  a: &a {image: vllm/vllm-openai}\n  llm: *a\n",
    "an alias": "x-a: &a {restart: 'no'}\n" + HEAD + "    deploy: *a\n",
    "a merge key": "x-a: &a\n  deploy: {replicas: 1}\n" + HEAD + "    <<: *a\n",
    "an anchor": HEAD + "    deploy: &a {replicas: 1}\n  b: {image: c, deploy: *a}\n",
}


def service(folder: Path, text: str, **beside: str) -> Service:
    files: dict[str, str | bytes] = {f"{name}.yaml": one for name, one in beside.items()}
    write(folder, {"compose.yaml": text, **files})
    return next(one for one in read([folder]).all_services if one.name == "llm")


def image(folder: Path, text: str) -> Image:
    write(folder, {"Dockerfile": text.encode()})
    (found,) = read([folder]).images
    return found


def step(image: Image, keyword: str) -> Instruction:
    return next(one for one in image.stage.instructions if one.keyword == keyword)


def after(text: str, edits: tuple[Edit, ...]) -> str:
    assert edits, "nothing is offered"
    return apply(text, edits)


def test_a_piece_of_a_file_is_replaced() -> None:
    assert mending.replaced(At(Path("a"), 3, 5), "x") == (Edit(Path("a"), 3, 5, "x"),)


def test_what_is_missing_on_the_way_to_a_value_is_added(tmp_path: Path) -> None:
    edits = mending.set_in(service(tmp_path, HEAD), LIMIT, "8g")
    assert after(HEAD, edits) == HEAD + (
        "    deploy:\n      resources:\n        limits:\n          memory: 8g\n"
    )


def test_only_what_is_missing_is_added(tmp_path: Path) -> None:
    text = (
        HEAD + "    deploy:  # ours\n      resources:\n        limits: {cpus: '2'}\n    tty: true\n"
    )
    edits = mending.set_in(service(tmp_path, text), LIMIT, "8g")
    assert after(text, edits) == text.replace("'2'}", "'2', memory: 8g}")


def test_a_value_that_is_there_is_replaced_in_its_quotes(tmp_path: Path) -> None:
    text = HEAD + '    restart: "no"  # why\n'
    edits = mending.set_in(service(tmp_path, text), ("restart",), "always")
    assert after(text, edits) == HEAD + '    restart: "always"  # why\n'


def test_a_block_of_several_lines_is_added_below_its_key(tmp_path: Path) -> None:
    edits = mending.set_in(service(tmp_path, HEAD), ("a", "b"), "c: 1\nd: 2")
    assert after(HEAD, edits) == HEAD + "    a:\n      b:\n        c: 1\n        d: 2\n"
    edits = mending.set_in(service(tmp_path, HEAD), ("a", "b"), "- c\n- d")
    assert after(HEAD, edits) == HEAD + "    a:\n      b:\n        - c\n        - d\n"


@pytest.mark.parametrize(
    ("written", "block"),
    [
        ("{a: b}", "x"),
        ("[a]", "x"),
        ("x", "a: 1\nb: 2"),
        ("${RESTART:-no}", "always"),
    ],
)
def test_what_one_scalar_cannot_stand_for_is_left_alone(
    tmp_path: Path, written: str, block: str
) -> None:
    found = service(tmp_path, f"{HEAD}    restart: {written}\n")
    assert mending.set_in(found, ("restart",), block) == ()


@pytest.mark.parametrize("text", FOR_OTHERS.values(), ids=FOR_OTHERS)
def test_what_is_written_for_others_too_is_not_added_to(tmp_path: Path, text: str) -> None:
    assert mending.set_in(service(tmp_path, text), LIMIT, "8g") == ()


@pytest.mark.parametrize("written", ["restart: *r", "<<: *m"])
def test_a_value_that_others_have_too_is_not_replaced(tmp_path: Path, written: str) -> None:
    text = f"x-r: &r 'no'\nx-m: &m {{restart: 'no'}}\n{HEAD}    {written}\n"
    found = service(tmp_path, text)
    assert found.text("restart") == "no"
    assert mending.set_in(found, ("restart",), "always") == ()


@pytest.mark.parametrize("text", [FOR_OTHERS["an alias"], FOR_OTHERS["a merge key"]])
def test_what_is_written_for_others_too_is_not_removed(tmp_path: Path, text: str) -> None:
    found = service(tmp_path, text)
    (inner,) = found.value.mapping["deploy"].mapping
    assert mending.removed(found, "deploy", inner) == ()


def test_what_another_file_says_is_left_alone(tmp_path: Path) -> None:
    text = "services:\n  llm:\n    extends: {file: base.yaml, service: a}\n"
    base = (
        "services:\n  a:\n    image: b\n    restart: 'no'\n    deploy: {replicas: 1}\n"
        "    command: c\n    volumes: [d:/e]\n"
    )
    found = service(tmp_path, text, base=base)
    assert found.text("restart") == "no"
    assert mending.set_in(found, ("restart",), "always") == ()
    assert mending.set_in(found, LIMIT, "8g") == ()
    assert mending.removed(found, "restart") == ()
    assert mending.with_words(found, "--x") == ()
    assert mending.with_item(found, "volumes", "f:/g") == ()


def test_a_key_is_taken_away_with_all_below_it(tmp_path: Path) -> None:
    text = HEAD + "    environment:\n      A: b\n      C:\n        - d\n    tty: true\n"
    found = service(tmp_path, text)
    assert after(text, mending.removed(found, "environment", "C")) == text.replace(
        "      C:\n        - d\n", ""
    )
    assert after(text, mending.removed(found, "environment")) == HEAD + "    tty: true\n"


@pytest.mark.parametrize("path", [("gone",), ("gone", "below"), ("image", "below")])
def test_a_key_that_is_not_there_is_not_taken_away(tmp_path: Path, path: tuple[str, ...]) -> None:
    assert mending.removed(service(tmp_path, HEAD), *path) == ()


@pytest.mark.parametrize(
    ("written", "mended"),
    [
        ("--model a/b  # c", "--model a/b --x 1  # c"),
        ("'--model a/b'", "'--model a/b --x 1'"),
        ("[--model, a/b]", '[--model, a/b, --x, "1"]'),
    ],
)
def test_words_are_added_to_the_command_in_its_own_form(
    tmp_path: Path, written: str, mended: str
) -> None:
    text = f"{HEAD}    command: {written}\n"
    edits = mending.with_words(service(tmp_path, text), "--x 1")
    assert after(text, edits) == f"{HEAD}    command: {mended}\n"


@pytest.mark.parametrize("below", ["entrypoint: a", "command: *c", "<<: *m"])
def test_a_command_that_is_not_the_services_own_gets_no_words(tmp_path: Path, below: str) -> None:
    text = f"x-c: &c b\nx-m: &m {{command: b}}\n{HEAD}    {below}\n"
    assert mending.with_words(service(tmp_path, text), "--x") == ()


def test_a_list_gets_one_more_item_and_is_made_where_there_is_none(tmp_path: Path) -> None:
    text = HEAD + "    volumes:\n      - a:/b\n"
    found = service(tmp_path, text)
    assert after(text, mending.with_item(found, "volumes", "c:/d")) == text + "      - c:/d\n"
    assert after(text, mending.with_item(found, "ports", "80")) == text + (
        "    ports:\n      - 80\n"
    )


@pytest.mark.parametrize("ports", ["*p", "&q [80]\n    expose: *q"])
def test_a_list_that_others_have_too_gets_no_item(tmp_path: Path, ports: str) -> None:
    text = f"x-p: &p [90]\n{HEAD}    ports: {ports}\n"
    assert mending.with_item(service(tmp_path, text), "ports", "70") == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_lines_come_above_and_below_an_instruction_with_the_files_ends(
    tmp_path: Path, newline: str
) -> None:
    lines = ["FROM vllm/vllm-openai", "RUN a \\", "  b  ", "CMD c", ""]
    text = newline.join(lines)
    found = image(tmp_path, text)
    above = mending.before(found, step(found, "RUN"), "USER d\nENV e=f")
    assert after(text, above) == newline.join([lines[0], "USER d", "ENV e=f", *lines[1:]])
    below = mending.behind(found, step(found, "RUN"), "USER d\nENV e=f")
    assert after(text, below) == newline.join([*lines[:3], "USER d", "ENV e=f", *lines[3:]])


def test_lines_below_the_last_instruction_begin_a_line_of_their_own(tmp_path: Path) -> None:
    text = "FROM vllm/vllm-openai\nCMD c"
    found = image(tmp_path, text)
    edits = mending.behind(found, step(found, "CMD"), "USER d")
    assert after(text, edits) == f"{text}\nUSER d\n"


def test_words_come_behind_a_word_of_a_command(tmp_path: Path) -> None:
    text = "FROM vllm/vllm-openai\nRUN pip install torch && a\n"
    found = image(tmp_path, text)
    edits = mending.after_word(found, step(found, "RUN").commands[0], 1, "--no-cache-dir")
    assert after(text, edits) == text.replace("install", "install --no-cache-dir")
