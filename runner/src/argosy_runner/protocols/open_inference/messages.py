"""The messages of ``inference.GRPCInferenceService``, made from their text when imported.

The fields are those of KServe's and Triton's ``grpc_service.proto``, in its own syntax. They live
in a pool of their own: nothing else in the process can clash with them, and no generated code has
to match the installed protobuf.
"""

from __future__ import annotations

import re
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

from argosy_runner.problems import Problem

PACKAGE = "inference"
SERVICE = f"{PACKAGE}.GRPCInferenceService"

MESSAGES = {
    "ServerLiveRequest": "",
    "ServerLiveResponse": "bool live = 1;",
    "ServerReadyRequest": "",
    "ServerReadyResponse": "bool ready = 1;",
    "ModelReadyRequest": "string name = 1; string version = 2;",
    "ModelReadyResponse": "bool ready = 1;",
    "ServerMetadataRequest": "",
    "ServerMetadataResponse": """
        string name = 1; string version = 2; repeated string extensions = 3;
    """,
    "ModelMetadataRequest": "string name = 1; string version = 2;",
    "ModelMetadataResponse": """
        string name = 1; repeated string versions = 2; string platform = 3;
        repeated ModelMetadataResponse.TensorMetadata inputs = 4;
        repeated ModelMetadataResponse.TensorMetadata outputs = 5;
    """,
    "ModelMetadataResponse.TensorMetadata": """
        string name = 1; string datatype = 2; repeated int64 shape = 3;
    """,
    "InferParameter": """
        bool bool_param = 1; int64 int64_param = 2; string string_param = 3;
        double double_param = 4; uint64 uint64_param = 5;
    """,
    "InferTensorContents": """
        repeated bool bool_contents = 1; repeated int32 int_contents = 2;
        repeated int64 int64_contents = 3; repeated uint32 uint_contents = 4;
        repeated uint64 uint64_contents = 5; repeated float fp32_contents = 6;
        repeated double fp64_contents = 7; repeated bytes bytes_contents = 8;
    """,
    "ModelInferRequest": """
        string model_name = 1; string model_version = 2; string id = 3;
        map<string, InferParameter> parameters = 4;
        repeated ModelInferRequest.InferInputTensor inputs = 5;
        repeated ModelInferRequest.InferRequestedOutputTensor outputs = 6;
        repeated bytes raw_input_contents = 7;
    """,
    "ModelInferRequest.InferInputTensor": """
        string name = 1; string datatype = 2; repeated int64 shape = 3;
        map<string, InferParameter> parameters = 4; InferTensorContents contents = 5;
    """,
    "ModelInferRequest.InferRequestedOutputTensor": """
        string name = 1; map<string, InferParameter> parameters = 2;
    """,
    "ModelInferResponse": """
        string model_name = 1; string model_version = 2; string id = 3;
        map<string, InferParameter> parameters = 4;
        repeated ModelInferResponse.InferOutputTensor outputs = 5;
        repeated bytes raw_output_contents = 6;
    """,
    "ModelInferResponse.InferOutputTensor": """
        string name = 1; string datatype = 2; repeated int64 shape = 3;
        map<string, InferParameter> parameters = 4; InferTensorContents contents = 5;
    """,
    "ModelStreamInferResponse": """
        string error_message = 1; ModelInferResponse infer_response = 2;
    """,
}
ONE_OF = {"InferParameter": "parameter_choice"}

FIELD = re.compile(r"(repeated |map<string, )?([\w.]+)>? (\w+) = (\d+);")
_Field = descriptor_pb2.FieldDescriptorProto


def _describe(name: str, fields: str) -> Any:
    """The description of one message, with a message of its own for each map."""
    message = descriptor_pb2.DescriptorProto(name=name.rpartition(".")[2])
    if name in ONE_OF:
        message.oneof_decl.add(name=ONE_OF[name])
    for prefix, kind, field_name, number in FIELD.findall(fields):
        label = _Field.LABEL_REPEATED if prefix else _Field.LABEL_OPTIONAL
        field = message.field.add(name=field_name, number=int(number), label=label)
        if name in ONE_OF:
            field.oneof_index = 0
        if prefix.startswith("map"):
            entry = "".join(word.title() for word in field_name.split("_")) + "Entry"
            pair = _describe(entry, f"string key = 1; {kind} value = 2;")
            pair.options.map_entry = True
            message.nested_type.append(pair)
            kind = f"{name}.{entry}"  # noqa: PLW2901
        if kind[0].isupper():
            field.type, field.type_name = _Field.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
        else:
            field.type = _Field.Type.Value(f"TYPE_{kind.upper()}")
    return message


def _classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="argosy/open_inference.proto", package=PACKAGE, syntax="proto3"
    )
    outer: dict[str, Any] = {}
    for name, fields in MESSAGES.items():
        message = _describe(name, fields)
        parent = name.rpartition(".")[0]
        (outer[parent].nested_type if parent else file.message_type).append(message)
        if not parent:
            outer[name] = file.message_type[-1]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.{name}"))
        for name in MESSAGES
    }


CLASSES = _classes()
"""By their names; nested ones as ``ModelInferResponse.InferOutputTensor``."""


def message(name: str, data: bytes) -> Any:
    """Of the bytes that came. Raises `Problem` 400."""
    try:
        return CLASSES[name].FromString(data)
    except DecodeError:
        raise Problem(400, f"the message is no {name}") from None
