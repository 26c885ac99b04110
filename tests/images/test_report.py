from __future__ import annotations

from argosy.docker.image import Image, Layer
from argosy.images.report import Package, reports, stored

BASE = (Layer("b1", "FROM", 100), Layer("b2", "COPY app /app", 10))
RUNNER = Layer("r", "COPY /runner /runner", 44)


def image(name: str, environment: Layer) -> Image:
    return Image(name, f"sha256:{name}", (*BASE, RUNNER, environment))


ONE = image("one", Layer("e1", "COPY /environment /environment", 7))
TWO = image("two", Layer("e2", "COPY /environment /environment", 9))


def test_the_base_is_one_part_and_shared_layers_name_who_has_them() -> None:
    first, _ = reports({"one": ONE, "two": TWO}, {}, {})
    assert [(part.name, part.size, part.models) for part in first.layers] == [
        ("base", 110, ("two",)),
        ("/runner", 44, ("two",)),
        ("/environment", 7, ()),
    ]
    assert first.size == 161


def test_what_is_shared_counts_once() -> None:
    assert stored([ONE, TWO]) == 110 + 44 + 7 + 9


def test_packages_come_by_size_and_those_for_training_alone_are_named() -> None:
    packages = {"one": [Package("numpy", "2", 5), Package("Torch_TB.Profiler", "1", 6)]}
    (found,) = reports({"one": ONE}, packages, {"one": 1000})
    assert [one.name for one in found.packages] == ["Torch_TB.Profiler", "numpy"]
    assert [one.name for one in found.training_only] == ["Torch_TB.Profiler"]
    told = found.as_data()
    assert told["budget"] == 1000
    assert told["training_only"][0]["reason"] == "profiles training"
