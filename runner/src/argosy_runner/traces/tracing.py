"""What a replica needs to trace: put together once, at its start."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from argosy_runner.traces.batcher import TracedBatcher
from argosy_runner.traces.export import Exporter
from argosy_runner.traces.requests import Application, Traced

if TYPE_CHECKING:
    from argosy_runner.metrics import Metrics
    from argosy_runner.settings import Settings


class Tracing:
    """Of one replica; its spans go to ``settings.traces``."""

    def __init__(self, settings: Settings) -> None:
        self.exporter = Exporter(
            settings.traces,
            {
                "service.name": settings.model,
                "service.version": settings.revision,
                "service.instance.id": settings.name,
                "process.pid": os.getpid(),
            },
        )

    def batcher(self, settings: Settings, metrics: Metrics) -> TracedBatcher:
        """In place of a `Batcher`."""
        metrics.spans = self.exporter.counts
        return TracedBatcher(settings, metrics, self.exporter.take)

    def around(self, application: Application) -> Traced:
        """The application, its requests traced."""
        return Traced(application, self.exporter.take)

    def interceptors(self) -> tuple[Any, ...]:
        """The same for gRPC; imported only where that is spoken."""
        from argosy_runner.traces.grpc_calls import Interceptor  # noqa: PLC0415

        return (Interceptor(self.exporter.take),)

    def close(self) -> None:
        """Send what there is."""
        self.exporter.close()
