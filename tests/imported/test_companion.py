from __future__ import annotations

from pathlib import Path

from argosy.imported import compose_file
from argosy.imported.convert import convert, services
from tests.imported.conftest import Import


def test_a_companion_stands_as_it_was_with_its_variables(imported: Import) -> None:
    result = imported("ollama")
    service = result.values["services"]["ollama"]
    assert service["environment"] == ["OLLAMA_KEEP_ALIVE=24h", "OLLAMA_ORIGINS"]
    assert service["ports"] == ["11434:11434"]
    assert result.values["services"]["open-webui"]["ports"] == ["${WEBUI_PORT:-3000}:8080"]


def test_dollars_that_were_written_twice_stay_so(imported: Import) -> None:
    command = imported("fastapi_redis").values["services"]["redis"]["command"]
    assert command.endswith("--requirepass $$REDIS_PASSWORD")


def test_secrets_and_configs_that_are_files_are_mounted(imported: Import) -> None:
    assert imported("fastapi_redis").values["services"]["redis"]["volumes"] == [
        "redis:/data",
        "./secrets/db_password.txt:/run/secrets/password:ro",
    ]


def test_it_waits_for_companions_alone(imported: Import) -> None:
    result = imported("rag")
    assert result.values["services"]["api"]["depends_on"] == ["weaviate"]
    assert result.notes("services.api.depends_on.0") == [
        "not carried: the model mistral-7b is not waited for"
    ]


def test_conditions_of_waiting_stay(imported: Import) -> None:
    assert imported("triton").values["services"]["client"]["depends_on"] == {
        "triton": {"condition": "service_healthy"}
    }


def test_a_secret_in_it_is_pointed_at(imported: Import) -> None:
    (note,) = imported("fastapi_redis").notes("services.migrate.environment.DATABASE_URL")
    assert "A SECRET STANDS HERE" in note
    assert "hunter2" not in note


def test_files_that_name_models_are_pointed_at(imported: Import) -> None:
    notes = imported("vllm_gateway").notes("services.prometheus.volumes.0")
    assert "llama-70b and embeddings: the gateway answers instead" in notes[-1]


def test_paths_are_those_from_the_folder_of_the_stack_file(imported: Import) -> None:
    text = (
        "services:\n  a:\n    build: .\n    env_file: a.env\n    image: b\n"
        "    volumes: [./c:/c, d:/d, /e:/e, {type: bind, source: ../f, target: /f}]\n"
        "  g: {build: {context: ./g}}\n"
    )
    imported(text=text)
    file = compose_file.read([Path()])
    made = convert(file, services(file), Path("deploy")).text
    for path in ("build: ..", "env_file: ../a.env", "../c:/c", "d:/d", "/e:/e", "../../f", "../g"):
        assert path in made


def test_a_service_of_a_provider_is_not_run(imported: Import) -> None:
    text = "services: {a: {provider: {type: model, options: {model: ai/x}}}, b: {image: c}}"
    result = imported(text=text)
    assert result.conversion.companions == ("b",)
    assert result.notes("services.a") == ["not carried: a provider's service is not run"]
