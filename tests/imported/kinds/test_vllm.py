from __future__ import annotations

import pytest

from tests.imported.conftest import Import

IMAGE = "vllm/vllm-openai:latest"


def service(command: str, more: str = "", image: str = IMAGE) -> str:
    command = command if command.startswith("[") else f"|\n      {command}"
    return f"services:\n  llm:\n    image: {image}\n    command: {command}\n{more}"


@pytest.mark.parametrize(
    ("image", "command"),
    [
        (IMAGE, "--model /w/m --max-model-len 4096"),
        (IMAGE, '["--model=/w/m", "--max_model_len=4096"]'),
        (IMAGE, "vllm serve /w/m --max-model-len 4096"),
        (IMAGE, "serve /w/m --max-model-len=4096"),
        (IMAGE, "/w/m --max-model-len 4096"),
        (
            "own/image",
            "python3 -m vllm.entrypoints.openai.api_server --model /w/m --max-model-len 4096",
        ),
        ("own/image", """sh -c "sleep 1 && exec vllm serve /w/m --max-model-len '4096'" """),
        ("ghcr.io/team/vllm-cpu:1", "--max-model-len 4096 -m /w/m"),
    ],
)
def test_flags_are_read_in_every_form(image: str, command: str, imported: Import) -> None:
    result = imported(text=service(command, "    volumes: [./w:/w]\n", image))
    assert result.values["models"]["llm"] == {
        "engine": "vllm",
        "weights": "./w/m",
        "options": {"max-model-len": 4096},
    }


def test_kinds_of_values_are_those_of_the_flags(imported: Import) -> None:
    command = (
        "--model a/b --enforce-eager --no-enable-prefix-caching --lora-modules x=/a y=/b -tp 2"
        " --override-generation-config '{\"temperature\": 0}' --compilation-config.mode 3"
        " --dtype bfloat16 --gpu-memory-utilization 0.90 --seed -1 --code-revision 007"
    )
    assert imported(text=service(command)).values["models"]["llm"]["options"] == {
        "enforce-eager": True,
        "enable-prefix-caching": False,
        "lora-modules": ["x=/a", "y=/b"],
        "tensor-parallel-size": 2,
        "override-generation-config": '{"temperature": 0}',
        "compilation-config": {"mode": 3},
        "dtype": "bfloat16",
        "gpu-memory-utilization": 0.9,
        "seed": -1,
        "code-revision": "007",
    }


def test_a_model_of_a_hub_is_to_be_downloaded_and_says_how(imported: Import) -> None:
    result = imported(text=service("--model org/name --revision abc"))
    assert result.values["models"]["llm"]["weights"] == "./weights/name"
    step = "uvx --from huggingface_hub hf download org/name --revision abc --local-dir weights/name"
    assert result.notes("services.llm.command --model") == [
        (
            "changed: models.llm.weights; not downloaded at the start: do it once, in this folder: "
            f"{step}"
        )
    ]


def test_the_served_name_is_the_name_of_the_model(imported: Import) -> None:
    result = imported(text=service("--model a/b --served-model-name mistral-7b other"))
    assert list(result.values["models"]) == ["mistral-7b"]
    assert result.notes("services.llm.command --served-model-name") == [
        "changed: models.mistral-7b.engine; callers ask for `mistral-7b` instead of `other`"
    ]


def test_an_api_key_becomes_keys_of_the_gateway(imported: Import) -> None:
    result = imported(text=service("--model a/b --api-key sk-abcdefghijkl"))
    assert result.values["gateway"]["keys"] == "required"
    assert "sk-abcdefghijkl" not in result.conversion.text


def test_a_variable_that_nobody_knows_is_listed(imported: Import) -> None:
    result = imported(text=service("--model a/b ${EXTRA}"))
    assert result.notes("services.llm.command ${EXTRA}") == [
        "not carried: which flag this is cannot be known: write its long form under `options`"
    ]


def test_a_file_of_the_container_is_pointed_at(imported: Import) -> None:
    command = "--model a/b --chat-template /config/t.jinja"
    result = imported(text=service(command, "    volumes: [./config:/config]\n"))
    assert result.notes("services.llm.command --chat-template") == [
        (
            "changed: models.llm.options.chat-template; /config/t.jinja is not mounted: put it "
            "into a `code` folder"
        )
    ]
    assert result.notes("services.llm.volumes.0")[0].startswith("not carried")


def test_all_gpus_are_as_many_as_the_model_is_split_over(imported: Import) -> None:
    command = "--model a/b --tensor-parallel-size 4 --pipeline-parallel-size 2"
    result = imported(text=service(command, "    gpus: all\n"))
    assert result.values["models"]["llm"]["resources"] == {"gpus": 8}


def test_without_a_model_the_place_to_name_it_is_shown(imported: Import) -> None:
    result = imported(text="services: {llm: {image: vllm/vllm-openai}}")
    assert result.values["models"]["llm"]["weights"] == "./weights/llm"
    assert "# its command names no model" in result.conversion.text
