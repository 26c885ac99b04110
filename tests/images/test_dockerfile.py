from __future__ import annotations

from pathlib import Path

from argosy.images import dockerfile
from argosy.images.packages import Packages, packages
from argosy.images.recipe import Recipe

RECIPE = Recipe(
    model="echo",
    revision="r2",
    digest="d1d1",
    base="python:3.11-slim@sha256:aaaa",
    uv="ghcr.io/astral-sh/uv:0.9.5",
    runner_python="3.11",
    python="3.11",
    interpreter="",
    packages=packages("six==1.17.0 --hash=sha256:bb\n"),
    has_code=True,
)
WHOLE = Path(__file__).parent / "echo.Dockerfile"


def changed(**of: object) -> str:
    fields = {name: getattr(RECIPE, name) for name in RECIPE.__dataclass_fields__}
    return dockerfile.text(Recipe(**{**fields, **of}))


def added(**of: object) -> list[str]:
    """The lines that a Dockerfile has beyond those of `RECIPE`."""
    plain = dockerfile.text(RECIPE).splitlines()
    return [line for line in changed(**of).splitlines() if line not in plain]


def test_a_model_with_code_and_packages() -> None:
    assert dockerfile.text(RECIPE) == WHOLE.read_text()


def test_no_line_asks_a_registry_for_a_frontend() -> None:
    assert "# syntax" not in dockerfile.text(RECIPE)


def test_a_model_without_packages_or_code_copies_neither() -> None:
    text = changed(packages=packages(""), has_code=False)
    assert "uv pip sync --strict --index" not in text
    assert "/code" not in text


def test_a_model_of_another_python_brings_it_in_a_layer_of_its_own() -> None:
    assert added(python="3.8", interpreter="python:3.8-slim") == [
        "FROM python:3.8-slim AS python",
        "COPY --from=python /usr/local /python",
        "uv venv --quiet --no-project --python /python/bin/python3.8 /environment",
        "COPY --from=python /usr/local /python",
    ]


def test_weights_are_the_last_layer() -> None:
    text = changed(weights="w.onnx")
    copies = [line for line in text.splitlines() if line.startswith("COPY")]
    assert copies[-1] == "COPY --from=weights /weights /weights"


def test_folders_of_wheels_are_mounted_by_name() -> None:
    lines = added(packages=packages("six==1.17.0 --hash=sha256:bb\n", [Path("/a"), Path("/b")]))
    assert "    --mount=from=find-links-0,target=/find-links/0 \\" in lines
    assert "--find-links /find-links/0 --find-links /find-links/1" in "\n".join(lines)
    assert "/a" not in "".join(lines).replace("/argosy", "")


def test_packages_of_this_machine_are_mounted_and_leave_no_time_behind() -> None:
    own = Packages("file:///context/packages/f0\n", {"f0": Path("/kept/f0")}, hashed=False)
    lines = "\n".join(added(packages=own))
    assert "source=packages,target=/context/packages,rw" in lines
    assert "-name uv_cache.json -delete" in lines
    assert "--require-hashes --python /environment" not in changed(packages=own)


def test_indexes_with_passwords_come_from_the_secret() -> None:
    private = ("--index-url https://me:hunter2@packages.example",)
    text = changed(packages=Packages("six==1\n", {}, private))
    assert "/context/requirements.txt /run/uv/indexes.txt" in text
    assert "hunter2" not in text


def test_what_an_engine_does_not_use_is_removed_where_it_is_installed() -> None:
    assert added(unused=("numpy/tests",)) == [
        "cd /environment/lib/python*/site-packages",
        "rm -rf numpy/tests",
    ]


def test_a_gpu_gets_what_its_driver_gives() -> None:
    assert added(uses_gpu=True) == ["ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility"]


def test_a_served_engine_listens_on_a_port_of_its_own() -> None:
    assert added(served=True) == ["EXPOSE 8000 8001"]


def test_variables_are_named_without_values() -> None:
    assert added(variables=("A", "B")) == ["# The container is given A, B."]
