"""What was measured or declared about services: rules that need it are silent without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ServiceFacts:
    """Of one service. Times in seconds, memory in bytes; None where nobody has said."""

    cold_start: float | None = None
    drain: float | None = None
    memory_p99: int | None = None


@dataclass(frozen=True)
class Facts:
    """``driver`` is the branch of NVIDIA's driver where it will run (580). ``services`` by name.

    ``everywhere`` holds for services of which nothing else is said.
    """

    driver: int | None = None
    compute_capability: float | None = None
    everywhere: ServiceFacts = ServiceFacts()
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)

    def of(self, name: str) -> ServiceFacts:
        """What is known of a service."""
        own = self.services.get(name, self.everywhere)
        known = self.everywhere
        return ServiceFacts(
            known.cold_start if own.cold_start is None else own.cold_start,
            known.drain if own.drain is None else own.drain,
            known.memory_p99 if own.memory_p99 is None else own.memory_p99,
        )


@dataclass(frozen=True)
class Thresholds:
    """Where a rule begins to speak. Sizes in bytes, shares from 0 to 1."""

    small_weights: int = 100_000_000
    large_path: int = 100_000_000
    gpu_memory_warning: float = 0.90
    gpu_memory_error: float = 0.95
    memory_headroom: float = 1.2
    cold_start_headroom: float = 2.0
    drain: float = 30.0
