"""Keys that are made and revoked while the gateway runs, which is told of it by somebody else."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from argosy.errors import ArgosyError, UsageError
from argosy.gateway.routing import Routing
from argosy.keys.key import WantedKey
from argosy.stack.model import Gateway, Rate, Stack
from argosy.supervisor.enforced_keys import EnforcedKeys
from argosy.supervisor.keyring import Keyring
from argosy.supervisor.store import Store
from argosy.supervisor.watching import Watching

ROUTING = Routing("desk", Gateway())
LIMITED = WantedKey("slow", rate=Rate(3, 3600))


@dataclass
class Desk:
    """A stack's keys, and what its gateway has acknowledged."""

    store: Store
    keyring: Keyring
    watching: Watching = field(default_factory=Watching)
    published: Routing | None = None
    changes: int = 0

    @property
    def keys(self) -> EnforcedKeys:
        return EnforcedKeys(
            self.store, self.keyring, lambda: self.published, self.watching.looks, self._change
        )

    def publish(self) -> None:
        self.published = replace(ROUTING, keys=self.keyring.concerning())
        self.watching.tell()

    def _change(self) -> None:
        self.changes += 1


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with closing(Store(tmp_path / "state.sqlite")) as store:
        yield Desk(store, Keyring(store, tmp_path))


def issuer(token: str) -> str:
    body = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["iss"])


async def test_a_key_is_for_the_stack_that_runs_whatever_the_file_is_called_now(desk: Desk) -> None:
    assert issuer((await desk.keys.create(WantedKey("first"), "bench")).token) == "argosy:bench"
    desk.store.declare(Stack("desk", Path("/desk/argosy.yaml"), ()), up=True)
    assert issuer((await desk.keys.create(WantedKey("ci"), "bench")).token) == "argosy:desk"
    assert desk.changes == 2


async def test_a_rate_of_its_own_holds_before_the_key_is_given_away(desk: Desk) -> None:
    desk.publish()
    creating = asyncio.ensure_future(desk.keys.create(LIMITED, "desk"))
    await asyncio.sleep(0)
    desk.watching.tell()  # of something else
    await asyncio.sleep(0)
    assert not creating.done()
    desk.publish()
    assert (await creating).key.rate == LIMITED.rate


async def test_a_key_whose_rate_is_not_taken_in_time_opens_nothing(desk: Desk) -> None:
    desk.publish()
    with pytest.raises(ArgosyError, match=r"no key was made: .* its rate within 0 s.*argosy ps"):
        await desk.keys.create(LIMITED, "desk", seconds=0.01)
    (key,) = desk.keyring.known()
    assert key.revoked_at is not None
    assert desk.changes == 2


async def test_a_key_with_a_rate_needs_no_gateway_that_runs(desk: Desk) -> None:
    assert (await desk.keys.create(LIMITED, "desk")).key.rate == LIMITED.rate


async def test_a_key_is_revoked_once_the_gateway_has_taken_it(desk: Desk) -> None:
    issued = await desk.keys.create(WantedKey("ci"), "desk")
    desk.publish()
    revoking = asyncio.ensure_future(desk.keys.revoke("ci"))
    await asyncio.sleep(0)
    desk.watching.tell()  # of something else
    await asyncio.sleep(0)
    assert not revoking.done()
    desk.publish()
    revoked = await revoking
    assert (revoked.id, revoked.revoked_at is None) == (issued.key.id, False)


async def test_nobody_is_waited_for_where_no_gateway_runs(desk: Desk) -> None:
    await desk.keys.create(WantedKey("ci"), "desk")
    assert (await desk.keys.revoke("ci")).revoked_at
    with pytest.raises(UsageError, match="no such key"):
        await desk.keys.revoke("ci")


async def test_a_key_that_ended_long_ago_is_none_that_a_gateway_would_take(desk: Desk) -> None:
    issued = await desk.keys.create(WantedKey("ci"), "desk")
    desk.store.put_key(replace(issued.key, expires_at=1.0))
    desk.publish()
    assert (await desk.keys.revoke(issued.key.id)).revoked_at


async def test_a_gateway_that_does_not_take_it_in_time_is_told_of(desk: Desk) -> None:
    await desk.keys.create(WantedKey("ci"), "desk")
    desk.publish()
    with pytest.raises(ArgosyError, match=r"has not taken that within 0 s.*argosy ps"):
        await desk.keys.revoke("ci", seconds=0.01)
