from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI115"
BUILD = """\
FROM python:3.11-slim AS build
WORKDIR /build
RUN pip install --target {target} torch==2.8.0 uvicorn==0.38
FROM {base}
"""
COMMAND = 'CMD ["uvicorn", "app:app", "--port", "80"]\n'


def dockerfile(
    rest: str, target: str = "/build/packages", base: str = "python:3.11-slim"
) -> dict[str, str | bytes]:
    return {"Dockerfile": BUILD.format(target=target, base=base) + rest}


@pytest.mark.parametrize(
    ("rest", "folder"),
    [
        ("COPY --from=build /build/packages /usr/lib/python3/site-packages/\n",
         "/usr/lib/python3/site-packages"),
        ("WORKDIR /app\nCOPY --from=build /build/ .\n", "/app/packages"),
        ("COPY --from=0 /build/packages /p\nENV PATH=/opt/bin:$PATH PYTHONPATH=/p\n", "/p"),
        ("COPY --from=build /build/packages /p\nRUN pip install --no-cache-dir flask==3\n", "/p"),
    ],
)  # fmt: skip
def test_a_program_that_no_path_leads_to_is_found(tmp_path: Path, rest: str, folder: str) -> None:
    report = lint_files(tmp_path, dockerfile(rest + COMMAND), RULE)
    line = 5 + rest.count("\n")
    assert lines(report) == [("Dockerfile", line)]
    assert f"into `{folder}/bin`" in report.found[0].finding.what


@pytest.mark.parametrize(
    "rest",
    [
        "COPY --from=build /build/packages /p\nENV PATH=/p/bin:$PATH\n" + COMMAND,
        "COPY --from=build /build/packages /p\nCOPY --from=0 /build/packages/bin /usr/local/bin\n"
        + COMMAND,
        "COPY --from=build /build/packages /p\nRUN pip install uvicorn==0.38\n" + COMMAND,
        "COPY --from=build /build/packages /p\nCOPY r.txt .\nRUN pip install -r r.txt\n" + COMMAND,
        "COPY --from=build /build/packages /p\n" + 'CMD ["python", "-m", "uvicorn", "app:app"]\n',
        "COPY --from=build /build/packages /p\n" + 'CMD ["/p/bin/uvicorn", "app:app"]\n',
        "COPY --from=build /build/other /p\n" + COMMAND,
    ],
    ids=["on PATH", "copied too", "installed", "maybe installed", "module", "by path", "other"],
)
def test_a_program_that_is_found_there_is_let_be(tmp_path: Path, rest: str) -> None:
    assert lines(lint_files(tmp_path, dockerfile(rest), RULE)) == []


def test_a_virtual_environment_and_a_prefix_keep_their_programs(tmp_path: Path) -> None:
    text = f"""
        FROM python:3.11-slim AS build
        RUN pip install --prefix=/install torch==2.8.0 uvicorn==0.38
        FROM python:3.11-slim
        COPY --from=build /install /usr/local
        {COMMAND}
    """
    assert lines(lint_files(tmp_path, {"Dockerfile": text}, RULE)) == []


def test_a_service_with_a_command_of_its_own_does_not_run_it(tmp_path: Path) -> None:
    files = dockerfile("COPY --from=build /build/packages /p\n" + COMMAND)
    files["compose.yaml"] = "services:\n  a:\n    build: .\n    command: python -m uvicorn a:a\n"
    assert lines(lint_files(tmp_path, files, RULE)) == []


@pytest.mark.parametrize(
    ("base", "command", "after"),
    [
        (
            "python:3.11-slim",
            'ENTRYPOINT ["uvicorn", "a:a"]',
            'ENTRYPOINT ["python", "-m", "uvicorn", "a:a"]',
        ),
        ("python:3.11-slim", "CMD uvicorn a:a", "CMD python -m uvicorn a:a"),
        (
            "python:3.11-slim",
            'CMD ["sh", "-c", "uvicorn a:a"]',
            'CMD ["sh", "-c", "python -m uvicorn a:a"]',
        ),
        (
            "nvidia/cuda:12.4.1-base-ubuntu22.04",
            "CMD exec uvicorn a:a",
            "CMD exec python3 -m uvicorn a:a",
        ),
    ],
)
def test_it_is_started_as_a_module(tmp_path: Path, base: str, command: str, after: str) -> None:
    rest = "COPY --from=build /build/packages /p\n"
    files = dockerfile(f"{rest}{command}\n", base=base)
    write(tmp_path, files)
    assert mended(tmp_path, RULE)["Dockerfile"] == str(files["Dockerfile"]).replace(command, after)
