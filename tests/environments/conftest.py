"""Tiny wheels made here stand for an index: most of these tests ask nothing of a network."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.stack.model import Model

MakeWheel = Callable[..., Path]
MakeModel = Callable[..., Model]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """These tests count and prune environments: a store of their own."""
    home = tmp_path / "home"
    monkeypatch.setenv("ARGOSY_HOME", str(home))
    return home


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    return tmp_path / "state" / "locks"


@pytest.fixture
def model(tmp_path: Path) -> MakeModel:
    """Makes a model whose code folder holds the given files."""

    def make(files: dict[str, str] | None = None, python: str | None = None) -> Model:
        code = tmp_path / "code"
        code.mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            (code / name).write_text(text)
        return Model(name="tiny", code=code, python=python)

    return make


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWheel:
    """Makes a wheel with one module and one command; uv sees these wheels and no index."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    (tmp_path / "index").mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(folder))
    monkeypatch.setenv("UV_DEFAULT_INDEX", (tmp_path / "index").as_uri())

    def make(name: str, version: str, *requires: str, python: str = ">=3.8") -> Path:
        return write_wheel(folder, name, version, requires, python)

    return make


def write_wheel(
    folder: Path, name: str, version: str, requires: tuple[str, ...], python: str
) -> Path:
    about = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {one}\n" for one in requires)
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nRequires-Python: {python}\n"
    files = {
        f"{name}.py": f"VERSION = {version!r}\n\ndef main():\n    print(VERSION)\n",
        f"{about}/METADATA": head + needs,
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/entry_points.txt": f"[console_scripts]\n{name} = {name}:main\n",
    }
    record = "".join(f"{path},{_record(text)}\n" for path, text in files.items())
    wheel = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**files, f"{about}/RECORD": f"{record}{about}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


def _record(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    encoded = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return f"sha256={encoded},{len(text.encode())}"
