from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Thresholds
from argosy.lint.settings import Settings
from tests.lint.files import lines, lint_files, mended, write

RULE = "AI101"
TORCH = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"
SMALL = Settings(thresholds=Thresholds(small_weights=1000))


@pytest.mark.parametrize(
    ("copy", "severity"),
    [
        ("COPY llama.safetensors /models/", "error"),
        ("COPY --chown=app weights/llama.Q4_K_M.gguf /models/llama.gguf", "error"),
        ("ADD https://example.org/llama.gguf?download=true /models/", "error"),
        ("COPY models/ /models/", "error"),
        ("COPY churn.pkl /app/", "warning"),
        ('COPY ["iris.onnx", "/app/"]', "warning"),
    ],
)
def test_weights_that_are_not_here_are_told_by_their_names(
    tmp_path: Path, copy: str, severity: str
) -> None:
    report = lint_files(tmp_path, {"Dockerfile": f"{TORCH}{copy}\n"}, RULE)
    assert lines(report) == [("Dockerfile", 3)]
    assert report.found[0].severity == severity


@pytest.mark.parametrize(("size", "severity"), [(999, "warning"), (1000, "error")])
def test_how_grave_it_is_depends_on_the_size(tmp_path: Path, size: int, severity: str) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{TORCH}COPY . /app\n",
        "m/a.pt": bytes(size - 1),
        "m/b.pt": b"1",
    }
    report = lint_files(tmp_path, files, RULE, SMALL)
    assert [one.severity for one in report.found] == [severity]


def test_it_says_what_and_how_much(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{TORCH}COPY models /models\n",
        "models/a.safetensors": bytes(3000),
        "models/b.safetensors": bytes(2000),
    }
    told = lint_files(tmp_path, files, RULE).found[0].finding.what
    assert told == (
        "`models/a.safetensors` and 1 more (5.0 kB) go into the image, and along with every build "
        "and pull"
    )


@pytest.mark.parametrize(
    ("files", "caught"),
    [
        pytest.param({"Dockerfile": f"{TORCH}COPY models /app/models\n", "models/net.py": ""}, []),
        pytest.param(
            {"Dockerfile": f"{TORCH}COPY . .\n", "a.pt": b"1", ".dockerignore": "*.pt\n"}, []
        ),
        pytest.param({"Dockerfile": f"{TORCH}COPY tokenizer.json /m/\n"}, []),
        pytest.param({"Dockerfile": f"{TORCH}ONBUILD COPY a.gguf /m/\n"}, []),
        pytest.param({"Dockerfile": f"{TORCH}COPY --from=models:1 /a.gguf /m/\n"}, []),
        pytest.param({"Dockerfile": "FROM nginx:1.29\nCOPY site.h5 /www/\n"}, [("Dockerfile", 2)]),
    ],
    ids=["a Python package", "ignored", "small", "onbuild", "image", "only file"],
)
def test_only_the_contexts_own_weights_count(
    tmp_path: Path, files: dict[str, str | bytes], caught: list[tuple[str, int]]
) -> None:
    assert lines(lint_files(tmp_path, files, RULE)) == caught


@pytest.mark.parametrize(
    ("kept", "caught"),
    [("/work", [3]), ("/work/models/a.pt", [3]), ("/work/src", []), ("/usr/lib/python3", [])],
)
def test_a_stage_that_is_not_kept_counts_as_far_as_it_is_copied_from(
    tmp_path: Path, kept: str, caught: list[int]
) -> None:
    dockerfile = f"""
        FROM python:3.12 AS build
        WORKDIR /work
        COPY . .
        RUN pip install torch==2.8.0
        FROM python:3.12-slim
        COPY --from=build {kept} /app/
    """
    files: dict[str, str | bytes] = {"Dockerfile": dockerfile, "models/a.pt": b"1", "src/a.py": ""}
    assert [one.line for one in lint_files(tmp_path, files, RULE).found] == caught


@pytest.mark.parametrize(
    ("service", "after"),
    [
        ("    build: ./app\n", "    build: ./app\n    volumes:\n      - {mount}\n"),
        (
            "    build: ./app\n    volumes:   # ours\n      - cache:/cache\n",
            "    build: ./app\n    volumes:   # ours\n      - cache:/cache\n      - {mount}\n",
        ),
        (
            "    build: ./app\n    volumes: [cache:/cache]\n",
            "    build: ./app\n    volumes: [cache:/cache, {mount}]\n",
        ),
    ],
)
@pytest.mark.parametrize(
    ("copy", "mount"),
    [
        ("COPY models/ models/", "./app/models:/srv/models:ro"),
        ("COPY --chown=app models/a.pt /m/", "./app/models/a.pt:/m/a.pt:ro"),
    ],
)
def test_they_become_a_mount_of_each_service(
    tmp_path: Path, service: str, after: str, copy: str, mount: str
) -> None:
    before = f"{TORCH}WORKDIR /srv\n{copy}\nCOPY app.py .\n"
    files: dict[str, str | bytes] = {
        "app/Dockerfile": before,
        "app/models/a.pt": b"1",
        "app/app.py": "",
        "compose.yaml": f"services:\n  model:\n{service}",
    }
    write(tmp_path, files)
    found = mended(tmp_path, RULE, unsafe=True)
    assert found["app/Dockerfile"] == before.replace(f"{copy}\n", "")
    expected = f"services:\n  model:\n{after.format(mount=mount)}"
    assert found["compose.yaml"] == expected


@pytest.mark.parametrize(
    ("copy", "service"),
    [
        ("COPY . .", "    build: .\n"),
        ("COPY models /m", "    image: nginx:1.29\n"),
        ("COPY models/*.pt /m/", "    build: .\n"),
        ("COPY models /m", "    <<: *base\n    build: .\n"),
    ],
    ids=["not weights alone", "no service", "a pattern", "volumes that others share"],
)
def test_a_copy_that_no_mount_can_replace_stays(tmp_path: Path, copy: str, service: str) -> None:
    base = "x-base: &base\n  volumes: [cache:/cache]\n"
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{TORCH}{copy}\n",
        "models/a.pt": b"1",
        "compose.yaml": f"{base}services:\n  model:\n{service}",
    }
    write(tmp_path, files)
    assert mended(tmp_path, RULE, unsafe=True)["Dockerfile"] == files["Dockerfile"]
