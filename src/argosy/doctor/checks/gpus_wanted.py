"""Whether the GPUs that the stack asks for are there, by number and by name."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.doctor.case import Case
from argosy.doctor.nvidia import Nvidia
from argosy.doctor.result import Result
from argosy.stack.model import Model

GROUP = "gpus"

NAME = "GPUs of the stack"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    return judge(case.stack.models if case.stack else (), case.nvidia)


def judge(models: Sequence[Model], nvidia: Nvidia) -> list[Result]:
    """Nothing where none is asked for, or the driver tells of none, which is said elsewhere."""
    using = [model for model in models if model.resources.uses_gpu]
    if not using or not nvidia.works:
        return []
    here = (
        {gpu.index for gpu in nvidia.gpus} | {gpu.uuid for gpu in nvidia.gpus} | {*nvidia.devices}
    )
    results = []
    for model in using:
        absent = [name for name in model.resources.gpu_devices if name not in here]
        if absent:
            why = (
                f"models.{model.name}.resources.gpu_devices names what this machine does not have."
            )
            found = f"{model.name}: there is no GPU {', '.join(absent)}"
            results.append(Result(NAME, "failure", found, why, "nvidia-smi -L"))
        elif model.resources.gpus > len(nvidia.gpus):
            found = (
                f"{model.name}: {model.resources.gpus} are asked for, {len(nvidia.gpus)} are here"
            )
            mend = f"Lower models.{model.name}.resources.gpus."
            results.append(Result(NAME, "failure", found, mend=mend))
    return results or [_together(using, len(nvidia.gpus))]


def _together(models: Sequence[Model], count: int) -> Result:
    wanted = sum(
        model.replicas * (len(model.resources.gpu_devices) or model.resources.gpus)
        for model in models
    )
    found = f"{wanted} asked for, {count} here"
    if wanted > count:
        why = "Replicas share GPUs, and their memory; what does not fit fails when it loads."
        mend = "Lower replicas, or say by gpu_devices who shares with whom."
        return Result(NAME, "warning", found, why, mend)
    return Result(NAME, "ok", found)
