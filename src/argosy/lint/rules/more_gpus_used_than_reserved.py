"""A model is spread over more GPUs than it gets

Its tensor-parallel size is above the number of GPUs that are reserved.

Why:
    The engine ends at the start: it cannot place its workers.

Example:
    command: --model org/model --tensor-parallel-size 2
    # count: 1

Instead:
    # count: 2

Source:
    vLLM documentation, parallelism: tensor × pipeline parallel sizes is the number of GPUs.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.amounts import whole
from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI213"
SEVERITY = "error"
FIX = "unsafe"

_TENSOR = ("--tensor-parallel-size", "-tp", "--tp-size", "--tp", "--num-shard")
_PIPELINE = ("--pipeline-parallel-size", "-pp", "--pp-size")


def check(project: Project) -> Iterator[Finding]:
    """Services whose GPUs are counted, and models of stack files."""
    for service in project.services:
        found, count = parallel(service), service.gpu_count
        if found is not None and isinstance(count, int) and 0 < count < found[0]:
            yield Finding(
                found[1],
                f"`{service.name}` uses {found[0]} GPUs, and {count} "
                f"{'is' if count == 1 else 'are'} reserved",
                f"Reserve {found[0]} (`count: {found[0]}`), or spread it over {count}.",
                service.name,
                fix=_fix(service, found[0]),
            )
    for model in project.models:
        value = model.value.below(("options", "tensor-parallel-size"))
        told = whole(value.text) if value is not None else None
        if value is not None and told is not None and 0 < model.gpu_count < told:
            what = f"`{model.name}` uses {told} GPUs, and {model.gpu_count} are reserved"
            yield Finding(model.value_at(value), what, f"Set `resources.gpus: {told}`.", model.name)


def parallel(service: Service) -> tuple[int, At] | None:
    """Over how many GPUs a model is spread, and where that is said."""
    if service.engine not in ("vllm", "sglang", "tgi", "aphrodite", "lmdeploy"):
        return None
    tensor, pipeline = service.command.flag(*_TENSOR), service.command.flag(*_PIPELINE)
    if tensor is None and pipeline is None:
        shards = whole(service.variable("NUM_SHARD")) if service.engine == "tgi" else None
        found = service.environment.get("NUM_SHARD")
        return (shards, found.at) if shards is not None and found else None
    told = [whole(one.value) for one in (tensor, pipeline) if one is not None]
    counts = [one for one in told if one is not None]
    at = (tensor or pipeline).at  # type: ignore[union-attr]
    product = 1
    for count in counts:
        product *= count
    return (product, at) if counts else None


def _fix(service: Service, wanted: int) -> tuple[Edit, ...]:
    devices = service.value.below(("deploy", "resources", "reservations", "devices"))
    counts = (
        [one.mapping["count"] for one in devices.items if "count" in one.mapping] if devices else []
    )
    if len(counts) != 1 or counts[0].shared:
        return ()
    return replaced(service.value_at(counts[0]), str(wanted))
