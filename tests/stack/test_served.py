"""What the stack file says to engines that are servers of their own."""

from __future__ import annotations

import pytest

from tests.stack.conftest import Mistakes, Parse

CHAT = "engine: vllm, weights: code"
ANY = "engine: command"


def test_options_are_the_engine_s_own(stack: Parse) -> None:
    text = (
        f'models: {{a: {{{CHAT}, options: {{max-model-len: 8192, eager: true, x: ["${{V}}"]}}}}}}'
    )
    assert stack(text, V="0.5").models[0].options == {
        "max-model-len": 8192,
        "eager": True,
        "x": [0.5],
    }


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("python serve.py --port {port}", ("python", "serve.py", "--port", "{port}")),
        ("'sh -c \"exec serve {port}\"'", ("sh", "-c", "exec serve {port}")),
        ('[serve, "{port}", 4, "a b"]', ("serve", "{port}", "4", "a b")),
        ("${PROGRAM} {port}", ("my", "server", "{port}")),
    ],
)
def test_a_command_is_a_text_or_words(stack: Parse, written: str, words: tuple[str, ...]) -> None:
    model = stack(
        f"models:\n  a:\n    engine: command\n    command: {written}", PROGRAM="my server"
    ).models[0]
    assert (model.command, model.code, model.weights) == (words, None, None)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("engine: vllm", "1:10: models.a: the engine vllm needs weights. Name the file or folder"),
        (ANY, "the engine command needs command. Say what to run: `command: python serve.py"),
        (f"{ANY}, command: serve 'a", "1:40: models.a.command: cannot be split into words: No cl"),
        (f"{ANY}, command: []", "names no program. Write it like `[python"),
        (f"{ANY}, command: 5", "must be a list of words or a text, not `5`"),
        (f"{ANY}, command: [serve, {{port}}]", 'holds a mapping where a word is wanted. Write "{p'),
        (f"{ANY}, command: [serve, [a]]", "holds what is not a word"),
        (
            f"{ANY}, command: 'serve {{prot}}'",
            "nothing is filled in for {prot}. Did you mean {port",
        ),
        (f"{CHAT}, command: serve", "models.a.command: the engine vllm has a command of its own"),
        (f"{CHAT}, workers: 2", "is a server of its own and has no workers of ours"),
        (f"{CHAT}, batch: {{max_size: 2}}", "is a server of its own and has no batch of ours"),
        (f"{CHAT}, options: {{served_model_name: b}}", "is not the stack file's to set. Leave it"),
        (
            f"{ANY}, command: serve, options: {{ready-path: /up}}",
            "models.a.options.ready-path: the engine command has no such option. Did you mean read",
        ),
        ("code: code, options: {a: 1}", "the engine python has no such option. It has none: leave"),
        (f"{CHAT}, options: {{--max-model-len: 1}}", "is not the name of an option"),
        (f"{CHAT}, options: {{a: }}", "models.a.options.a: has no value"),
        ("engine: llama_cpp, weights: weights.onnx", "Did you mean llama-cpp?"),
    ],
)
def test_what_means_nothing_is_refused(mistakes: Mistakes, keys: str, expected: str) -> None:
    (line,) = mistakes(f"models: {{a: {{{keys}}}}}")
    assert expected in line


def test_braces_that_are_the_program_s_own_are_left_alone(stack: Parse) -> None:
    text = "models:\n  a:\n    engine: command\n    command: serve --format {level}\n"
    assert stack(text).models[0].command[-1] == "{level}"
