from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from argosy_runner.calls import Method
from argosy_runner.openapi.document import describe
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values
from tests.runner.conftest import Graph, Start
from tests.runner.replicas import Replica
from tests.waiting import until

SENTIMENT = '''
from dataclasses import dataclass, field
from typing import Literal

@dataclass
class Mood:
    label: Literal["good", "bad"]
    score: float
    words: int = field(init=False, default=3)

class Model:
    """Says how a text feels."""
    max_batch = 8
    examples = ["what a lovely day", "oh no"]
    def predict(self, texts: list[str]) -> list[Mood]:
        """One mood for each text."""
        return [Mood("good" if "lovely" in text else "bad", 1.0) for text in texts]
'''

NO_EXAMPLE = """
'What a photo has.'
from dataclasses import dataclass, field

@dataclass
class Box:
    width: float
    corners: list[int]

@dataclass
class Photo:
    image: bytes
    box: Box
    title: str = ""
    kind: str | None = None
    masks: list[bytes] = field(default_factory=list)

class Model:
    def predict(self, photo: Photo) -> dict[str, int]:
        return {"bytes": len(photo.image), "corners": len(photo.box.corners)}
"""

EVERYTHING = """
from collections.abc import AsyncIterator, Iterator

class Model:
    examples = [3]
    def predict(self, count: int) -> int:
        return count
    def stream(self, count: int) -> Iterator[int]:
        yield from range(count)
    async def chat(self, messages) -> AsyncIterator[str]:
        yield "hello"
    def complete(self, prompt):
        yield "and so on"
    def embed(self, texts):
        return [[float(len(text))] for text in texts]
"""

UPLOAD = """
class Model:
    examples = [b"some bytes"]
    def predict(self, content: bytes):
        return len(content)
"""

OPEN_INFERENCE = {
    "/v2", "/v2/health/live", "/v2/health/ready",
    "/v2/models/m", "/v2/models/m/ready", "/v2/models/m/infer", "/v2/models/m/versions/1",
    "/v2/models/m/versions/1/ready", "/v2/models/m/versions/1/infer",
}  # fmt: skip

TWO_TENSORS = """two (float[N, 2, 3] x, int64[N] y) => (float[N, 2, 3] z) { z = Neg(x) }"""


def document(replica: Replica) -> dict[str, Any]:
    """/openapi.json, which is valid."""
    answer = replica.client.get("/openapi.json")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    OpenAPIV31SpecValidator(found).validate()
    return found


def examples(found: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """(path, content type, body) of every example of a request."""
    for path, operations in found["paths"].items():
        content = operations.get("post", {}).get("requestBody", {}).get("content", {})
        for content_type, media in content.items():
            for example in media.get("examples", {}).values():
                yield path, content_type, example["value"]
            if "example" in media:
                yield path, content_type, media["example"]


def every_example_runs(replica: Replica, wanted: int) -> list[httpx.Response]:
    answers = []
    found = document(replica)
    for path, content_type, body in examples(found):
        if content_type == "application/json":
            answer = replica.client.post(path, json=body)
        else:
            answer = replica.client.post(
                path, content=body.encode(), headers={"content-type": content_type}
            )
        assert answer.status_code == 200, (path, body, answer.text)
        if answer.headers["content-type"] == "application/json":
            content = found["paths"][path]["post"]["responses"]["200"]["content"]
            schema = content["application/json"]["schema"]
            OAS31Validator({**schema, "components": found["components"]}).validate(answer.json())
        answers.append(answer)
    assert len(answers) == wanted
    return answers


def test_it_tells_of_the_model_in_its_own_words(serve: Start) -> None:
    replica = serve(SENTIMENT, model="sentiment", revision="r7")
    found = document(replica)
    assert "/v2/models/sentiment/versions/7/infer" in found["paths"]
    assert found["openapi"] == "3.1.0"
    assert found["info"] == {
        "title": "sentiment", "version": "r7", "description": "Says how a text feels."
    }  # fmt: skip
    assert found["servers"][0]["url"] == "."
    operation = found["paths"]["/predict"]["post"]
    assert operation["description"] == "One mood for each text."
    one, many = operation["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    assert one["properties"]["input"] == {"type": "string"}
    assert many["properties"]["inputs"]["items"] == {"type": "string"}
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"][0]
    assert answer["properties"]["output"] == {"$ref": "#/components/schemas/Mood"}
    assert found["components"]["schemas"]["Mood"]["properties"] == {
        "label": {"enum": ["good", "bad"]},
        "score": {"type": "number"},
        "words": {"type": "integer"},
    }
    assert set(operation["responses"]) == {
        "200", "400", "413", "415", "422", "429", "500", "503", "504"
    }  # fmt: skip
    answers = every_example_runs(replica, 4)
    assert answers[0].json() == {"output": {"label": "good", "score": 1.0, "words": 3}}


def test_without_an_example_one_is_made_from_the_hints(serve: Start) -> None:
    replica = serve(NO_EXAMPLE)
    answers = every_example_runs(replica, 4)
    assert answers[0].json() == {"output": {"bytes": 5, "corners": 1}}
    found = document(replica)
    assert found["info"]["description"] == "What a photo has."
    content = found["paths"]["/predict"]["post"]["requestBody"]["content"]
    form = content["multipart/form-data"]["schema"]
    file = {"type": "string", "contentMediaType": "application/octet-stream"}
    assert form["properties"]["image"] == file
    assert form["properties"]["masks"] == {"type": "array", "items": file}
    assert form["required"] == ["image", "box"]


def test_it_has_the_paths_of_what_the_model_can_do(serve: Start) -> None:
    replica = serve(EVERYTHING)
    found = document(replica)
    assert set(found["paths"]) == {
        "/predict", "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/models",
        "/health", "/ready", "/metrics", *OPEN_INFERENCE,
    }  # fmt: skip
    content = found["paths"]["/predict"]["post"]["responses"]["200"]["content"]
    assert content["text/event-stream"]["schema"]["contentSchema"] == {"type": "integer"}
    every_example_runs(replica, 7)


def test_a_model_that_only_talks_has_no_predict(serve: Start) -> None:
    found = document(serve("class Model:\n    def chat(self, messages):\n        return 'hi'\n"))
    assert "/predict" not in found["paths"]
    assert "/v1/chat/completions" in found["paths"]
    assert not OPEN_INFERENCE & set(found["paths"])


def test_a_model_that_only_streams_answers_with_events(serve: Start) -> None:
    code = "class Model:\n    def stream(self, count: int):\n        yield count\n"
    replica = serve(code)
    assert not OPEN_INFERENCE & set(document(replica)["paths"])
    found = document(replica)["paths"]["/predict"]["post"]
    assert set(found["responses"]["200"]["content"]) == {"text/event-stream"}
    (answer,) = every_example_runs(replica, 1)
    assert answer.text.startswith("data: 1\n\n")


def test_a_model_that_takes_files_shows_one(serve: Start) -> None:
    replica = serve(UPLOAD)
    content = document(replica)["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert list(content) == ["application/octet-stream", "multipart/form-data"]
    answers = every_example_runs(replica, 3)
    assert answers[0].json() == {"output": 10}
    assert answers[1].json()["outputs"][0]["data"] == [10]


def test_of_a_graph_the_example_is_zeros(serve: Start, graph: Graph, graph_python: Any) -> None:
    replica = serve(engine="onnx", weights=str(graph(TWO_TENSORS)), python=str(graph_python))
    found = document(replica)["paths"]["/predict"]["post"]
    schema = found["requestBody"]["content"]["application/json"]["schema"]["oneOf"][0]
    x = schema["properties"]["input"]["properties"]["x"]
    assert (x["minItems"], x["maxItems"], x["items"]["maxItems"]) == (2, 2, 3)
    answers = every_example_runs(replica, 4)
    assert answers[0].json() == {"output": [[0, 0, 0]] * 2}


def test_it_waits_for_the_model(start: Start) -> None:
    replica = start("import time\ntime.sleep(1000)\n")
    until(lambda: replica.state()["state"] == "loading", "loading")
    answer = replica.client.get("/openapi.json")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


def test_what_cannot_be_documented_is_left_out(serve: Start) -> None:
    replica = serve("""
        class Shy:
            @property
            def __doc__(self):
                return 3
            def __call__(self, value: int) -> {"no": "type"}:
                return str(value)
        class Model:
            examples = [object(), 1]
            predict = Shy()
    """)
    every_example_runs(replica, 4)


POINT = {"object": {"name": "A b", "fields": {"x": {"type": "int", "required": True}}}}
OTHER = {"object": {"name": "A b", "fields": {"y": {"type": "any", "required": False}}}}


@pytest.mark.parametrize(
    "description",
    [
        "any", "null", {"list": "null"}, {"dict": POINT}, {"literal": [1, None]}, {"literal": [""]},
        {"union": [POINT, OTHER, "null"]}, {"list": {"union": ["null", "bytes"]}},
    ],
)  # fmt: skip
def test_every_description_makes_a_valid_document_and_an_example_that_fits(
    description: Any,
) -> None:
    signature = Values(description)
    told = {"methods": {"predict": {"returns": {"list": OTHER}}}}
    found = describe("m", "r1", {"predict": Method("predict", signature)}, told)
    OpenAPIV31SpecValidator(found).validate()
    names = set(found["components"]["schemas"])
    assert all(re.fullmatch(r"[\w.-]+", name) for name in names)
    if description in ({"dict": POINT}, {"union": [POINT, OTHER, "null"]}):
        assert {"A_b", "A_b2"} <= names


def test_a_very_long_example_is_left_to_the_page() -> None:
    tensor = {"name": "x", "type": "float32", "shape": [3, 224, 224]}
    signature = Tensors({"inputs": [tensor], "outputs": [tensor]})
    found = describe("m", "r1", {"predict": Method("predict", signature)}, {})
    assert not list(examples(found))
