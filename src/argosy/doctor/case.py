"""The case: the stack in question, and what several checks build on. No I/O here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from argosy.doctor.daemon import Daemon
from argosy.doctor.nvidia import Nvidia
from argosy.stack.model import Stack


@dataclass(frozen=True)
class Case:
    """``stack`` is None where only the machine is asked. ``pull`` allows pulling one image.

    ``online`` allows asking the network.
    """

    stack: Stack | None
    daemon: Daemon
    nvidia: Nvidia
    online: bool = False
    pull: bool = False

    @property
    def uses_docker(self) -> bool:
        """Whether the stack's replicas are containers."""
        return self.stack is not None and self.stack.platform == "compose"

    @property
    def uses_gpu(self) -> bool:
        """Whether a model of the stack computes on a GPU."""
        models = self.stack.models if self.stack else ()
        return any(
            model.resources.uses_gpu or str(model.options.get("device", "")).startswith("cuda")
            for model in models
        )


# In the order of the report: a group, and whether the case needs what it is about.
GROUPS: Mapping[str, Callable[[Case], bool]] = {
    "machine": lambda _: True,
    "docker": lambda case: case.uses_docker,
    "gpus": lambda case: case.uses_gpu,
    "gpus in containers": lambda case: case.uses_docker and case.uses_gpu,
    "network": lambda _: True,
    "stack": lambda _: True,
}
