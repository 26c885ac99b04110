from __future__ import annotations

from argosy.docker.image import Layer, image

KNOWN = {
    "Id": "sha256:1",
    "RootFS": {"Layers": ["a", "b", "c", "d"]},
    "Config": {"Labels": {"argosy.model": "digits"}},
}


def step(made_by: str, size: int) -> dict[str, str]:
    return {"CreatedBy": made_by, "Size": str(size)}


def test_layers_are_told_apart_down_to_the_first_command() -> None:
    history = [
        step('CMD ["x"]', 0),
        step("COPY /settings.json /settings.json # buildkit", 5),
        step("ENV HOME=/tmp", 0),
        step("COPY /runner /runner # buildkit", 40),
        step('CMD ["python3"]', 0),
        step("RUN apt-get install python3", 60),
        step("COPY ca /ca # buildkit", 2),
        step("", 90),
    ]
    found = image("digits", KNOWN, history)
    assert found.layers == (
        Layer("b", "FROM", 152),
        Layer("c", "COPY /runner /runner", 40),
        Layer("d", "COPY /settings.json /settings.json", 5),
    )
    assert (found.size, found.labels) == (197, {"argosy.model": "digits"})


def test_an_image_without_labels_has_none() -> None:
    assert image("x", {**KNOWN, "Config": {"Labels": None}}, []).labels == {}
