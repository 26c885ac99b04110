from __future__ import annotations

import pytest

from tests.imported.conftest import Import

BUILT = "services: {app: {build: ./app, command: %s}}"


@pytest.mark.parametrize(
    ("command", "becomes"),
    [
        (
            "uvicorn main:app --host 0.0.0.0 --port 80",
            "uvicorn main:app --host {host} --port {port}",
        ),
        ("uvicorn main:app --reload", "uvicorn main:app --host {host} --port {port}"),
        (
            "gunicorn -b :80 -w 2 -k uvicorn.workers.UvicornWorker main:app",
            "gunicorn -w 2 -k uvicorn.workers.UvicornWorker main:app --bind {address}",
        ),
        ("hypercorn main:app --bind=[::]:80", "hypercorn main:app --bind {address}"),
        ("python -m uvicorn main:app", "uvicorn main:app --host {host} --port {port}"),
        ("fastapi run main.py --port 80", "fastapi run main.py --host {host} --port {port}"),
    ],
)
def test_programs_listen_where_they_are_told(command: str, becomes: str, imported: Import) -> None:
    model = imported(text=BUILT % f"{command!r}").values["models"]["app"]
    assert model["command"] == f"python -m {becomes}"
    assert (model["engine"], model["code"]) == ("command", "./app")


def test_of_a_dockerfile_count_python_command_and_variables(imported: Import) -> None:
    result = imported("fastapi_redis")
    model = result.values["models"]["api-model"]
    assert model["python"] == "3.11"
    assert model["command"] == (
        "python -m uvicorn app.main:app --workers 2 --host {host} --port {port}"
    )
    assert model["env"]["LOG_LEVEL"] == "info"
    assert "PYTHONUNBUFFERED" not in model["env"]


def test_packages_of_the_system_are_listed(imported: Import) -> None:
    notes = imported("fastapi_redis").notes("services.api.build")
    assert (
        "not carried: its Dockerfile installs libgomp1: `image: {base: …}` names a base with them"
        in notes
    )


def test_the_path_of_the_health_check_says_when_it_is_ready(imported: Import) -> None:
    assert imported("fastapi_redis").values["models"]["api-model"]["options"] == {
        "ready_path": "/healthz"
    }


def test_without_a_health_check_fastapis_own_document_is_asked_for(imported: Import) -> None:
    result = imported(text=BUILT % "uvicorn main:app", **{"app/requirements.txt": "fastapi[all]"})
    assert result.values["models"]["app"]["options"] == {"ready_path": "/openapi.json"}


def test_of_another_program_nobody_knows_when_it_is_ready(imported: Import) -> None:
    result = imported(text=BUILT % "uvicorn main:app", **{"app/requirements.txt": "uvicorn"})
    assert "options" not in result.values["models"]["app"]
    assert "ready once /health answers" in result.notes("services.app.build")[-1]


def test_code_lies_where_its_module_is(imported: Import) -> None:
    beside = {"app/src/api/main.py": "", "app/src/requirements.txt": "fastapi[standard]"}
    result = imported(text=BUILT % "uvicorn api.main:app", **beside)
    assert result.values["models"]["app"]["code"] == "./app/src"


def test_a_missing_requirements_file_is_asked_for(imported: Import) -> None:
    dockerfile = "FROM python:3.12\nRUN pip install fastapi uvicorn\nCMD uvicorn main:app\n"
    result = imported(text="services: {app: {build: ./app}}", app__Dockerfile=dockerfile)
    assert (
        "changed: models.app.code; no requirements.txt is in this folder: write one with its "
        "packages (fastapi uvicorn)" in result.notes("services.app.build")
    )


def test_a_server_that_requirements_do_not_name_is_asked_for(imported: Import) -> None:
    result = imported(text=BUILT % "uvicorn main:app", **{"app/requirements.txt": "fastapi\n"})
    assert (
        "changed: models.app.code; add uvicorn to its requirements.txt, which does not name it"
        in result.notes("services.app.build")
    )


def test_a_program_in_a_mounted_folder_is_one_too(imported: Import) -> None:
    model = imported("python_mounted").values["models"]["classifier"]
    assert model["code"] == "./src"
    assert model["python"] == "3.12"
    assert model["command"].startswith(
        "python -m uvicorn --factory app:create --env-file {weights}/settings.env"
    )


def test_a_program_that_calls_models_stays_a_companion(imported: Import) -> None:
    result = imported("rag")
    assert result.conversion.models == ("mistral-7b", "embedder")
    assert result.values["services"]["api"]["build"] == "./api"
    assert "the gateway answers instead" in result.notes("services.api.environment.LLM_URL")[0]
