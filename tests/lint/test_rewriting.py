from __future__ import annotations

import os
from pathlib import Path

import pytest

from argosy.errors import ArgosyError
from argosy.lint.presentation import Presentation
from argosy.lint.rewriting import Rewritten, diff, fixes, rewrite, write
from argosy.lint.run import lint
from argosy.lint.settings import Settings
from tests.docker_engine import DockerEngine
from tests.lint.files import write as write_files

DOCKERFILE = """\
FROM python:3.12-slim
# what it needs
RUN pip install torch==2.8.0
CMD uvicorn app:app
"""
MENDED = """\
FROM python:3.12-slim
# what it needs
RUN pip install --no-cache-dir torch==2.8.0
CMD ["uvicorn", "app:app"]
"""
RULES = Settings(select=("package-cache-kept", "shell-form-command"))


def rewritten(
    folder: Path, content: str | bytes = DOCKERFILE, name: str = "Dockerfile"
) -> Rewritten:
    """What mending makes of one Dockerfile in a folder."""
    write_files(folder, {name: content})
    return rewrite([folder], RULES, {})


def test_all_is_mended_in_memory_and_then_written(tmp_path: Path) -> None:
    done = rewritten(tmp_path)
    assert (tmp_path / "Dockerfile").read_text() == DOCKERFILE
    write(done)
    assert (tmp_path / "Dockerfile").read_text() == MENDED
    assert [one.rule.slug for one in done.fixed] == ["package-cache-kept", "shell-form-command"]
    assert (done.left.found, lint([tmp_path], RULES).found) == ((), ())


def test_mending_what_is_mended_changes_nothing(tmp_path: Path) -> None:
    write(rewritten(tmp_path))
    again = rewrite([tmp_path], RULES, {})
    assert (again.after, again.fixed) == ({}, ())


def test_ends_of_lines_and_the_byte_order_mark_are_kept(tmp_path: Path) -> None:
    mark = "\ufeff".encode()
    write(rewritten(tmp_path, mark + DOCKERFILE.replace("\n", "\r\n").encode()))
    assert (tmp_path / "Dockerfile").read_bytes() == mark + MENDED.replace("\n", "\r\n").encode()


def test_the_mode_is_kept_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    done = rewritten(tmp_path)
    (tmp_path / "Dockerfile").chmod(0o640)
    write(done)
    assert (tmp_path / "Dockerfile").stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["Dockerfile"]


def test_a_link_goes_on_leading_where_it_did(tmp_path: Path) -> None:
    write_files(tmp_path, {"Dockerfile.model": DOCKERFILE})
    (tmp_path / "Dockerfile").symlink_to("Dockerfile.model")
    write(rewrite([tmp_path], RULES, {}))
    assert (tmp_path / "Dockerfile").is_symlink()
    assert (tmp_path / "Dockerfile.model").read_text() == MENDED


def test_what_a_link_leads_to_elsewhere_is_left_alone(tmp_path: Path) -> None:
    write_files(tmp_path, {"other/Dockerfile": DOCKERFILE, "here/readme": ""})
    (tmp_path / "here" / "Dockerfile").symlink_to("../other/Dockerfile")
    done = rewrite([tmp_path / "here"], RULES, {})
    assert (done.after, len(done.left.found)) == ({}, 2)


def test_a_file_that_is_only_named_by_another_is_left_alone(tmp_path: Path) -> None:
    write_files(
        tmp_path,
        {
            "stack/compose.yaml": "services:\n  a:\n    build: ../app\n",
            "app/Dockerfile": DOCKERFILE,
        },
    )
    done = rewrite([tmp_path / "stack"], RULES, {})
    assert (done.after, len(done.left.found)) == ({}, 2)


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    done = rewritten(tmp_path)
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    with pytest.raises(ArgosyError, match="has changed since it was read"):
        write(done)
    assert (tmp_path / "Dockerfile").read_text() == "FROM scratch\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    done = rewritten(tmp_path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ArgosyError, match="cannot be written"):
            write(done)
    finally:
        tmp_path.chmod(0o700)


def test_a_file_that_a_fix_makes_is_made(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"Dockerfile": "FROM python:3.12-slim\nRUN pip install torch\nCOPY . .\n"}
    )
    done = rewrite([tmp_path], Settings(select=("context-not-trimmed",)), {})
    assert diff(done, Presentation(tmp_path, tmp_path)).startswith(
        "--- /dev/null\n+++ b/.dockerignore\n"
    )
    write(done)
    assert ".git\n" in (tmp_path / ".dockerignore").read_text()
    assert not rewrite([tmp_path], Settings(select=("context-not-trimmed",)), {}).after


def test_the_diff_is_one_that_patch_takes(tmp_path: Path) -> None:
    done = rewritten(tmp_path, DOCKERFILE.rstrip("\n"), "app/Dockerfile")
    assert diff(done, Presentation(tmp_path / "app", tmp_path)).splitlines() == [
        "--- a/app/Dockerfile",
        "+++ b/app/Dockerfile",
        "@@ -1,4 +1,4 @@",
        " FROM python:3.12-slim",
        " # what it needs",
        "-RUN pip install torch==2.8.0",
        "-CMD uvicorn app:app",
        "\\ No newline at end of file",
        "+RUN pip install --no-cache-dir torch==2.8.0",
        '+CMD ["uvicorn", "app:app"]',
        "\\ No newline at end of file",
    ]


def test_what_was_mended_is_told_by_file(tmp_path: Path) -> None:
    write_files(tmp_path, {"Dockerfile": DOCKERFILE.replace("CMD", "RUN pip install flask\nCMD")})
    done = rewrite([tmp_path], RULES, {})
    assert list(fixes(done, Presentation(tmp_path, tmp_path))) == [
        "mended Dockerfile: AI112 package-cache-kept (2), AI116 shell-form-command"
    ]


COMPOSE = """\
# the chat of the desk
version: '3.8'

x-defaults: &defaults   # what all have
  restart: unless-stopped

services:
  llm:   # the model
    <<: *defaults
    image: "vllm/vllm-openai:v0.11.0"   # pinned
    command: >
      --model org/model
      --tensor-parallel-size 2
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]   # asks
      interval: 30s
    ports: ['8000:8000']
    # the end of llm

  app:
    image: ghcr.io/org/app:1.2
    environment: {LLM_URL: http://llm:8000}
    depends_on:
      - llm   # answers the app
volumes: {cache: {}}
"""


@pytest.mark.docker
def test_compose_takes_what_is_mended_and_comments_quotes_and_anchors_are_kept(
    docker_engine: DockerEngine, tmp_path: Path
) -> None:
    write_files(tmp_path, {"compose.yaml": COMPOSE})
    done = rewrite([tmp_path], Settings(), {}, unsafe=True)
    write(done)
    text = (tmp_path / "compose.yaml").read_text()
    for piece in ("# the chat", "&defaults   # what", "# the model", "<<: *defaults", "# pinned",
                  '"vllm/vllm-openai:v0.11.0"', "# asks", "# the end of llm", "# answers the app",
                  "volumes: {cache: {}"):  # fmt: skip
        assert piece in text
    mended = {one.rule.code for one in done.fixed}
    assert {"AI305", "AI311", "AI410"} <= mended
    docker_engine.docker("compose", "-f", "compose.yaml", "config", "--quiet", folder=tmp_path)
    assert not rewrite([tmp_path], Settings(), {}, unsafe=True).after


def test_given_texts_stand_for_files(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    done = rewrite([file], RULES, {file: DOCKERFILE})
    assert done.after == {file: MENDED}
    assert not file.exists()
