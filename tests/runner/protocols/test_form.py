from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from argosy_runner.problems import Problem
from argosy_runner.protocols import form
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values
from tests.runner.replicas import Replica, serving

PHOTO: dict[str, Any] = {
    "object": {
        "name": "Photo",
        "fields": {
            "image": {"type": "bytes", "required": True},
            "title": {"type": {"union": ["str", "null"]}, "required": False},
            "width": {"type": "int", "required": False},
            "ratio": {"type": {"union": ["float", "null"]}, "required": False},
            "sharp": {"type": "bool", "required": False},
            "tags": {"type": {"list": "str"}, "required": False},
            "masks": {"type": {"list": "bytes"}, "required": False},
            "box": {"type": {"dict": "int"}, "required": False},
            "kind": {"type": {"literal": ["1", "2"]}, "required": False},
        },
    }
}
B = b"--b\r\n"
END = b"--b--\r\n"
TYPE = b"multipart/form-data; boundary=b"


def part(name: str, data: bytes, filename: str = "") -> bytes:
    file = f'; filename="{filename}"' if filename else ""
    head = f'content-disposition: form-data; name="{name}"{file}\r\n\r\n'
    return B + head.encode() + data + b"\r\n"


def row(description: Any, *parts: bytes) -> bytes:
    """The row of a form of these parts."""
    payloads, many = form.read(Values(description), TYPE, b"".join(parts) + END)
    assert not many
    (payload,) = payloads
    found: bytes = payload.parts[0]
    return found


def problem(description: Any, body: bytes, content_type: bytes = TYPE) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        form.read(Values(description), content_type, body)
    return caught.value.status, caught.value.detail


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([], b""),
        ([part("title", b"a dog")], b',"title":"a dog"'),
        ([part("title", b"12")], b',"title":"12"'),
        ([part("title", b"null")], b',"title":"null"'),
        ([part("width", b"640"), part("ratio", b"1.5")], b',"width":640,"ratio":1.5'),
        ([part("sharp", b"true")], b',"sharp":true'),
        ([part("tags", b"a"), part("tags", b"b, c")], b',"tags":["a","b, c"]'),
        ([part("tags", b'["a", "b"]')], b',"tags":["a","b"]'),
        ([part("masks", b"hi", "a"), part("masks", b"", "b")], b',"masks":["aGk=",""]'),
        ([part("box", b'{"x": 1}')], b',"box":{"x":1}'),
        ([part("kind", b"2")], b',"kind":"2"'),
    ],
)
def test_parts_are_fields_by_their_types(parts: list[bytes], expected: bytes) -> None:
    image = part("image", b"\xff\x00", "photo.jpg")
    assert row(PHOTO, image, *parts) == b'{"image":"/wA="' + expected + b"}"


def test_what_is_no_object_is_one_part_of_any_name() -> None:
    assert row("bytes", part("photo", b"\xff", "a.jpg")) == b"\xff"
    assert row("any", part("file", b"\xff", "a.jpg")) == b"\xff"
    assert row("any", part("file", b"12")) == b'"12"'
    assert row("float", part("input", b"12")) == b"12"
    assert row({"dict": "any"}, part("a", b"1"), part("b", b"c")) == b'{"a":"1","b":"c"}'
    assert row({"union": [PHOTO, "null"]}, part("image", b"hi")) == b'{"image":"aGk="}'
    assert row({"list": "bytes"}, part("input", b"hi", "a")) == b'["aGk="]'


def test_parts_named_inputs_are_rows() -> None:
    body = part("inputs", b"a", "1") + part("inputs", b"bc", "2") + END
    payloads, many = form.read(Values("bytes"), TYPE, body)
    assert many
    assert [payload.parts for payload in payloads] == [(b"a",), (b"bc",)]


@pytest.mark.parametrize(
    ("parts", "detail"),
    [
        ([part("picture", b"x")], "$.input: 'picture' is no field of Photo, which has image, "),
        ([part("title", b"x")], "$.input: object missing required field image"),
        ([part("image", b""), part("width", b"wide")], "$.input.width: expected int, got str"),
        ([part("image", b""), part("width", b"1.5")], "$.input.width: expected int, got float"),
        ([part("image", b""), part("image", b"")], "$.input.image: 2 parts have this name"),
        ([part("image", b""), part("title", b"\xff", "a")], "$.input.title: the part holds a file"),
        ([part("image", b""), part("title", b"\xff")], "$.input.title: the part holds text that"),
        ([part("image", b""), part("kind", b"3")], "$.input.kind: "),
    ],
)
def test_a_part_that_does_not_fit_is_named(parts: list[bytes], detail: str) -> None:
    status, told = problem(PHOTO, b"".join(parts) + END)
    assert status == 422
    assert told.startswith(detail)


def test_several_files_for_a_model_that_takes_one_are_refused() -> None:
    status, told = problem("bytes", part("a", b"", "a") + part("b", b"", "b") + END)
    assert (status, told[-8:]) == (422, "'a', 'b'")
    assert problem("bytes", END)[0] == 422


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", TYPE, "nexpected end"),
        (part("a", b"x"), TYPE, "nexpected end"),
        (b"not a form at all", TYPE, "oundary"),
        (B + b"content-type: text/plain\r\n\r\nx\r\n" + END, TYPE, "Content-Disposition"),
        (B + b"no header\r\n\r\nx\r\n" + END, TYPE, "header"),
        (END, b"multipart/form-data", "no boundary"),
    ],
)
def test_a_malformed_form_says_what_is_wrong(
    body: bytes, content_type: bytes, expected: str
) -> None:
    status, told = problem("bytes", body, content_type)
    assert status == 400
    assert expected in told


def test_tensors_take_no_form() -> None:
    tensor = {"name": "x", "type": "float32", "shape": [2]}
    with pytest.raises(Problem, match="JSON") as caught:
        form.read(Tensors({"inputs": [tensor], "outputs": [tensor]}), TYPE, part("x", b"") + END)
    assert caught.value.status == 415


MODEL = """
from dataclasses import dataclass

@dataclass
class Photo:
    image: bytes
    title: str = ""
    scale: float = 1.0

class Model:
    max_batch = 8
    def predict(self, photos: list[Photo]):
        return [[type(one.image).__name__, len(one.image), one.title, one.scale] for one in photos]
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    with serving(tmp_path_factory.mktemp("photos"), MODEL) as replica:
        yield replica


def test_a_form_reaches_the_model_as_its_dataclass(photos: Replica) -> None:
    answer = photos.client.post(
        "/predict",
        files={"image": ("a.png", bytes(range(256)))},
        data={"title": "a dog", "scale": "0.5"},
    )
    assert answer.json() == {"output": ["bytes", 256, "a dog", 0.5]}


def test_json_carries_the_same_bytes_as_base64(photos: Replica) -> None:
    assert photos.ask({"image": "AAEC"}) == ["bytes", 3, "", 1.0]
    refused = photos.post({"input": {"image": "no base64!"}})
    assert refused.status_code == 422
    assert "$.input.image" in refused.json()["detail"]


def test_a_refusal_is_problem_json(photos: Replica) -> None:
    answer: httpx.Response = photos.client.post("/predict", files={"picture": b"x"})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "'picture' is no field of Photo" in answer.json()["detail"]
    broken = photos.post(content=b"--x", content_type="multipart/form-data; boundary=x")
    assert broken.status_code == 400
