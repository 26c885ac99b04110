from __future__ import annotations

from argosy.imported import dockerfile
from argosy.imported.dockerfile import Copy

TEXT = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.11
FROM python:${VERSION}-slim AS base
ENV A=1 B="two words"
FROM base AS build
RUN make
FROM base
WORKDIR /srv
RUN apt-get update && \\
    apt-get install -y --no-install-recommends ffmpeg libgomp1 && rm -rf /var/lib/apt/lists/*
RUN pip install --no-cache-dir -r requirements.txt fastapi
COPY --chown=1 src/ requirements.txt ./
COPY --from=build /x /y
ENTRYPOINT ["python"]
CMD python serve.py --port 80
"""


def test_the_last_stage_counts_on_the_base_of_the_first() -> None:
    found = dockerfile.read(TEXT)
    assert (found.base, found.python, found.workdir) == ("python:3.11-slim", "3.11", "/srv")
    assert found.entrypoint == ("python",)
    assert found.command == ("sh", "-c", "python serve.py --port 80")
    assert found.copies == (Copy("src/", "./"), Copy("requirements.txt", "./"))
    assert found.packages == ("ffmpeg", "libgomp1")
    assert found.installed == ("fastapi",)


def test_an_image_that_is_not_pythons_says_no_version() -> None:
    assert dockerfile.read("FROM nvidia/cuda:12.3.0-runtime-ubuntu22.04\n").python == ""


def test_variables_are_read_in_both_forms() -> None:
    found = dockerfile.read('FROM a\nENV A=1 B="two words"\nENV C three words\n')
    assert found.environment == {"A": "1", "B": "two words", "C": "three words"}


def test_what_is_installed_is_found_behind_flags_and_wrappers() -> None:
    text = """\
FROM a
RUN sudo apt-get -y install git && python3 -m pip install --no-cache-dir -r r.txt numpy
RUN <<EOF
apk add --no-cache curl
uv pip install --system torch
EOF
"""
    found = dockerfile.read(text)
    assert found.packages == ("git", "curl")
    assert found.installed == ("numpy", "torch")


def test_of_a_file_that_docker_would_not_build_nothing_is_known() -> None:
    assert dockerfile.read("FROM a\nNONSENSE\n") == dockerfile.Dockerfile()
