"""What the runner of a replica is told, made from its revision. No I/O.

Every platform tells the same; where things lie and listen is the platform's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from argosy.stack.revision import Revision
from argosy_runner import settings as runner

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
)


@dataclass(frozen=True)
class Whereabouts:
    """Where one replica finds things, as it sees them; addresses as in `argosy_runner.settings`."""

    listen: str
    grpc_listen: str
    python: str
    code: str | None
    weights: str | None
    serve_at: str | None = None
    log_file: str | None = None
    termination_log: str | None = None


def settings(
    revision: Revision, where: Whereabouts, replica: str = "", env: Mapping[str, str] | None = None
) -> runner.Settings:
    """Of one ``replica``, by its name. ``env`` are the platform's variables for the model."""
    model = revision.model
    threads = thread_variables(model.resources.cpus, model.workers)
    batch = model.batch
    return runner.Settings(
        model=model.name,
        revision=f"r{revision.number}",
        replica=replica,
        listen=where.listen,
        grpc_listen=where.grpc_listen,
        python=where.python,
        engine=model.engine,
        code=where.code,
        weights=where.weights,
        weights_local=True,  # the stack file knows no other
        options=dict(model.options),
        trust=model.trust,
        command=model.command,
        serve_at=where.serve_at,
        workers=model.workers,
        batch=runner.Batch(batch.max_size, batch.max_delay) if batch else None,
        queue=model.queue,
        max_body=model.max_body,
        traces=model.traces or "",
        timeout=model.timeout,
        start_timeout=model.start_timeout,
        drain=model.drain,
        env={**threads, **(env or {}), **model.env},
        memory=model.resources.memory,
        log_file=where.log_file,
        termination_log=where.termination_log,
    )


def thread_variables(cpus: float | None, workers: int) -> dict[str, str]:
    """Numerical libraries start a thread per CPU of the machine unless they are told otherwise."""
    if cpus is None:
        return {}
    threads = str(max(1, math.ceil(cpus) // workers))
    return dict.fromkeys(THREAD_VARIABLES, threads)
