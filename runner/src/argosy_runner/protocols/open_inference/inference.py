"""What REST and gRPC share: which model is asked, whether it is ready, and asking it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from argosy_runner.calls import LEAST_URGENT, Terms
from argosy_runner.problems import Problem, not_ready
from argosy_runner.protocols.open_inference.graphs import Graph
from argosy_runner.protocols.open_inference.models import Adapter, Metadata
from argosy_runner.protocols.open_inference.tensors import Tensor
from argosy_runner.protocols.open_inference.values import Rows
from argosy_runner.protocols.open_inference.vectors import Texts
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values

if TYPE_CHECKING:
    from argosy_runner.calls import Asker, Method, Stream
    from argosy_runner.replica import Replica

EXTENSIONS = ("binary_tensor_data",)
OURS = {
    "binary_data_output", "timeout", "priority", "sequence_id", "sequence_start", "sequence_end",
    "triton_enable_empty_final_response",
}  # fmt: skip
"""Parameters of requests that the protocol itself reads; all others are echoed."""
ASKED = ("predict", "embed")


@dataclass(frozen=True)
class Inquiry:
    """One request. ``wanted`` are the names of outputs, none for all."""

    id: str
    inputs: Sequence[Tensor]
    wanted: Sequence[str]
    parameters: dict[str, Any]

    @property
    def echoed(self) -> dict[str, Any]:
        """The parameters that go back to the client."""
        return {name: value for name, value in self.parameters.items() if name not in OURS}


class Inference:
    """One replica, as a server of this protocol that has one model."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self.name = replica.settings.model
        self.version = replica.settings.revision.removeprefix("r")
        self._batcher = replica.batcher
        self._methods: dict[str, Method] = {}
        self._adapters: dict[str, Adapter] = {}

    @property
    def server(self) -> dict[str, Any]:
        """What server this is."""
        from importlib.metadata import version  # noqa: PLC0415  costs a start 8 ms

        return {
            "name": "argosy",
            "version": version("argosy-runner"),
            "extensions": list(EXTENSIONS),
        }

    def find(self, name: str, wanted_version: str = "") -> None:
        """Raises `Problem` 404 unless it is this replica's model, and version."""
        if name != self.name:
            raise Problem(404, f"no model {name!r}; this is {self.name!r}")
        if wanted_version not in {"", self.version}:
            raise Problem(
                404, f"{name} has no version {wanted_version!r}; this is {self.version!r}"
            )

    def metadata(self) -> dict[str, Any]:
        """Of the model. Raises `Problem` 503 before it has loaded."""
        found = self._adapter(streams=False, strict=False)
        return {
            "name": self.name,
            "versions": [self.version],
            "platform": self.replica.settings.engine,
            "inputs": [_told(each) for each in found.inputs],
            "outputs": [_told(each) for each in found.outputs],
        }

    async def infer(self, inquiry: Inquiry, asker: Asker) -> Sequence[Tensor]:
        """The wanted outputs. Raises `Problem`, and `ClientGone`."""
        adapter = self._adapter()
        payloads = adapter.payloads(inquiry.inputs)
        if payloads:
            call, done = self._batcher.submit(adapter.method, payloads, _as_told(inquiry, asker))
            wrong = await done
            if wrong is not None:
                raise _misfit(wrong)
            outputs = adapter.results(call.answers)
        else:
            outputs = adapter.results([])
        return pick(outputs, inquiry.wanted) if inquiry.wanted else outputs

    @property
    def streams(self) -> bool:
        """Whether the model answers piece by piece."""
        return "stream" in self._batcher.methods

    def open(self, inquiry: Inquiry, asker: Asker) -> Stream:
        """The stream that answers. Raises `Problem`."""
        adapter = self._adapter(streams=True)
        payloads = adapter.payloads(inquiry.inputs)
        if len(payloads) != 1:
            raise Problem(400, f"a stream takes one row, not {len(payloads)}")
        return self._batcher.open(adapter.method, payloads[0], _as_told(inquiry, asker))

    def piece(self, inquiry: Inquiry, piece: bytes) -> Sequence[Tensor]:
        """The wanted outputs of one piece of a stream."""
        outputs = self._adapter(streams=True).results([piece])
        return pick(outputs, inquiry.wanted) if inquiry.wanted else outputs

    def _adapter(self, *, streams: bool = False, strict: bool = True) -> Adapter:
        """Raises `Problem` 503 before a model has loaded, and 400 for one without such a method."""
        if (refusal := self.replica.refuse()) is not None:
            raise refusal
        methods = self._batcher.methods
        if methods is not self._methods:
            self._methods = methods
            self._adapters = {}
        names = ("stream",) if streams else (*ASKED, *(() if strict else ("stream",)))
        for name in names:
            if name in self._adapters:
                return self._adapters[name]
            if name in methods:
                found = self._adapters[name] = adapter(methods[name], self.replica.documentation)
                return found
        had = ", ".join(methods)
        if "stream" in methods:
            raise Problem(
                400, f"{self.name} answers piece by piece: ask ModelStreamInfer over gRPC"
            )
        raise Problem(400, f"{self.name} takes no tensors: its model has {had}; see /v1/…")


def adapter(method: Method, documentation: dict[str, Any]) -> Adapter:
    """The one that fits the method's signature. ``documentation`` is what the worker told."""
    signature = method.signature
    if isinstance(signature, Tensors):
        return Graph(method, signature)
    if isinstance(signature, Values):
        told = documentation.get("methods", {}).get(method.name, {})
        return Rows(method, signature, told.get("returns", "any"))
    return Texts(method)


def refuse_unserved(what: str, parameters: dict[str, Any]) -> None:
    """What would change the meaning of a tensor, and is not served. Raises `Problem` 400."""
    for name in ("shared_memory_region", "classification"):
        if parameters.get(name):
            raise Problem(400, f"{what}: {name} is not served")


def pick(outputs: Sequence[Tensor], wanted: Sequence[str]) -> list[Tensor]:
    """Those of these names, in their order. Raises `Problem` 400 for one that there is not."""
    found = {output.name: output for output in outputs}
    picked = []
    for at, name in enumerate(wanted):
        if name not in found:
            raise Problem(400, f"no output {name!r}; there is {', '.join(found)}")
        if name in wanted[:at]:
            raise Problem(400, f"output {name!r} is asked for twice")
        picked.append(found[name])
    return picked


def _as_told(inquiry: Inquiry, asker: Asker) -> Asker:
    """With what the request says itself: ``timeout``, and Triton's ``priority``, 1 the first.

    Raises `Problem` 400.
    """
    if not inquiry.parameters:
        return asker
    limit, urgency = asker.limit, asker.urgency
    if microseconds := _whole_number(inquiry, "timeout", "a number of microseconds"):
        limit = min(microseconds / 1e6, limit or math.inf)
    if priority := _whole_number(inquiry, "priority", "1 for the most urgent, 2, 3 …"):
        urgency = min(priority - 1, LEAST_URGENT)
    return Terms(asker.receive, limit, asker.caller, urgency)


def _whole_number(inquiry: Inquiry, name: str, what: str) -> int:
    """A parameter of a request; 0 without it."""
    told = inquiry.parameters.get(name, 0)
    if not isinstance(told, int) or isinstance(told, bool) or told < 0:
        raise Problem(400, f"{name} is {what}, not {told!r}")
    return told


def _misfit(error: Exception) -> Exception:
    """This protocol has no 422."""
    if isinstance(error, Problem) and error.status == 422:
        return Problem(400, error.detail)
    return error


def _told(metadata: Metadata) -> dict[str, Any]:
    return {
        "name": metadata.name,
        "datatype": metadata.datatype,
        "shape": list(metadata.shape),
    }


def ready_or_why(replica: Replica) -> None:
    """Raises `Problem` 503."""
    if not replica.ready:
        raise not_ready(replica.reason or replica.state)
