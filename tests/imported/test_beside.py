from __future__ import annotations

from pathlib import Path

from argosy.imported import beside
from argosy.imported.convert import services
from tests.imported.conftest import Import

TEXT = """\
services:
  app:
    build: {context: ./app, dockerfile: docker/Dockerfile.gpu}
    env_file: [a.env, gone.env]
    volumes: [./conf:/etc/nginx/conf.d, ./weights:/models]
"""


def test_what_lies_there_is_read_and_what_does_not_is_no_error(imported: Import) -> None:
    files = {
        "app/docker/Dockerfile.gpu": "FROM python:3.12\n",
        "app/src/main.py": "",
        "a.env": "A=1\n",
        "conf/site.conf": "listen 80;\n",
        "weights/model.bin": "no configuration",
    }
    result = imported(text=TEXT, **files)
    found = services(result.file)["app"].beside
    assert found.dockerfile is not None
    assert found.dockerfile.python == "3.12"
    assert found.names == frozenset({"docker/Dockerfile.gpu", "src/main.py"})
    assert found.env_files == {"a.env": {"A": "1"}}
    assert found.configuration == {Path("conf/site.conf"): "listen 80;\n"}


def test_a_file_that_is_too_large_is_not_read(imported: Import) -> None:
    large = "#" * (beside.MOST_BYTES + 1)
    result = imported(text=TEXT, **{"conf/site.conf": large, "a.env": "A=1\n"})
    assert services(result.file)["app"].beside.configuration == {}
