"""The paths of the Open Inference Protocol in the document, for a model that takes tensors. No I/O.

https://github.com/kserve/open-inference-protocol, and Triton's binary tensor data extension.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from argosy_runner.calls import Method
from argosy_runner.openapi import tensor_examples
from argosy_runner.openapi.schemas import FILE, Schema, scalar
from argosy_runner.protocols.open_inference.inference import ASKED, EXTENSIONS, adapter
from argosy_runner.protocols.open_inference.models import Adapter, Metadata
from argosy_runner.protocols.open_inference.tensors import DATATYPES
from argosy_runner.signatures.tensors import Tensors

JSON = "application/json"
OCTETS = "application/octet-stream"
STATUSES = {
    "400": "The request cannot be understood, or does not fit the model",
    "404": "No such version",
    "413": "The body is too large",
    "415": "Not with this content encoding",
    "429": "Too much is waiting",
    "500": "The model failed",
    "503": "Not ready",
    "504": "The deadline has passed",
}
WITH_RETRY = ("429", "503")
INFER = ("400", "413", "415", "429", "500", "504")
BINARY = (
    "Tensors may also go as bytes after the JSON, those of an output where `binary_data` or"
    " `binary_data_output` asks for it: `binary_data_size` says how many bytes are a tensor's, the"
    " header `inference-header-content-length` where the JSON ends. The content type is then"
    " `application/octet-stream`."
)
HEADER = "inference-header-content-length"
LENGTH = "How many bytes of the body are JSON; without it all of them"
RETRY_AFTER: dict[str, Any] = {
    "description": "In how many seconds to try again",
    "schema": {"type": "integer"},
}
TEXT: Schema = {"type": "string"}
SIZES: Schema = {"type": "array", "items": {"type": "integer", "minimum": 0}}
FREE_SIZES: Schema = {"type": "array", "items": {"type": "integer", "minimum": -1}}
PARAMETERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["boolean", "number", "string"]},
}


def paths(
    model_name: str,
    revision: str,
    methods: dict[str, Method],
    documentation: dict[str, Any],
    components: dict[str, Schema],
) -> dict[str, Any]:
    """Nothing for a model without ``predict`` and ``embed``. The schemas go to ``components``."""
    method = next((methods[name] for name in ASKED if name in methods), None)
    if method is None:
        return {}
    version = revision.removeprefix("r")
    asked = adapter(method, documentation)
    components["OpenInferenceError"] = _object({"error": TEXT})
    components["ModelMetadata"] = _metadata(model_name)
    components["InferRequest"] = _request(method, asked)
    components["InferResponse"] = _answer(model_name, version, method, asked)
    example = tensor_examples.request(method, asked, documentation)
    found = _server()
    model = f"/v2/models/{model_name}"
    for path, suffix, refusals in (
        (model, "", ("503",)),
        (f"{model}/versions/{version}", "_version", ("404", "503")),
    ):
        ready = _object({"name": {"const": model_name}, "ready": {"const": True}})
        told = _reference("ModelMetadata")
        found[path] = _get(f"v2_model{suffix}", "Inputs and outputs", told, refusals)
        found[f"{path}/ready"] = _get(
            f"v2_ready{suffix}", "Does the model answer?", ready, refusals
        )
        found[f"{path}/infer"] = _infer(f"v2_infer{suffix}", example, {*INFER, *refusals})
    return found


def _server() -> dict[str, Any]:
    extensions = {"type": "array", "items": {"enum": list(EXTENSIONS)}}
    server = _object({"name": TEXT, "version": TEXT, "extensions": extensions})
    live, ready = _object({"live": {"const": True}}), _object({"ready": {"const": True}})
    return {
        "/v2": _get("v2", "What server this is", server, ()),
        "/v2/health/live": _get("v2_health_live", "Does the replica run?", live, ()),
        "/v2/health/ready": _get("v2_health_ready", "Does the model answer?", ready, ("503",)),
    }


def _get(name: str, summary: str, schema: Schema, refusals: Iterable[str]) -> dict[str, Any]:
    answer = {"description": "The answer", "content": {JSON: {"schema": schema}}}
    responses = {"200": answer, **_refusals(refusals)}
    return {"get": {"operationId": name, "summary": summary, "responses": responses}}


def _infer(name: str, example: Any, refusals: Iterable[str]) -> dict[str, Any]:
    takes = {"schema": _reference("InferRequest")}
    if example is not None:
        takes["example"] = example
    length = {"description": LENGTH, "schema": {"type": "integer", "minimum": 0}}
    answer = {
        "description": "The outputs",
        "headers": {HEADER: length},
        "content": {JSON: {"schema": _reference("InferResponse")}, OCTETS: {"schema": FILE}},
    }
    operation = {
        "operationId": name,
        "summary": "Ask the model with tensors",
        "description": BINARY,
        "parameters": [
            {"$ref": "#/components/parameters/RequestTimeout"},
            {"$ref": "#/components/parameters/Priority"},
            {"name": HEADER, "in": "header", **length},
        ],
        "requestBody": {"required": True, "content": {JSON: takes, OCTETS: {"schema": FILE}}},
        "responses": {"200": answer, **_refusals(refusals)},
    }
    return {"post": operation}


def _refusals(statuses: Iterable[str]) -> dict[str, Any]:
    content = {JSON: {"schema": _reference("OpenInferenceError")}}
    found: dict[str, Any] = {}
    for status in sorted(statuses):
        found[status] = {"description": STATUSES[status], "content": content}
        if status in WITH_RETRY:
            found[status]["headers"] = {"retry-after": RETRY_AFTER}
    return found


def _metadata(model_name: str) -> Schema:
    tensor = _object({"name": TEXT, "datatype": {"enum": list(DATATYPES)}, "shape": FREE_SIZES})
    tensors = {"type": "array", "items": tensor}
    texts = {"type": "array", "items": TEXT}
    return _object(
        {
            "name": {"const": model_name}, "versions": texts, "platform": TEXT,
            "inputs": tensors, "outputs": tensors,
        }
    )  # fmt: skip


def _request(method: Method, asked: Adapter) -> Schema:
    is_graph = isinstance(method.signature, Tensors)
    wanted: Schema = {"type": "string"}
    if asked.outputs:
        wanted["enum"] = [each.name for each in asked.outputs]
    output = _object({"name": wanted}, {"parameters": PARAMETERS})
    inputs = [_input(each, is_graph=is_graph) for each in asked.inputs]
    if takes_other_names(method):
        inputs = [_tensor(TEXT, {"enum": list(DATATYPES)}, SIZES, {"type": "array"})]
    return _object(
        {"inputs": _list_of(inputs)},
        {"id": TEXT, "parameters": PARAMETERS, "outputs": _list_of([output])},
    )


def takes_other_names(method: Method) -> bool:
    """Whether inputs may have any names, and be the keys of an object."""
    description = getattr(method.signature, "description", None)
    return description == "any" or (isinstance(description, dict) and "dict" in description)


def _input(told: Metadata, *, is_graph: bool) -> Schema:
    """Of a graph as it must be; a Python model takes every datatype whose values fit."""
    name: Schema = {"const": told.name}
    if is_graph:
        element = scalar(DATATYPES[told.datatype])
        return _tensor(name, {"const": told.datatype}, _shape(told), _elements(element, told))
    datatype = {"enum": list(DATATYPES), "default": told.datatype}
    return _tensor(name, datatype, SIZES, {"type": "array"})


def _answer(model_name: str, version: str, method: Method, asked: Adapter) -> Schema:
    is_graph = isinstance(method.signature, Tensors)
    outputs = [_output(each, is_graph=is_graph) for each in asked.outputs]
    if not outputs:
        outputs = [_tensor(TEXT, {"enum": list(DATATYPES)}, SIZES, {"type": "array"})]
    return _object(
        {
            "model_name": {"const": model_name},
            "model_version": {"const": version},
            "outputs": _list_of(outputs),
        },
        {"id": TEXT, "parameters": PARAMETERS},
    )


def _output(told: Metadata, *, is_graph: bool) -> Schema:
    """Rows of a Python model that make no tensor are BYTES that hold JSON text."""
    name: Schema = {"const": told.name}
    if is_graph:
        return _tensor(name, {"const": told.datatype}, _shape(told), {"type": "array"})
    datatypes = list(dict.fromkeys([told.datatype, "BYTES"]))
    return _tensor(name, {"enum": datatypes}, SIZES, {"type": "array"})


def _tensor(name: Schema, datatype: Schema, shape: Schema, data: Schema) -> Schema:
    return _object(
        {"name": name, "datatype": datatype, "shape": shape},
        {"data": data, "parameters": PARAMETERS},
    )


def _shape(told: Metadata) -> Schema:
    """Of so many sizes; exactly these where none is free."""
    shape, count = list(told.shape), len(told.shape)
    if -1 not in shape:
        return {"const": shape}
    about = f"{shape}, where -1 is any size" if count > 1 else "Of any size"
    return {**SIZES, "minItems": count, "maxItems": count, "description": about}


def _elements(element: Schema, told: Metadata) -> Schema:
    """Flat, or nested as the shape is."""
    if len(told.shape) > 1:
        element = {"anyOf": [element, {"type": "array"}]}
    return {"type": "array", "items": element}


def _list_of(variants: list[Schema]) -> Schema:
    return {"type": "array", "items": variants[0] if len(variants) == 1 else {"anyOf": variants}}


def _object(required: dict[str, Schema], optional: dict[str, Schema] | None = None) -> Schema:
    properties = {**required, **(optional or {})}
    return {"type": "object", "properties": properties, "required": list(required)}


def _reference(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}
