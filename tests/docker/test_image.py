from __future__ import annotations

from argosy.docker.image import Layer, image

KNOWN = {
    "Id": "sha256:1",
    "RootFS": {"Layers": ["a", "b", "c", "d"]},
    "Config": {"Labels": {"argosy.model": "digits"}},
}


def step(made_by: str, size: int) -> dict[str, str]:
    return {"CreatedBy": made_by, "Size": str(size)}


HISTORY = [
    step('CMD ["x"]', 0),
    step("COPY /settings.json /settings.json # buildkit", 0),
    step("ENV HOME=/tmp", 0),
    step("COPY /runner /runner # buildkit", 40),
    step('CMD ["python3"]', 0),
    step("RUN apt-get install python3", 60),
    step("", 90),
]


def test_every_layer_has_its_step() -> None:
    found = image("digits", KNOWN, HISTORY)
    assert found.layers == (
        Layer("a", "", 90),
        Layer("b", "RUN apt-get install python3", 60),
        Layer("c", "COPY /runner /runner", 40),
        Layer("d", "COPY /settings.json /settings.json", 0),
    )
    assert (found.size, found.labels) == (190, {"argosy.model": "digits"})


def test_of_a_base_that_tells_too_many_steps_all_is_one_layer() -> None:
    found = image("digits", KNOWN, [*HISTORY, step("RUN made nothing", 0)])
    assert [(one.digest, one.size) for one in found.layers] == [
        ("a", 90), ("b", 60), ("c", 40), ("d", 0),
    ]  # fmt: skip


def test_of_a_base_that_tells_too_few_steps_the_lowest_layers_are_left_out() -> None:
    found = image("digits", KNOWN, HISTORY[:4])
    assert [one.digest for one in found.layers] == ["c", "d"]


def test_an_image_without_labels_has_none() -> None:
    assert image("x", {**KNOWN, "Config": {"Labels": None}}, []).labels == {}
