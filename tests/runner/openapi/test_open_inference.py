from __future__ import annotations

import json
from typing import Any

from argosy_runner.calls import Method
from argosy_runner.openapi import open_inference
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values
from argosy_runner.signatures.vectors import Vectors
from tests.runner.conftest import Start
from tests.runner.openapi.test_document import document

TWO = Tensors(
    {
        "inputs": [
            {"name": "x", "type": "float32", "shape": [None, 3], "batch": -1},
            {"name": "n", "type": "int8", "shape": [], "batch": 0},
        ],
        "outputs": [{"name": "y", "type": "string", "shape": [2], "batch": -1}],
    }
)


def described(method: Method, documentation: dict[str, Any] | None = None) -> Any:
    """The paths and the schemas."""
    schemas: dict[str, Any] = {}
    found = open_inference.paths("m", "r3", {method.name: method}, documentation or {}, schemas)
    return found, schemas


def variants(schema: Any, word: str) -> list[dict[str, Any]]:
    items = schema["properties"][word]["items"]
    return [each["properties"] for each in items.get("anyOf", [items])]


def test_a_graphs_tensors_are_told_as_they_are() -> None:
    paths, schemas = described(Method("predict", TWO))
    x, n = variants(schemas["InferRequest"], "inputs")
    assert (x["name"], x["datatype"]) == ({"const": "x"}, {"const": "FP32"})
    assert (x["shape"]["minItems"], x["shape"]["maxItems"]) == (3, 3)
    assert x["shape"]["description"].startswith("[-1, -1, 3]")
    assert x["data"]["items"]["anyOf"][0]["type"] == "number"
    assert (n["datatype"], n["shape"]) == ({"const": "INT8"}, {"const": []})
    assert n["data"]["items"] == {"type": "integer", "minimum": -128, "maximum": 127}
    (y,) = variants(schemas["InferResponse"], "outputs")
    assert (y["name"], y["datatype"]) == ({"const": "y"}, {"const": "BYTES"})
    assert (y["shape"]["minItems"], y["shape"]["maxItems"]) == (2, 2)
    (wanted,) = variants(schemas["InferRequest"], "outputs")
    assert wanted["name"]["enum"] == ["y"]
    example = paths["/v2/models/m/infer"]["post"]["requestBody"]["content"]["application/json"]
    assert example["example"]["inputs"] == [
        {"name": "x", "datatype": "FP32", "shape": [1, 1, 3], "data": [0.0, 0.0, 0.0]},
        {"name": "n", "datatype": "INT8", "shape": [], "data": [0]},
    ]


def test_of_a_python_model_the_hints_tell() -> None:
    fields = {
        "age": {"type": "int", "required": True},
        "scores": {"type": {"list": "float"}, "required": False},
    }
    signature = Values({"object": {"name": "Patient", "fields": fields}})
    told = {"methods": {"predict": {"returns": {"list": "float"}}}}
    _, schemas = described(Method("predict", signature), told)
    age, scores = variants(schemas["InferRequest"], "inputs")
    assert (age["name"], age["datatype"]["default"]) == ({"const": "age"}, "INT64")
    assert scores["datatype"]["default"] == "FP64"
    (output,) = variants(schemas["InferResponse"], "outputs")
    assert output["name"] == {"const": "output"}
    assert output["datatype"] == {"enum": ["FP64", "BYTES"]}


def test_where_a_model_takes_any_names_none_is_told() -> None:
    for description in ("any", {"dict": "int"}):
        _, schemas = described(Method("predict", Values(description)))
        (tensor,) = variants(schemas["InferRequest"], "inputs")
        assert tensor["name"] == {"type": "string"}


def test_refusals_have_the_protocols_own_form_and_say_what_can_be() -> None:
    paths, schemas = described(Method("embed", Vectors()))
    assert schemas["OpenInferenceError"]["required"] == ["error"]
    refusals = {"400", "413", "415", "429", "500", "503", "504"}
    for path, more in (("", set()), ("/versions/3", {"404"})):
        infer = paths[f"/v2/models/m{path}/infer"]["post"]["responses"]
        assert set(infer) == {"200"} | refusals | more
        assert set(paths[f"/v2/models/m{path}/ready"]["get"]["responses"]) == {"200", "503"} | more
        assert "retry-after" in infer["429"]["headers"]
        for status in refusals:
            schema = infer[status]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/OpenInferenceError"}
    ids = [each["operationId"] for path in paths.values() for each in path.values()]
    assert len(ids) == len(set(ids)) == 9


def test_tensors_as_bytes_are_another_content_type_and_a_header() -> None:
    paths, _ = described(Method("embed", Vectors()))
    operation = paths["/v2/models/m/infer"]["post"]
    assert "application/octet-stream" in operation["requestBody"]["content"]
    assert "application/octet-stream" in operation["responses"]["200"]["content"]
    header = "inference-header-content-length"
    assert header in operation["responses"]["200"]["headers"]
    assert header in [each.get("name") for each in operation["parameters"]]


def test_a_model_that_only_talks_takes_no_tensors() -> None:
    assert described(Method("chat", Values("any"))) == ({}, {})


def test_what_the_document_says_of_tensors_is_what_is_answered(serve: Start) -> None:
    replica = serve("""
        class Model:
            examples = [{"text": "abc", "weights": [1.5, 2]}]
            def predict(self, value) -> list[float]:
                return [len(value["text"]), *value["weights"]]
    """)
    operation = document(replica)["paths"]["/v2/models/m/infer"]["post"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    answer = replica.client.post("/v2/models/m/infer", json=example)
    assert answer.json()["outputs"] == [
        {"name": "output", "datatype": "FP64", "shape": [1, 3], "data": [3.0, 1.5, 2.0]}
    ]
    head = json.dumps(
        {
            "inputs": [
                {
                    "name": "text", "datatype": "BYTES", "shape": [1],
                    "parameters": {"binary_data_size": 5},
                },
                example["inputs"][1],
            ]
        }
    ).encode()  # fmt: skip
    headers = {"inference-header-content-length": str(len(head))}
    headers["content-type"] = "application/octet-stream"
    content = head + b"\1\0\0\0a"
    answer = replica.client.post("/v2/models/m/infer", content=content, headers=headers)
    assert answer.json()["outputs"][0]["data"] == [1.0, 1.5, 2.0]
