from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI116"
BASE = "FROM pytorch/pytorch:2.8.0\n"


@pytest.mark.parametrize(
    "command",
    [
        "CMD uvicorn app:app",
        "ENTRYPOINT python serve.py",
        "CMD cd /app && python serve.py --port $PORT",
        "CMD exec true && python serve.py",
    ],
)
def test_a_program_below_a_shell_is_found(tmp_path: Path, command: str) -> None:
    report = lint_files(tmp_path, {"Dockerfile": f"{BASE}{command}\n"}, RULE)
    assert lines(report) == [("Dockerfile", 2)]


@pytest.mark.parametrize(
    "body",
    [
        'CMD ["uvicorn", "app:app"]',
        "CMD exec uvicorn app:app --port $PORT",
        "CMD cd /app && exec python serve.py",
        "CMD []",
        "HEALTHCHECK CMD curl -f http://localhost/health",
        'CMD python serve.py\nCMD ["python", "serve.py"]',
        "ONBUILD CMD python serve.py",
    ],
)
def test_lists_and_exec_are_let_be(tmp_path: Path, body: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": f"{BASE}{body}\n"}, RULE)) == []


def test_a_command_that_an_entrypoint_in_the_shells_form_ignores_is_let_be(tmp_path: Path) -> None:
    files = {"Dockerfile": f"{BASE}ENTRYPOINT exec python serve.py\nCMD python other.py\n"}
    assert lines(lint_files(tmp_path, files, RULE)) == []


@pytest.mark.parametrize(
    ("services", "caught"),
    [
        ("  a:\n    build: .\n    command: python serve.py\n", []),
        ("  a:\n    build: .\n    entrypoint: python serve.py\n", []),
        (
            "  a:\n    build: .\n    command: python serve.py\n  b:\n    build: .\n",
            [("Dockerfile", 2)],
        ),
    ],
)
def test_it_counts_only_where_a_service_runs_it(
    tmp_path: Path, services: str, caught: list[tuple[str, int]]
) -> None:
    files = {"Dockerfile": f"{BASE}CMD python a.py\n", "compose.yaml": f"services:\n{services}"}
    assert lines(lint_files(tmp_path, files, RULE)) == caught


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("CMD uvicorn 'my app:app' --port 80", 'CMD ["uvicorn", "my app:app", "--port", "80"]'),
        ("CMD uvicorn a:a --port ${PORT:-80}", "CMD exec uvicorn a:a --port ${PORT:-80}"),
        ("CMD cd /app && python a.py", "CMD cd /app && exec python a.py"),
        ("CMD uvicorn a:a \\\n  --port 80", "CMD exec uvicorn a:a \\\n  --port 80"),
        ("CMD python a.py > /log", "CMD exec python a.py > /log"),
        ("ENTRYPOINT python a.py\nCMD x", "ENTRYPOINT exec python a.py\nCMD x"),
        ("CMD env A=1 python a.py", "CMD exec env A=1 python a.py"),
    ],
)
def test_it_becomes_a_list_or_gets_exec(tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, {"Dockerfile": f"{BASE}{before}\n"})
    assert mended(tmp_path, RULE) == {"Dockerfile": f"{BASE}{after}\n"}


@pytest.mark.parametrize(
    "command",
    [
        "CMD python a.py & python b.py",
        "CMD python a.py || true",
        "CMD while true; do python a.py; done",
        "CMD A=1 python a.py",
        "CMD python a.py | tee log",
        "CMD (python a.py)",
    ],
)
def test_what_needs_its_shell_is_left_to_its_owner(tmp_path: Path, command: str) -> None:
    text = f"{BASE}{command}\n"
    write(tmp_path, {"Dockerfile": text})
    assert mended(tmp_path, RULE) == {"Dockerfile": text}
    assert lines(lint_files(tmp_path, {}, RULE)) == [("Dockerfile", 2)]
