"""How a model's first revision gets the traffic. Pure, as all of `reconcile` is."""

from __future__ import annotations

from collections.abc import Iterator

from argosy.plan.state import ObservedModel, Target
from argosy.plan.steps import Ask, GiveUp, Serve, Step


def take_over_first(name: str, target: Target, model: ObservedModel) -> Iterator[Step]:
    """It is ready, and compared with nothing: it is asked, and must be as good as the file says.

    Where that says nothing it serves meanwhile.
    """
    revision, probe = target.revision, target.model.probe
    assert probe
    first = model.revisions[revision.number].first
    if first is not None and first.state == "refused":
        yield GiveUp(subject=name, cause=first.said, revision=revision)
        return
    if first is None:
        wanted = "" if probe.accuracy is None else f", accuracy {probe.accuracy:g} wanted"
        later = f"; {target.proof}" if target.proof else ""
        yield Ask(subject=name, cause=f"{probe.suite.name}{wanted}{later}", revision=revision)
    if probe.accuracy is None or (first is not None and first.state == "accepted"):
        yield Serve(subject=name, cause="its replicas are ready", revision=revision, before=None)
