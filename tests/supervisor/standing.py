"""A platform whose replicas a test has started itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from argosy.platforms.platform import Replica
from argosy.platforms.process import ProcessPlatform


class Standing(ProcessPlatform):
    """Replicas that are there already, or come and go from one look to the next."""

    replicas: Sequence[Replica] = ()
    then: Iterator[Sequence[Replica]] = iter(())

    def observe(self) -> Sequence[Replica]:
        self.replicas = next(self.then, self.replicas)
        return self.replicas
