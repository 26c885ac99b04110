"""The supervisor: one loop that observes, plans and applies, and the only writer of the state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from argosy import find, platforms
from argosy.errors import ArgosyError, UsageError
from argosy.gateway.gateway import Gateway
from argosy.plan.apply import STOP_GATEWAY_SECONDS, apply
from argosy.plan.reconcile import Plan, reconcile
from argosy.plan.state import Observed
from argosy.platforms.platform import Platform
from argosy.stack.model import Stack
from argosy.supervisor import metrics, preflight
from argosy.supervisor.declare import Declared, declare
from argosy.supervisor.enforced_keys import EnforcedKeys
from argosy.supervisor.keyring import Keyring
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.records import Records
from argosy.supervisor.rollouts.changes import Changes
from argosy.supervisor.rollouts.commands import RolloutCommands
from argosy.supervisor.rollouts.dips import Dips
from argosy.supervisor.rollouts.guarding import Guarding
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.rollouts.reporting import Reports
from argosy.supervisor.rollouts.stored import Decided
from argosy.supervisor.status import Hosted, StackStatus, model_statuses
from argosy.supervisor.store import open_store
from argosy.supervisor.watching import Watching
from argosy.supervisor.world import World

SOCKET = "supervisor"  # in the run folder, where the API listens
RETRY_SECONDS = 1.0  # after a step that failed
IDLE_SECONDS = 60.0
LOOK_SECONDS = 5.0
log = logging.getLogger("argosy.supervisor")


class Supervisor:
    """Owns one stack. `run` is the loop; the other public methods are what the API calls."""

    def __init__(self, file: Path, state: Path, run_folder: Path) -> None:
        self._state = state
        self._run_folder = run_folder
        self._changed = asyncio.Event()
        self._store = open_store(file, state)
        self._watching = Watching()
        self.keyring = Keyring(self._store, state)
        self.noise = NoiseFloors(self._store, state)
        self._reports = Reports(self._store, state, self.noise)
        self.rollouts = RolloutCommands(self._store, self._reports.begin)
        self._changes = Changes(
            self._store,
            self.rollouts,
            self.noise,
            Dips(self._store, lambda: self._world.observed(), state),  # noqa: PLW0108  may change
        )
        self._gateway = Gateway(
            run_folder,
            state / "gateway.log",
            self._changed.set,
            metrics_socket=run_folder / SOCKET,
        )
        self.keys = EnforcedKeys(
            self._store,
            self.keyring,
            lambda: self._gateway.observe().published,
            self._watching.looks,
            self._changed.set,
        )
        self._guarding = Guarding(
            self._store,
            self._gateway,
            lambda: self._platform.measured(),  # noqa: PLW0108  the platform may change
            self._changed.set,
        )
        declared = self._store.declared()
        self._stand_on(self._made_platform(declared[0].platform if declared else "process"))
        if declared:
            self._platform.declare(declared[0])
        self._declaring = asyncio.Lock()
        self._adopted = asyncio.Event()
        self._generation = 0
        self._last_plan = Plan()
        self._measured: set[tuple[str, float]] = set()
        self._due: asyncio.TimerHandle | None = None
        self._problem = ""
        self._told_down = False
        self._finished = False

    async def run(self) -> None:
        """Adopt what runs, then keep it as declared; returns once the stack is down.

        When cancelled, all that runs runs on.
        """
        await self._adopt()
        if not self._world.desired().up:  # an interrupted `down` may have left it
            await self._gateway.stop(STOP_GATEWAY_SECONDS)
        self._changed.set()
        asyncio.get_running_loop().call_later(IDLE_SECONDS, self._end_if_idle)
        try:
            while not self._finished:
                await self._changed.wait()
                self._changed.clear()
                await self._turn()
                self._adopted.set()
                self._watching.tell()
        finally:
            self._watching.end()
            await self._guarding.stop()
            await self._records.stop()
            await self._reports.stop()
            await self._platform.detach()
            await self._gateway.close()
            self._store.close()

    async def up(self, stack: Stack, *, allow_downtime: bool = False) -> int:
        """Make the stack what the file says; returns the generation whose settling to wait for.

        Only where downtime is allowed may a revision stop before the next one can answer. Raises
        `ArgosyError`, and then nothing has changed.
        """
        await self._adopted.wait()
        try:
            async with self._declaring:
                await self._change_platform(stack)
                preflight.check_gateway(stack.gateway, self._run_folder)
                preflight.check_issuers(stack.gateway, self.keyring.trust)
                preflight.check_redis(stack)
                preflight.check_gpus(stack)
                find.writable_home()
                declared = await self._declare(stack)
                dips = await self._changes.check(stack, declared, allow_downtime=allow_downtime)
                await asyncio.to_thread(kept_suites.keep, stack, self._state)
                self._changes.accept(stack, declared, dips)
                self._platform.declare(stack)
                self._told_down = False
        except ArgosyError:
            self._finished = not self._world.desired().up
            self._changed.set()
            raise
        return self._advance()

    async def plan(self, stack: Stack) -> Plan:
        """What `up` would do, without doing it. Environments are resolved, nothing is built."""
        await self._adopted.wait()
        async with self._declaring:
            declared = await self._declare(stack)
        return await self._changes.plan(stack, declared, self._world.observed())

    async def restart(self, models: Collection[str], *, allow_downtime: bool = False) -> int:
        """Give the models a new revision of the same content, beside the old until it is ready."""
        stack = self._declared_stack(models)
        chosen = models or {model.name for model in stack.models}
        async with self._declaring:
            self._changes.restart(stack, chosen, allow_downtime=allow_downtime)
        return self._advance()

    async def restart_gateway(self) -> int:
        """Have another Envoy take the place of the running one; streams go on."""
        await self._adopted.wait()
        if self._gateway.observe().published is None:
            raise ArgosyError("the gateway does not run", next_step="Bring the stack up first.")
        await self._gateway.replace()
        return self._advance()

    async def scale(self, replicas: dict[str, int]) -> int:
        """Have so many replicas of each model, until the next `up`."""
        self._declared_stack(replicas)
        for model, number in replicas.items():
            self._store.set_replicas(model, number)
        return self._advance()

    async def roll(self, model: str, what: Decided) -> int:
        """Pause, resume, promote or abort the rollout of a model."""
        await self._adopted.wait()
        getattr(self.rollouts, what)(model)
        return self._advance()

    async def back(
        self, model: str, number: int | None, *, allow_downtime: bool = False
    ) -> tuple[int, int]:
        """Have a kept revision serve again; returns which, too."""
        await self._adopted.wait()
        stack = self._declared_stack([model])
        chosen = self._changes.back(stack, model, number, allow_downtime=allow_downtime)
        return self._advance(), chosen

    async def down(self) -> int:
        """Stop everything; `run` returns when it is done."""
        await self._adopted.wait()
        self._store.set_up(up=False)
        self._told_down = True
        return self._advance()

    async def look_around(self) -> None:
        """Return once it has been seen what runs, or that cannot be seen."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._adopted.wait(), LOOK_SECONDS)

    def status(self) -> StackStatus:
        """The stack as it is now."""
        desired, observed = self._world.desired(), self._world.observed(measure=True)
        rollouts = self._world.rollouts()
        models = tuple(
            replace(one, was_rolled_back=self._world.was_rolled_back(one.name, one.target))
            for one in model_statuses(desired, observed, self._records.activities, rollouts)
        )
        declared = self._store.declared()
        desired_platform = declared[0].platform if declared else "process"
        companions = self._platform.companions()
        under_way = (
            self._changed.is_set()
            or companions.are_made
            or bool(reconcile(desired, observed))
            or any(model.is_under_way for model in models)
        )
        return StackStatus(
            name=desired.name,
            file=str(declared[0].file) if declared else "",
            up=desired.up,
            url=desired.gateway.url,
            generation=self._generation,
            settled=not under_way,
            problem=self._problem,
            gateway=self._gateway.observe(),
            models=models,
            supervisor_pid=os.getpid(),
            platform=desired_platform,
            companions=companions.failed,
        )

    async def metrics(self) -> str:
        """Of the gateway and of every replica, in Prometheus' text form."""
        return await metrics.text(self._gateway, self._world.replicas())

    async def watch(self) -> AsyncGenerator[StackStatus]:
        """The status now, and again after each change until the supervisor ends."""
        async with aclosing(self._watching.looks()) as changes:
            async for _ in changes:
                yield self.status()

    async def host(self, model: str, number: int) -> AsyncGenerator[Hosted]:
        """See `Guests.host`; ends with the supervisor."""
        await self._adopted.wait()
        async with aclosing(
            self._records.guests.host(model, number, self._watching.looks())
        ) as told:
            async for one in told:
                yield one

    async def _turn(self) -> None:
        desired, observed = self._world.desired(), self._world.observed()
        self._record_cold_starts(observed)
        declared = self._store.declared()
        if declared:
            self._records.probes.attend(desired, observed, declared[0].folder)
        plan = reconcile(desired, observed)
        if plan and plan != self._last_plan:
            log.info("plan:\n%s", plan)
        try:
            await apply(plan, self._platform, self._gateway, self._records)
        except ArgosyError as error:
            log.error("a step failed: %s", error)  # noqa: TRY400  the sentence says it all
            self._try_again(str(error))
            return
        except Exception as error:
            log.exception("a step failed by a fault of Argosy's own")
            self._try_again(f"a fault of Argosy's own: {error!r}; see supervisor.log")
            return
        self._problem = ""
        if plan and plan != self._last_plan:
            self._changed.set()
        self._last_plan = plan
        self._wake_when_due()
        self._guarding.start()
        if not desired.up and not plan and not self._platform.observe():
            await self._clear_platform()
            models = declared[0].models if declared else ()
            self._store.forget_serving(but={one.name for one in models if one.is_proven})
            self._finished = self._finished or self._told_down

    def _made_platform(self, word: str) -> Platform:
        return platforms.named(word)(
            self._run_folder, self._state, self._changed.set, self._cold_starts
        )

    def _cold_starts(self, model_name: str) -> list[float]:
        return [one.total for one in self._store.cold_starts(model_name)]

    def _stand_on(self, platform: Platform) -> None:
        self._platform = platform
        self._records = Records(
            self._store,
            platform,
            self._state,
            self._changed.set,
            self._gateway.recordings,
            self._reports.begin,
        )
        self._world = World(self._store, platform, self._gateway, self._records, self.keyring)

    async def _adopt(self) -> None:
        """Until it can be done: what the platform needs may be away for a while."""
        while True:
            try:
                await self._platform.adopt(one.revision for one in self._store.revisions())
                return
            except ArgosyError as error:
                log.warning("what runs cannot be seen: %s", error)
                self._problem = str(error)
                self._watching.tell()
                await asyncio.sleep(RETRY_SECONDS)

    async def _change_platform(self, stack: Stack) -> None:
        """Raises `UsageError` while something runs on another, `ArgosyError` if it is not there."""
        declared = self._store.declared()
        before = declared[0].platform if declared else "process"
        if stack.platform == before:
            return
        if self._world.desired().up or self._platform.observe():
            raise UsageError(
                f"the stack runs on the platform {before}, and the file says {stack.platform}",
                next_step="Run `argosy down` first, then `argosy up`.",
            )
        platform = self._made_platform(stack.platform)
        platform.declare(stack)
        await platform.adopt(one.revision for one in self._store.revisions())
        await self._platform.detach()
        self._stand_on(platform)
        self._store.prepare_again()

    async def _clear_platform(self) -> None:
        try:
            await self._platform.clear()
        except ArgosyError as error:
            log.warning("not all could be cleared away: %s", error)

    def _try_again(self, problem: str) -> None:
        self._problem = problem
        asyncio.get_running_loop().call_later(RETRY_SECONDS, self._changed.set)

    async def _declare(self, stack: Stack) -> list[Declared]:
        try:
            return await declare(stack, self._state, self._store, self._records.say)
        finally:
            for model in stack.models:
                self._records.say(model.name, "")

    def _advance(self) -> int:
        self._generation += 1
        self._changed.set()
        return self._generation

    def _end_if_idle(self) -> None:
        """Nobody has asked for anything, and nothing is to run."""
        if not self._generation and not self._world.desired().up:
            self._finished = True
            self._changed.set()

    def _wake_when_due(self) -> None:
        """A share of the traffic that is held for long enough is no event of its own."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        if (wait := self._world.until_due()) is not None:
            self._due = asyncio.get_running_loop().call_later(wait, self._changed.set)

    def _record_cold_starts(self, observed: Observed) -> None:
        for model in observed.models.values():
            for revision in model.revisions.values():
                for replica in revision.ready:
                    key = (replica.name, replica.started_at)
                    if replica.cold_start and key not in self._measured:
                        self._measured.add(key)
                        self._store.add_cold_start(
                            replica.model, replica.revision, replica.cold_start
                        )

    def _declared_stack(self, names: Collection[str]) -> Stack:
        declared = self._store.declared()
        if declared is None:
            raise UsageError("nothing is declared yet", next_step="Run `argosy up` first.")
        known = [model.name for model in declared[0].models]
        for name in names:
            if name not in known:
                raise UsageError(
                    f"no model is named {name!r}", next_step=f"The models are: {', '.join(known)}."
                )
        return declared[0]
