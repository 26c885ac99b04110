"""Messages of gRPC to inquiries, and tensors to messages. No I/O here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.inference import Inquiry, refuse_unserved
from argosy_runner.protocols.open_inference.messages import CLASSES
from argosy_runner.protocols.open_inference.tensors import (
    DATATYPES,
    Tensor,
    check,
    from_raw,
    from_values,
    wrong,
)

if TYPE_CHECKING:
    from argosy_runner.protocols.open_inference.inference import Inference

FIELDS = {
    "BOOL": "bool_contents", "INT8": "int_contents", "INT16": "int_contents",
    "INT32": "int_contents", "INT64": "int64_contents", "UINT8": "uint_contents",
    "UINT16": "uint_contents", "UINT32": "uint_contents", "UINT64": "uint64_contents",
    "FP32": "fp32_contents", "FP64": "fp64_contents", "BYTES": "bytes_contents",
}  # fmt: skip
"""Of `InferTensorContents`, by datatype. FP16 and BF16 have none."""

Response = CLASSES["ModelInferResponse"]
Output = CLASSES["ModelInferResponse.InferOutputTensor"]


def inquiry_of(request: Any) -> Inquiry:
    """Of a ModelInferRequest. Raises `Problem` 400."""
    raws, inputs = request.raw_input_contents, request.inputs
    if raws and len(raws) != len(inputs):
        raise Problem(400, f"{len(raws)} raw_input_contents for {len(inputs)} inputs")
    tensors = []
    for at, each in enumerate(inputs):
        if each.parameters:
            refuse_unserved(f"input {each.name!r}", parameters_of(each))
        if not raws:
            tensors.append(_typed(each))
        elif each.HasField("contents"):
            raise wrong(each.name, "it has contents, and there are raw_input_contents too")
        else:
            tensors.append(from_raw(each.name, each.datatype, list(each.shape), raws[at]))
    wanted = []
    for each in request.outputs:
        if each.parameters:
            refuse_unserved(f"output {each.name!r}", parameters_of(each))
        wanted.append(each.name)
    return Inquiry(request.id, tensors, wanted, parameters_of(request))


def response_of(inference: Inference, inquiry: Inquiry, outputs: Sequence[Tensor]) -> Any:
    """The ModelInferResponse."""
    response = Response(
        model_name=inference.name,
        model_version=inference.version,
        id=inquiry.id,
        outputs=[
            Output(name=output.name, datatype=output.datatype, shape=output.shape)
            for output in outputs
        ],
        raw_output_contents=[bytes(output.raw) for output in outputs],
    )
    if inquiry.parameters:
        for name, value in inquiry.echoed.items():
            set_parameter(response, name, value)
    return response


def parameters_of(message: Any) -> dict[str, Any]:
    """Those that have a value."""
    found = {}
    for name, parameter in message.parameters.items():
        choice = parameter.WhichOneof("parameter_choice")
        if choice is not None:
            found[name] = getattr(parameter, choice)
    return found


def set_parameter(message: Any, name: str, value: Any) -> None:
    """In the field of its type."""
    parameter = message.parameters[name]
    if isinstance(value, bool):
        parameter.bool_param = value
    elif isinstance(value, str):
        parameter.string_param = value
    elif isinstance(value, float):
        parameter.double_param = value
    elif value >= 2**63:
        parameter.uint64_param = value
    else:
        parameter.int64_param = value


def _typed(each: Any) -> Tensor:
    """An input whose elements stand in the field of its type. Raises `Problem` 400."""
    name, datatype, shape = each.name, each.datatype, list(each.shape)
    check(name, datatype, shape)
    field = FIELDS.get(datatype)
    if field is None:
        raise wrong(name, f"{datatype} goes in raw_input_contents")
    given = [descriptor.name for descriptor, _ in each.contents.ListFields()]
    if given not in ([], [field]):
        raise wrong(name, f"{datatype} stands in {field}, not in {', '.join(given)}")
    tensor = from_values(name, datatype, shape, list(getattr(each.contents, field)))
    if DATATYPES[datatype] in {"int8", "int16", "uint8", "uint16"}:
        tensor.raw  # noqa: B018  its numbers are checked: their field takes larger ones
    return tensor
