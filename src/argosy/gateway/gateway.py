"""The gateway as the supervisor sees it: told a routing, it makes Envoy serve it, always."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from argosy.errors import CannotStart, CertificateError, GatewayError
from argosy.gateway import listening, machine, ports, rotated_log
from argosy.gateway.ads import AdsServer
from argosy.gateway.certificate_files import CertificateFiles
from argosy.gateway.envoy import Envoy
from argosy.gateway.former import Former
from argosy.gateway.recordings import Recordings
from argosy.gateway.resources import counting, tls
from argosy.gateway.resources.ceilings import Ceilings, ceilings
from argosy.gateway.resources.snapshot import Snapshot, snapshot
from argosy.gateway.routing import GatewayState, Places, Routing, host_and_port
from argosy.limits import process as limits_service
from argosy.limits.process import LimitService

ACCEPT_SECONDS = 20.0
STEADY_SECONDS = 10.0  # an Envoy that ran so long starts again without back-off
FIRST_BACK_OFF = 0.1
LONGEST_BACK_OFF = 10.0
FINISHING_POLL = 0.25
LONGEST_FINISHING = 300.0  # longer than an idle connection is kept
LOG_CHECK_SECONDS = 5.0
LARGEST_ACCESS_LOG = 50 << 20
OLD_ACCESS_LOGS = 3
CERTIFICATE_POLL = 1.0
log = logging.getLogger(__name__)


class Gateway:
    """One Envoy, kept running. Only the owner of the stack calls this, from one event loop.

    ``on_change`` is called, and must not block, whenever `observe` would tell something new.
    ``concurrency`` is Envoy's number of worker threads; half of the processors when not given.
    ``memory`` is how much the machine has; found out when not given. Whoever listens on
    ``metrics_socket`` answers ``/metrics`` where the routing wants it. The access log lies beside
    ``log_file``.
    """

    def __init__(
        self,
        run_folder: Path,
        log_file: Path,
        on_change: Callable[[], None],
        *,
        concurrency: int | None = None,
        memory: int | None = None,
        metrics_socket: Path | None = None,
    ) -> None:
        threads = concurrency or max(1, len(os.sched_getaffinity(0)) // 2)
        self._run_folder = run_folder
        self._memory = memory or machine.memory()
        self._access_log = log_file.with_name("access.log")
        self._places = Places(
            str(self._access_log),
            str(metrics_socket or ""),
            str(limits_service.socket(run_folder)),
        )
        self._envoy = Envoy(run_folder, log_file, threads)
        self.recordings = Recordings()
        self._ads = AdsServer(self._envoy.control_socket, self.recordings.handler())
        self._limits = LimitService(run_folder, log_file.with_name("limits.log"))
        self._on_change = on_change
        self._former = Former()
        self._observed = GatewayState()
        self._addresses: dict[str, str] = {}
        self._certificate = CertificateFiles()
        self._watcher: asyncio.Task[None] | None = None
        self._publishing = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    def observe(self) -> GatewayState:
        """What is so now."""
        return self._observed

    async def serve(self, routing: Routing) -> None:
        """Adopt the running Envoy or start one; returns when it listens and serves ``routing``.

        The routing must be complete: an adopted Envoy drops every model that is not in it.
        Raises `GatewayError` in one line, with nothing left running that was started here.
        """
        async with self._publishing:
            self._now(state="starting", listen=routing.listen, reason="")
            try:
                await self._count(routing)
                await self._offer(self._snapshot(routing), routing)
                self._envoy.most = self._ceilings(routing.gateway.max_connections)
                adopted = await self._adopt()
                if not adopted:
                    self._check_free(routing)
                await self._ads.start()
                if not adopted:
                    await self._limits.forget()
                await (self._live() if adopted else self._start())
            except BaseException as error:
                await self._ads.close()
                await self._limits.let_go()
                self._now(state="failed", pid=None, reason=str(error))
                raise
            warning = self._certificate.warning()
            self._now(state="serving", pid=self._envoy.pid, published=routing, warning=warning)
            self._keep_on()
            self._watcher = asyncio.create_task(self._watch_certificate())
        if adopted and self._envoy.is_outdated:
            await self.replace()

    async def replace(self) -> None:
        """Have another Envoy take the place of the running one, and lose nothing.

        It is given the listening sockets; the one before it finishes its requests and streams, for
        an hour at most. One that is still at that is waited for, until its last connection is
        closed. Raises `GatewayError` when that takes too long, and when the next one does not come
        to serve: the one before serves on.
        """
        ports_held = [host_and_port(address)[1] for address in self._addresses.values()]
        deadline = time.monotonic() + LONGEST_FINISHING
        while any(self._envoy.is_finishing(port) for port in ports_held):
            if time.monotonic() > deadline:
                what = "streams of the Envoy that was replaced last still run"
                raise GatewayError(what, next_step="Try again when they have ended.")
            await asyncio.sleep(FINISHING_POLL)
        async with self._publishing:
            await self._replace()

    async def publish(self, routing: Routing) -> None:
        """Make Envoy serve ``routing``; returns when it has accepted all of it.

        New clusters and endpoints come first, then routes and the listener, and clusters that no
        request can be bound for any more go last. Raises `GatewayError` with Envoy's reason when
        it refuses; it then keeps, and is offered again, what was published before.
        """
        async with self._publishing:
            before, wanted = self._ads.offered, self._snapshot(routing)
            moves = routing.addresses != self._addresses
            try:
                await self._count(routing)
                if moves:
                    await self._make_room(routing)
                await self._accept(_with_clusters_of(before, wanted), routing)
                kept = self._former.keep(before, routing, wanted, time.monotonic())
                await self._accept(kept, routing)
                if moves:
                    await listening.until_answering(routing.addresses.values(), wanted=True)
            except GatewayError:
                if published := self._observed.published:
                    await self._count(published)
                    await self._offer(self._snapshot(published), published)
                raise
            if counting.rules(routing) is None:
                await self._limits.end()
            self._envoy.most = self._ceilings(routing.gateway.max_connections)
            self._now(listen=routing.listen, published=routing, warning=self._certificate.warning())

    async def stop(self, grace: float) -> None:
        """Take no new requests, let those in flight finish for ``grace`` seconds, end Envoy.

        Works as well on an Envoy that an earlier supervisor left behind.
        """
        await self._let_go()
        if self._envoy.pid or await self._envoy.adopt():
            await self._envoy.drain(grace)
            await self._envoy.end()
        await self._limits.end()
        await self._ads.close()
        self._now(state="absent", pid=None, published=None)

    async def _adopt(self) -> bool:
        """Whether there is an Envoy to go on with; one that could not be replaced is ended."""
        if not await self._envoy.adopt():
            return False
        if self._envoy.is_outdated and not self._envoy.is_replaceable:
            await self._envoy.end()
            return False
        return True

    async def _replace(self) -> None:
        await self._stop_keeping()
        try:
            if self._envoy.pid is None:
                await self._start()
                return
            if not self._envoy.is_replaceable:
                raise GatewayError("this system's Envoy cannot be replaced while it runs")
            self._envoy.start_next()
            try:
                await self._live()
            except BaseException:
                await self._envoy.take_back()
                self._ads.expect(self._envoy.zone)
                raise
        finally:
            self._now(state="serving", pid=self._envoy.pid)
            self._keep_on()

    async def close(self) -> None:
        """Go away; Envoy stays, and serves what it was told last."""
        await self._let_go()
        await self._limits.let_go()
        await self._ads.close()

    async def stats(self, asked: str = "usedonly") -> str:
        """Envoy's metrics in Prometheus's text form; ``asked`` is the query of Envoy's interface.

        Raises `GatewayError` without an answer.
        """
        return await self._envoy.admin("GET", f"/stats/prometheus?{asked}")

    async def limits_stats(self) -> str:
        """The same of the service that counts for limits; empty where there is none."""
        return await self._limits.metrics()

    async def rotate_logs(self, largest_access_log: int = LARGEST_ACCESS_LOG) -> None:
        """Put aside what has grown large; lines that Envoy still holds go to the file put aside."""
        self._envoy.rotate_log()
        if rotated_log.is_due(self._access_log, largest_access_log):
            rotated_log.rotate(self._access_log, OLD_ACCESS_LOGS)
            with contextlib.suppress(GatewayError):  # it has ended: the next one opens a new file
                await self._envoy.admin("POST", "/reopen_logs")

    async def _count(self, routing: Routing) -> None:
        """Before Envoy asks, there must be who answers."""
        if rules := counting.rules(routing):
            await self._limits.count_by(rules)

    def _snapshot(self, routing: Routing) -> Snapshot:
        certificate = self._certificate.read(routing.gateway.tls)
        return snapshot(routing, self._places, certificate)

    async def _watch_certificate(self) -> None:
        """Give Envoy what the certificate's files have become, as soon as it can be used."""
        while True:
            await asyncio.sleep(CERTIFICATE_POLL)
            async with self._publishing:
                published = self._observed.published
                if published is None or not self._certificate.changed():
                    continue
                try:
                    secrets = tls.secrets(self._certificate.reread(published.gateway.tls))
                    await self._accept(replace(self._ads.offered, secrets=secrets), published)
                except (CertificateError, GatewayError) as error:
                    log.warning("the gateway keeps its certificate: %s", error)
                    self._now(warning=f"its certificate is the one before: {error}")
                else:
                    log.info("the gateway's certificate was read again")
                    self._now(warning=self._certificate.warning())

    async def _make_room(self, routing: Routing) -> None:
        """See that the addresses are free; our own listeners may hold their ports otherwise."""
        self._check_free(routing)
        held = self._addresses
        if listening.cross(held, routing.addresses):
            await self._accept(replace(self._ads.offered, listeners={}), routing)
            await listening.until_answering(held.values(), wanted=False)

    async def _accept(self, offered: Snapshot, routing: Routing) -> None:
        await self._offer(offered, routing)
        await self._accepted()

    async def _offer(self, offered: Snapshot, routing: Routing) -> None:
        self._addresses = routing.addresses
        await self._ads.offer(offered)

    async def _accepted(self) -> None:
        try:
            await asyncio.wait_for(self._ads.accepted(), ACCEPT_SECONDS)
        except TimeoutError:
            raise GatewayError(
                f"Envoy did not take its configuration within {ACCEPT_SECONDS:.0f} s"
            ) from None

    async def _keep(self) -> None:
        """Start Envoy again whenever it ends, at once at first, then ever more slowly."""
        failures = 0
        while True:
            began = time.monotonic()
            reason = await self._ended()
            await self._limits.forget()
            failures = 0 if time.monotonic() - began > STEADY_SECONDS else failures
            while True:
                restarts = self._observed.restarts + 1
                self._now(state="restarting", pid=None, reason=reason, restarts=restarts)
                await asyncio.sleep(_back_off(failures))
                failures += 1
                try:
                    await self._start()
                    break
                except GatewayError as error:
                    reason = str(error)
            self._now(state="serving", pid=self._envoy.pid)

    async def _ended(self) -> str:
        ended = asyncio.create_task(self._envoy.ended())
        try:
            while not ended.done():
                await asyncio.wait({ended}, timeout=LOG_CHECK_SECONDS)
                await self.rotate_logs()
            return await ended
        finally:
            ended.cancel()

    async def _start(self) -> None:
        """Start Envoy and wait until it serves; when it does not come to that, end it."""
        try:
            self._ads.forget()
            self._envoy.start()
            await self._live()
        except BaseException:
            await self._envoy.end()
            raise

    async def _live(self) -> None:
        """Wait until Envoy has accepted the offer and listens; fail as soon as it ends."""
        self._ads.expect(self._envoy.zone)
        serving = asyncio.create_task(self._accepted_and_listening())
        ended = asyncio.create_task(self._envoy.ended())
        try:
            await asyncio.wait({serving, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise GatewayError(await ended)
            await serving
        finally:
            for task in (serving, ended):
                task.cancel()
            await asyncio.gather(serving, ended, return_exceptions=True)

    async def _accepted_and_listening(self) -> None:
        await self._accepted()
        await listening.until_answering(self._addresses.values(), wanted=True)

    def _ceilings(self, max_connections: int | None) -> Ceilings:
        return ceilings(max_connections, machine.open_files(), self._memory)

    def _check_free(self, routing: Routing) -> None:
        try:
            for key, address in routing.addresses.items():
                ports.check_free(address, ours=self._run_folder, key=key)
        except CannotStart as error:
            raise GatewayError(error.what, next_step=error.next_step) from error

    def _keep_on(self) -> None:
        """Watch over the Envoy that serves, and the one that leaves."""
        self._keeper = asyncio.create_task(self._keep())
        leaving = asyncio.create_task(self._envoy.left())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _stop_keeping(self) -> None:
        await _cancelled(self._keeper)
        self._keeper = None

    async def _let_go(self) -> None:
        await self._stop_keeping()
        await _cancelled(self._watcher, *self._leaving)
        self._watcher = None

    def _now(self, **what: Any) -> None:
        changed = replace(self._observed, **what)
        if changed != self._observed:
            self._observed = changed
            self._on_change()


def _with_clusters_of(before: Snapshot, wanted: Snapshot) -> Snapshot:
    """``wanted``, and the clusters that only ``before`` has: its routes may still lead there."""
    return replace(
        wanted,
        clusters={**before.clusters, **wanted.clusters},
        endpoints={**before.endpoints, **wanted.endpoints},
    )


async def _cancelled(*tasks: asyncio.Task[None] | None) -> None:
    begun = [task for task in tasks if task]
    for task in begun:
        task.cancel()
    await asyncio.gather(*begun, return_exceptions=True)


def _back_off(failures: int) -> float:
    return min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF) if failures else 0.0
