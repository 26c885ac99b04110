from __future__ import annotations

import pytest

from tests.imported.conftest import Import

TEXT = """\
services:
  llm:
    image: vllm/vllm-openai
    command: --model %s
    volumes: %s
volumes:
  kept:
  bound: {driver_opts: {type: none, o: bind, device: /data/models}}
"""


@pytest.mark.parametrize(
    ("model", "volumes", "weights"),
    [
        ("/models/a", "[./m:/models]", "./m/a"),
        ("/models", "[./m:/models:ro]", "./m"),
        ("/models/a", "[/srv/m/:/models]", "/srv/m/a"),
        ("/models/a", "[~/m:/models]", "~/m/a"),
        ("/models/a", "[./m:/models, ./b:/models/a]", "./b"),
        ("/models/a", "[{type: bind, source: ../m, target: /models}]", "../m/a"),
        ("/models/a", "[bound:/models]", "/data/models/a"),
        ("/models/a", "[kept:/models]", "./weights/a"),
        ("/inside/a", "[./m:/models]", "./weights/a"),
        ("https://host/a.gguf?x=1", "[./m:/models]", "./weights/a.gguf"),
    ],
)
def test_weights_are_named_where_they_lie(
    model: str, volumes: str, weights: str, imported: Import
) -> None:
    result = imported(text=TEXT % (model, volumes))
    assert result.values["models"]["llm"]["weights"] == weights


@pytest.mark.parametrize(
    ("model", "volumes", "step"),
    [
        ("/models/a", "[kept:/models]", "copy /models/a out of it to ./weights/a"),
        ("/inside/a", "[]", "it lies inside of the image at /inside/a: copy it out"),
        (
            "https://host/a.gguf",
            "[]",
            "curl -L --create-dirs -o weights/a.gguf https://host/a.gguf",
        ),
        (
            "https://host/a.gguf?x=1&y",
            "[]",
            "curl -L --create-dirs -o weights/a.gguf 'https://host/a.gguf?x=1&y'",
        ),
        (
            "a/b}{to}",
            "[]",
            "uvx --from huggingface_hub hf download 'a/b}{to}' --local-dir 'weights/b}{to}'",
        ),
    ],
)
def test_what_has_to_be_done_first_is_said_at_the_place(
    model: str, volumes: str, step: str, imported: Import
) -> None:
    result = imported(text=TEXT % (model, volumes))
    assert step in " ".join(result.notes("services.llm.command --model"))
    assert step in " ".join(result.conversion.text.replace("#", "").split())


def test_caches_are_not_carried_and_what_lies_in_them_is_said(imported: Import) -> None:
    result = imported(text=TEXT % ("a/b", "[bound:/root/.cache/huggingface]"))
    assert result.notes("services.llm.volumes.0") == [
        (
            "not carried: no cache is needed: the weights come from `weights`; perhaps what is "
            "to be there lies in /data/models"
        )
    ]
