"""What must be so before anything starts: said in one line, instead of found out half-way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from argosy import certificates, scorers
from argosy.errors import ArgosyError, CannotStart
from argosy.gateway import ports
from argosy.gateway.routing import addresses
from argosy.keys.trust import Trust
from argosy.platforms import memory
from argosy.probe import suite as suites
from argosy.rollout import sample_size
from argosy.rollout.gate import Gate, refusals
from argosy.rollout.noise import Noise
from argosy.stack.model import Gateway, Model, Stack
from argosy.stack.revision import Revision
from argosy.supervisor.declare import Declared

NVIDIA = Path("/dev/nvidiactl")  # there as soon as the driver is


def check_gateway(gateway: Gateway, run_folder: Path) -> None:
    """Raises `CannotStart` for an address that is taken, `CertificateError` for bad files."""
    for key, address in addresses(gateway).items():
        ports.check_free(address, ours=run_folder, key=key)
    if gateway.tls:
        certificates.read(gateway.tls.certificate, gateway.tls.key)


def check_memory(
    declared: Sequence[Declared],
    given_back: int = 0,
    available: Callable[[], int | None] = memory.available,
) -> None:
    """Raises `CannotStart` if the replicas to be started may use more memory than is available.

    ``given_back``: the bytes of what stops before they start.
    """
    starting = [one for one in declared if one.cause]
    needed = sum(memory.needed(one.revision.model, one.replicas) for one in starting)
    found = available()
    if found is not None and needed > found + given_back:
        count = sum(one.replicas for one in starting)
        raise CannotStart(
            f"not enough memory: {count} replicas to start may use {memory.show(needed)}, "
            f"{memory.show(found + given_back)} is available",
            next_step="Lower resources.memory or replicas, or stop something.",
        )


def check_guest(revision: Revision, stack: Stack) -> None:
    """Raises `CannotStart` if one replica more, of this revision, cannot run beside the others."""
    model = revision.model
    needed, available = memory.needed(model, 1), memory.available()
    if available is not None and needed > available:
        raise CannotStart(
            f"not enough memory: a replica of r{revision.number} beside what runs may use"
            f" {memory.show(needed)}, {memory.show(available)} is available",
            where=model.name,
            next_step=f"Stop something, or ask what serves: `argosy probe {model.name}`.",
        )
    check_gpus(replace(stack, models=(model,)))


def check_issuers(gateway: Gateway, trust: Trust) -> None:
    """Raises `CannotStart` if nothing here can tell who an outside issuer is."""
    secure = [issuer for issuer in gateway.issuers if issuer.jwks.startswith("https:")]
    if secure and not trust.authorities:
        raise CannotStart(
            "this machine has no file of certificates by which to know an address",
            where=secure[0].jwks,
            next_step="Install ca-certificates, or name such a file in SSL_CERT_FILE.",
        )


def check_gpus(stack: Stack) -> None:
    """Raises `CannotStart` where models want GPUs and this machine has none: no silent CPU.

    Of containers Docker says it itself.
    """
    wanting = [model.name for model in stack.models if model.resources.uses_gpu]
    if wanting and stack.platform == "process" and not NVIDIA.exists():
        raise CannotStart(
            "resources.gpus asks for a GPU, and this machine has no NVIDIA driver",
            where=wanting[0],
            next_step="`argosy doctor` looks closer; without `gpus` the model computes on the CPU.",
        )


def check_redis(stack: Stack) -> None:
    """Raises `CannotStart` where the file names a Redis and its library is not installed."""
    if stack.gateway.redis is not None and find_spec("redis") is None:
        raise CannotStart(
            "gateway.redis needs the Python package redis, which is not installed",
            next_step="Run `pip install 'argosy[redis]'`, or leave the key out.",
        )


def check_suites(stack: Stack) -> dict[str, suites.Suite]:
    """The suites of all models that have one. Raises `SuiteError` with the mistakes of the first
    that has any, and `ArgosyError` where a scorer lacks something.
    """
    found = {}
    for model in stack.models:
        if probe := model.probe:
            scorer = scorers.named(probe.scorer.name, probe.scorer.options, stack.folder)
            found[model.name] = suites.read(probe.suite, scorer)
    return found


def check_gate(model: Model, suite: suites.Suite, noise: Noise | None = None) -> str:
    """What the gate asks, in words, with what an A/A run has shown of it.

    Raises `ArgosyError` for one that no revision can ever pass.
    """
    settings = model.rollout
    if refused := _refusals(model, suite):
        raise ArgosyError(" ".join(refused), where=f"models.{model.name}.rollout")
    if settings.gate == "point":
        return f"{len(suite.items)} items, margin {settings.margin:g} on the suite itself"
    fewest = sample_size.fewest(settings.margin, settings.confidence, settings.test)
    needs = f"needs {fewest} at least"
    if noise is not None:
        number = f"about {noise.needed}" if noise.needed else "more than there are"
        needs += f", {number} where {100 * noise.share:.3g} % differ by chance"
        if noise.hides_margin:
            needs += ": the margin is below this noise floor"
    return f"{len(suite.items)} items, margin {settings.margin:g} ({needs})"


def foretold(model: Model, suite: suites.Suite) -> str:
    """Why no revision after the first can pass the gate; empty if one can."""
    refused = _refusals(model, suite)
    return f"no next revision can pass: {' '.join(refused)}" if refused else ""


def _refusals(model: Model, suite: suites.Suite) -> Sequence[str]:
    tags = Counter(tag for item in suite.items for tag in item.tags)
    return refusals(Gate.of(model.rollout), len(suite.items), tags)
