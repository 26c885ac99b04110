"""Clusters that no route names any more, while requests may still be bound for them. No I/O.

A request chooses its revision when its headers have come, and may then wait for its own body, as
below ``/v1/``. Its revision may be gone by the time it is sent on, so the cluster of that revision
stays for as long as a request may take to arrive, and leads to the replicas that answer now.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from argosy.gateway.resources import revisions
from argosy.gateway.resources.entries import Resource
from argosy.gateway.resources.snapshot import Snapshot
from argosy.gateway.routing import Routing

LONGEST_ARRIVAL = 600.0  # seconds; the listener gives no request longer


@dataclass
class Former:
    """Remembers until when each is kept, in seconds of the clock that ``now`` is read from."""

    _until: dict[str, float] = field(default_factory=dict)

    def keep(self, before: Snapshot, routing: Routing, wanted: Snapshot, now: float) -> Snapshot:
        """``wanted``, and the clusters of ``before`` that requests may still be bound for.

        Those of a model that is no longer routed are not kept: nobody could answer.
        """
        heirs = {route.model: route for route in routing.routes}
        clusters, endpoints = dict(wanted.clusters), dict(wanted.endpoints)
        until: dict[str, float] = {}
        for name, cluster in before.clusters.items():
            model, kind = revisions.model_and_kind(name)
            heir = revisions.heir(heirs[model], kind) if model in heirs else None
            deadline = self._until.get(name, now + LONGEST_ARRIVAL)
            if name in wanted.clusters or heir is None or deadline < now:
                continue
            until[name] = deadline
            clusters[name] = cluster
            endpoints[name] = _named(name, wanted.endpoints[heir])
        self._until = until
        return replace(wanted, clusters=clusters, endpoints=endpoints)


def _named(name: str, endpoints: Resource) -> Resource:
    return {**endpoints, "cluster_name": name}
