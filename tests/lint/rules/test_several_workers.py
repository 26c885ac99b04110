from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI117"
BASE = "FROM pytorch/pytorch:2.8.0\n"


@pytest.mark.parametrize(
    "body",
    [
        'CMD ["uvicorn", "app:app", "--workers", "2"]',
        "CMD gunicorn -w 4 app:app",
        "CMD gunicorn -w4 app:app",
        "CMD python -m uvicorn app:app --workers=8",
        'ENTRYPOINT ["gunicorn", "app:app"]\nCMD ["--workers", "4"]',
        "ENV WEB_CONCURRENCY=3\nCMD uvicorn app:app",
        "CMD fastapi run --workers ${WORKERS:-4}",
    ],
)
def test_several_workers_of_an_image_are_found(tmp_path: Path, body: str) -> None:
    report = lint_files(tmp_path, {"Dockerfile": f"{BASE}{body}\n"}, RULE)
    assert len(report.found) == 1
    assert "workers load the model" in report.found[0].finding.what


@pytest.mark.parametrize(
    "body",
    [
        'CMD ["uvicorn", "app:app"]',
        'CMD ["uvicorn", "app:app", "--workers", "1"]',
        "CMD gunicorn --preload -w 4 app:app",
        "CMD gunicorn --threads 8 app:app",
        "CMD uvicorn app:app --workers $WORKERS",
        "CMD python train.py --workers 8",
        "ENV WEB_CONCURRENCY=1\nCMD uvicorn app:app",
    ],
)
def test_one_worker_is_let_be(tmp_path: Path, body: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": f"{BASE}{body}\n"}, RULE)) == []


def test_what_a_service_says_counts_in_the_place_of_its_image(tmp_path: Path) -> None:
    compose = """
        services:
          api:
            build: .
            command: uvicorn app:app --workers 4
            environment:
              - WEB_CONCURRENCY=2
          one:
            build: .
            command: uvicorn app:app
            environment: {WEB_CONCURRENCY: 1}
          web:
            image: nginx:1.29
            command: gunicorn -w 4 site:app
    """
    dockerfile = f"{BASE}ENV WEB_CONCURRENCY=8\nCMD uvicorn app:app --workers 16\n"
    report = lint_files(tmp_path, {"Dockerfile": dockerfile, "compose.yaml": compose}, RULE)
    assert [(one.line, one.finding.subject) for one in report.found] == [(4, "api"), (6, "api")]


@pytest.mark.parametrize(
    ("name", "text", "caught"),
    [
        ("serve.py", "import uvicorn\nuvicorn.run('serve:app', workers=4)\n", [2]),
        ("serve.py", "import uvicorn\nuvicorn.run(app, workers=4)\n", []),
        ("serve.py", "import uvicorn\nuvicorn.run('serve:app', workers=1)\n", []),
        ("gunicorn.conf.py", "import os\nworkers = os.cpu_count() * 2 + 1\n", [2]),
        ("gunicorn.conf.py", "bind = ':80'\nworkers = 2\n", [2]),
        ("gunicorn.conf.py", "workers = 1\n", []),
        ("loader.py", "workers = 4\n", []),
    ],
)
def test_programs_and_configurations_are_read(
    tmp_path: Path, name: str, text: str, caught: list[int]
) -> None:
    files = {"Dockerfile": f"{BASE}COPY . .\nCMD python serve.py\n", name: text}
    assert [one.line for one in lint_files(tmp_path, files, RULE).found] == caught


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('CMD ["uvicorn", "a:a", "--workers", "2"]', 'CMD ["uvicorn", "a:a", "--workers", "1"]'),
        ("CMD gunicorn -w4 a:a", "CMD gunicorn -w1 a:a"),
        ("CMD gunicorn --workers=4 a:a", "CMD gunicorn --workers=1 a:a"),
        ('ENV WEB_CONCURRENCY="12"', 'ENV WEB_CONCURRENCY="1"'),
        ("CMD gunicorn -w ${N:-4} a:a", "CMD gunicorn -w ${N:-4} a:a"),
    ],
)
def test_the_number_becomes_one(tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, {"Dockerfile": f"{BASE}{before}\n"})
    assert mended(tmp_path, RULE, unsafe=True) == {"Dockerfile": f"{BASE}{after}\n"}


def test_the_number_in_a_service_becomes_one(tmp_path: Path) -> None:
    compose = "services:\n  a:\n    build: .\n    command: [uvicorn, 'a:a', --workers, '4'] # x\n"
    write(tmp_path, {"Dockerfile": BASE, "compose.yaml": compose})
    assert mended(tmp_path, RULE, unsafe=True)["compose.yaml"] == compose.replace("4", "1")
