from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.errors import Problem, StackFileError
from argosy.stack.file import load, parse
from argosy.stack.model import Batch, Gateway, Model, Resources, Stack
from argosy_runner import engines
from tests.stack.conftest import Mistakes, Parse

EVERY_KEY = """\
name: reading
platform: process
models:
  words:
    engine: python
    code: ./code
    weights: weights.onnx
    options: {}
    trust: pickle
    python: "3.9"
    replicas: 2
    workers: 3
    resources: {cpus: 0.5, memory: 512MiB}
    batch: {max_size: 64, max_delay: 5ms}
    max_body: 1GiB
    timeout: 10s
    start_timeout: 2m
    drain: 0s
    env: {LEVEL: debug, RATE: 0.10, HOST: "${HOST}"}
gateway:
  listen: "[::1]:8081"
  keys: none
  max_connections: 5000
"""


def test_every_key_reaches_the_stack(stack: Parse, folder: Path) -> None:
    assert stack(EVERY_KEY, HOST="hub") == Stack(
        name="reading",
        file=folder / "argosy.yaml",
        platform="process",
        models=(
            Model(
                name="words",
                code=folder / "code",
                weights=folder / "weights.onnx",
                trust="pickle",
                python="3.9",
                replicas=2,
                workers=3,
                resources=Resources(0.5, 512 * 1024**2),
                batch=Batch(64, 0.005),
                max_body=1 << 30,
                timeout=10,
                start_timeout=120,
                drain=0,
                env={"LEVEL": "debug", "RATE": "0.10", "HOST": "hub"},
            ),
        ),
        gateway=Gateway("[::1]:8081", "none", max_connections=5000),
    )


def test_what_is_left_out_has_its_default(stack: Parse, folder: Path) -> None:
    assert stack("models: {a: {code: code}}") == Stack(
        "desk",
        folder / "argosy.yaml",
        (Model("a", code=folder / "code"),),
        gateway=Gateway(keys="none"),
    )


def test_the_folder_names_a_stack_without_a_name(folder: Path) -> None:
    place = folder.parent / "2 Hubs!"
    folder.rename(place)
    assert parse("models: {a: {code: code}}", place / "argosy.yaml").name == "stack-2-hubs"


def test_variables_are_read_as_their_key_needs_them(stack: Parse) -> None:
    text = textwrap.dedent("""\
        models:
          a:
            code: ${CODE}
            replicas: ${N:-3}
            python: ${PYTHON}
            timeout: ${T}s
            resources: {cpus: "${CPUS}"}
            env: {A: "${N:-}", B: $$N}
        """)
    model = stack(text, CODE="./code", PYTHON="3.10", T="7", CPUS="1.5").model("a")
    assert (model.replicas, model.python, model.timeout) == (3, "3.10", 7)
    assert model.resources.cpus == 1.5
    assert model.env == {"A": "", "B": "$N"}


def test_anchors_aliases_merge_keys_and_extensions_work(stack: Parse) -> None:
    text = textwrap.dedent("""\
        x-common: &common {code: ./code, replicas: 2, x-note: [1]}
        x-small: &small {cpus: 1}
        models:
          x-owner: me
          a: {<<: *common}
          b:
            <<: [*common, {timeout: 9s}]
            replicas: 3
            resources: *small
        """)
    read = stack(text)
    assert [model.name for model in read.models] == ["a", "b"]
    assert [model.replicas for model in read.models] == [2, 3]
    assert read.model("b").timeout == 9
    assert read.model("b").resources.cpus == 1


def test_ten_mistakes_are_shown_at_once_like_a_compiler_does(mistakes: Mistakes) -> None:
    text = textwrap.dedent("""\
        platform: kubernetes
        models:
          sentiment:
            code: ./cod
            replcas: 2
            python: 3.10
            timeout: 10
            workers: two
            env: {HOST: "${HOST}"}
          Digits:
            engine: onyx
        gateway: {listen: 8080, code: .}
        """)
    assert "\n".join(mistakes(text)) == textwrap.dedent(f"""\
        1:11: platform: `kubernetes` is not available in this version. \
Write one of process, compose.
        4:11: models.sentiment.code: `./cod`: no folder is here. Did you mean code?
        5:5: models.sentiment.replcas: unknown key. Did you mean replicas?
        6:13: models.sentiment.python: without quotes this is the number 3.1, not a version. \
Write "3.10".
        7:14: models.sentiment.timeout: `10` has no unit. Write 10s.
        8:14: models.sentiment.workers: must be a whole number, not `two`
        9:18: models.sentiment.env.HOST: the variable HOST is not set. \
Set it, or give a default: ${{HOST:-…}}.
        10:3: models.Digits: is not a name. Write digits. \
Use up to 40 of a-z, 0-9 and -, a letter first and no - at the end.
        11:13: models.Digits.engine: must be one of {", ".join(engines.names())}, not \
`onyx`. Did you mean onnx?
        12:19: gateway.listen: names a port without an address. Write 127.0.0.1:8080.
        12:25: gateway.code: unknown key. It belongs under models.<name>.""")


def test_an_error_is_named_with_the_file_as_the_user_sees_it(folder: Path) -> None:
    (folder / "argosy.yaml").write_text("models: {a: {code: ./code, replcas: 2}}")
    with pytest.raises(StackFileError) as caught:
        load(folder / "argosy.yaml")
    assert str(caught.value).startswith("desk/argosy.yaml:1:28: models.a.replcas: unknown key.")


def test_a_mistake_behind_an_anchor_is_shown_once_where_it_stands(mistakes: Mistakes) -> None:
    text = "x-c: &c {code: code, replicas: -1}\nmodels: {a: *c, b: {<<: *c}}"
    assert mistakes(text) == ["1:32: models.a.replicas: must be 0 to 1000, not `-1`"]


def test_the_value_of_a_variable_is_never_shown(mistakes: Mistakes) -> None:
    text = textwrap.dedent("""\
        name: ${S}
        platform: ${S}
        models:
          a: {code: "${S}", replicas: "${S}", timeout: "${S}", python: "${S}", engine: "${S}"}
          b: {code: "${S}", weights: "${S}://x", resources: {cpus: "${S}", memory: "${S}"}}
          c: {code: "./${S}e", batch: "${S}", env: "${S}"}
        gateway: {listen: "${S}:8080", keys: "${S}"}
        """)
    for secret in ("hunter", "8123", "cod"):
        shown = mistakes(text, S=secret)
        assert len(shown) >= 10
        assert not any(secret in line.replace("code", "") for line in shown)


@pytest.mark.parametrize(
    "text", ["", "\n# nothing\n", "---\n", "models: {}", "models: { x-a: 1 }", "name: a"]
)
def test_a_file_without_models_is_refused(mistakes: Mistakes, text: str) -> None:
    (line,) = mistakes(text)
    assert "the file is empty" in line or "no model is declared" in line


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "[::]:8080", "192.168.1.4:8080"])
def test_callers_beyond_this_machine_need_a_key_unless_the_file_says_otherwise(
    stack: Parse, listen: str
) -> None:
    text = f'models: {{a: {{code: code}}}}\ngateway: {{listen: "{listen}"%s}}'
    assert stack(text % "").gateway == Gateway(listen, "required")
    assert stack(text % "").gateway.needs_keys
    assert stack(text % ", keys: none").gateway == Gateway(listen, "none")
    assert not stack(text % ", keys: none").gateway.needs_keys


@pytest.mark.parametrize("listen", ["127.0.0.1:8080", "[::1]:8080", "127.9.9.9:1"])
def test_callers_of_this_machine_need_one_if_the_file_says_so(stack: Parse, listen: str) -> None:
    text = f'models: {{a: {{code: code}}}}\ngateway: {{listen: "{listen}"%s}}'
    assert stack(text % "").gateway == Gateway(listen, "none")
    assert stack(text % ", keys: required").gateway.needs_keys


def test_a_file_that_is_not_utf8_is_refused_where_it_is_not(folder: Path) -> None:
    file = folder / "argosy.yaml"
    file.write_bytes(b"name: desk\nmodels: caf\xe9\n")
    with pytest.raises(StackFileError, match=r"argosy\.yaml:2:12: the file is not UTF-8"):
        load(file)


def test_a_file_that_cannot_be_read_is_refused(folder: Path) -> None:
    with pytest.raises(StackFileError, match="cannot be read: Is a directory"):
        load(folder)


def test_aliases_that_expand_without_end_are_refused_soon(mistakes: Mistakes) -> None:
    lines = [
        "a0: &a0 {k: v}",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)),
    ]
    began = time.monotonic()
    assert "expand to more than" in mistakes("\n".join(lines))[0]
    assert time.monotonic() - began < 30


def test_five_thousand_models_are_read(stack: Parse) -> None:
    model = "{code: ./code, replicas: 2, resources: {cpus: 1, memory: 512MiB}}"
    read = stack("models:\n" + "".join(f"  m{n}: {model}\n" for n in range(5000)))
    assert len(read.models) == 5000


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *(
                "models:",
                "gateway:",
                "name: ",
                "  a:",
                "    code: ",
                "./code",
                "    replicas: ",
                "x-y: ",
            ),
            *(
                "    env: ",
                "  listen: ",
                "    timeout: ",
                "    batch: ",
                "max_size: ",
                "[key]: ",
                "b: ",
            ),
            *(
                "\n",
                " ",
                "  ",
                "\t",
                ": ",
                "- ",
                "{",
                "}",
                "[",
                "]",
                ", ",
                "'",
                '"',
                "|\n",
                ">",
                "#",
                "\\",
            ),
            *(
                "&a ",
                "*a",
                "<<: ",
                "!!int ",
                "!t ",
                "? ",
                "%YAML 1.1\n",
                "---\n",
                "...",
                "@",
                "`",
                "~",
                "null",
            ),
            *(
                "${A}",
                "${B",
                "${B:-c}",
                "$$",
                "1",
                "-1",
                "1.5",
                "0x1f",
                "1_0",
                ".nan",
                "1e999",
                "true",
                "yes",
            ),
            *(
                "10s",
                "512MiB",
                "é",
                "\u2028",
                "\x85",
                "\r",
                "\0",
                "\ufeff",
                "0.0.0.0:80",
                "2020-01-01",
            ),
        ]
    ),
    max_size=40,
).map("".join)


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.text(max_size=80) | FRAGMENTS | FRAGMENTS.map("models:\n  a: {code: ./code}\n".__add__))
def test_any_text_is_read_or_refused_at_a_place_in_the_file(folder: Path, text: str) -> None:
    for problem in _problems(text, folder):
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert problem.what
        assert "secret" not in str(problem)
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1


def _problems(text: str, folder: Path) -> tuple[Problem, ...]:
    try:
        parse(text, folder / "argosy.yaml", {"A": "secret"})
    except StackFileError as error:
        return error.problems or pytest.fail("refused without a problem")
    return ()
