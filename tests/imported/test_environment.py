from __future__ import annotations

from tests.imported.conftest import Import

HEAD = "services:\n  llm:\n    image: vllm/vllm-openai\n    command: a/b\n"


def test_variables_keep_their_text_and_their_variables(imported: Import) -> None:
    more = "    environment: {A: 0.10, B: 'yes', C: '${X:-1}', D: $Y, E: true, F: }\n"
    assert imported(text=HEAD + more).values["models"]["llm"]["env"] == {
        "A": "0.10",
        "B": "yes",
        "C": "${X:-1}",
        "D": "${Y}",
        "E": "true",
        "F": "${F:-}",
    }


def test_a_secret_is_known_by_name_alone_from_then_on(imported: Import) -> None:
    result = imported("vllm")
    model = result.values["models"]["vllm"]
    assert model["secrets"] == ["HF_TOKEN"]
    assert "HF_TOKEN" not in model["env"]
    assert "THE SECRET ITSELF STANDS" in result.notes("services.vllm.environment.HF_TOKEN")[0]


def test_a_secret_from_a_variable_is_no_alarm(imported: Import) -> None:
    result = imported(text=HEAD + "    environment: ['HF_TOKEN=${HF_TOKEN}']\n")
    assert result.values["models"]["llm"]["secrets"] == ["HF_TOKEN"]
    assert "THE SECRET ITSELF" not in result.conversion.text


def test_files_of_variables_are_written_out_below_what_outranks_them(imported: Import) -> None:
    env_file = "A=of the file\nB=$$1\nAPI_KEY=abc\n"
    result = imported(
        text=HEAD + "    env_file: [a.env, gone.env]\n    environment: {A: own}\n",
        **{"a.env": env_file},
    )
    model = result.values["models"]["llm"]
    assert model["env"] == {"A": "own", "B": "$$1"}
    assert model["secrets"] == ["API_KEY"]
    assert result.notes("services.llm.env_file.1")[0].startswith("not carried: gone.env")


def test_secrets_of_compose_keep_their_names(imported: Import) -> None:
    more = "    secrets: [db, {source: api-key}]\nsecrets: {db: {file: ./db.txt}}\n"
    result = imported(text=HEAD + more)
    assert result.values["models"]["llm"]["secrets"] == ["db"]
    assert result.notes("services.llm.secrets.1")[0].startswith("not carried")
