"""The gateway as the supervisor sees it: told a routing, it makes Envoy serve it, always."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from argosy.errors import CannotStart, GatewayError
from argosy.gateway import metrics, ports, rotated_log
from argosy.gateway.ads import AdsServer
from argosy.gateway.envoy import Envoy
from argosy.gateway.routing import GatewayState, Places, Routing, host_and_port
from argosy.gateway.snapshot import Snapshot, snapshot

ACCEPT_SECONDS = 20.0
LISTEN_POLL = 0.01
STEADY_SECONDS = 10.0  # an Envoy that ran so long starts again without back-off
FIRST_BACK_OFF = 0.1
LONGEST_BACK_OFF = 10.0
FINISHING_POLL = 0.25
LONGEST_FINISHING = 300.0  # longer than an idle connection is kept
LOG_CHECK_SECONDS = 5.0
LARGEST_ACCESS_LOG = 50 << 20
OLD_ACCESS_LOGS = 3


class Gateway:
    """One Envoy, kept running. Only the owner of the stack calls this, from one event loop.

    ``on_change`` is called, and must not block, whenever `observe` would tell something new.
    ``concurrency`` is Envoy's number of worker threads; half of the processors when not given.
    Whoever listens on ``metrics_socket`` answers ``/metrics`` where the routing wants it. The
    access log lies beside ``log_file``.
    """

    def __init__(
        self,
        run_folder: Path,
        log_file: Path,
        on_change: Callable[[], None],
        *,
        concurrency: int | None = None,
        metrics_socket: Path | None = None,
    ) -> None:
        threads = concurrency or max(1, len(os.sched_getaffinity(0)) // 2)
        self._run_folder = run_folder
        access_log = log_file.with_name("access.log")
        self._places = Places(str(access_log), str(metrics_socket or ""))
        self._access_log = access_log
        self._envoy = Envoy(run_folder, log_file, threads)
        self._ads = AdsServer(self._envoy.control_socket)
        self._on_change = on_change
        self._observed = GatewayState()
        self._listen = ""
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
                await self._offer(self._snapshot(routing), routing.listen)
                adopted = await self._adopt()
                if not adopted:
                    self._check_free(routing.listen)
                await self._ads.start()
                await (self._live() if adopted else self._start())
            except BaseException as error:
                await self._ads.close()
                self._now(state="failed", pid=None, reason=str(error))
                raise
            self._now(state="serving", pid=self._envoy.pid, published=routing)
            self._keep_on()
        if adopted and self._envoy.is_outdated:
            await self.replace()

    async def replace(self) -> None:
        """Have another Envoy take the place of the running one, and lose nothing.

        It is given the listening sockets; the one before it finishes its requests and streams, for
        an hour at most. One that is still at that is waited for, until its last connection is
        closed. Raises `GatewayError` when that takes too long, and when the next one does not come
        to serve: the one before serves on.
        """
        port = host_and_port(self._listen)[1]
        deadline = time.monotonic() + LONGEST_FINISHING
        while self._envoy.is_finishing(port):
            if time.monotonic() > deadline:
                what = "streams of the Envoy that was replaced last still run"
                raise GatewayError(what, next_step="Try again when they have ended.")
            await asyncio.sleep(FINISHING_POLL)
        async with self._publishing:
            await self._replace()

    async def publish(self, routing: Routing) -> None:
        """Make Envoy serve ``routing``; returns when it has accepted all of it.

        New clusters and endpoints come first, then routes and the listener, and clusters that are
        not needed any more go last. Raises `GatewayError` with Envoy's reason when it refuses; it
        then keeps, and is offered again, what was published before.
        """
        async with self._publishing:
            before, wanted = self._ads.offered, self._snapshot(routing)
            moves = before.listeners != wanted.listeners
            try:
                if moves:
                    await self._make_room(routing.listen)
                await self._accept(_with_clusters_of(before, wanted), routing.listen)
                await self._accept(wanted, routing.listen)
                if moves:
                    await _answering(routing.listen, wanted=True)
            except GatewayError:
                if published := self._observed.published:
                    await self._offer(self._snapshot(published), published.listen)
                raise
            self._now(listen=routing.listen, published=routing)

    async def stop(self, grace: float) -> None:
        """Take no new requests, let those in flight finish for ``grace`` seconds, end Envoy.

        Works as well on an Envoy that an earlier supervisor left behind.
        """
        await self._let_go()
        if self._envoy.pid or await self._envoy.adopt():
            await self._envoy.drain(grace)
            await self._envoy.end()
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
        await self._ads.close()

    async def stats(self) -> str:
        """Envoy's metrics in Prometheus's text form. Raises `GatewayError` without an answer."""
        return await self._envoy.admin("GET", f"/stats/prometheus?filter={metrics.ASKED}")

    async def rotate_logs(self, largest_access_log: int = LARGEST_ACCESS_LOG) -> None:
        """Put aside what has grown large; lines that Envoy still holds go to the file put aside."""
        self._envoy.rotate_log()
        if rotated_log.is_due(self._access_log, largest_access_log):
            rotated_log.rotate(self._access_log, OLD_ACCESS_LOGS)
            with contextlib.suppress(GatewayError):  # it has ended: the next one opens a new file
                await self._envoy.admin("POST", "/reopen_logs")

    def _snapshot(self, routing: Routing) -> Snapshot:
        return snapshot(routing, self._places)

    async def _make_room(self, listen: str) -> None:
        """See that ``listen`` is free; our own listener may hold its port at another address."""
        self._check_free(listen)
        held = self._listen
        if host_and_port(listen)[1] == host_and_port(held)[1]:
            await self._accept(replace(self._ads.offered, listeners={}), listen)
            await _answering(held, wanted=False)

    async def _accept(self, offered: Snapshot, listen: str) -> None:
        await self._offer(offered, listen)
        await self._accepted()

    async def _offer(self, offered: Snapshot, listen: str) -> None:
        self._listen = listen
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
        await _answering(self._listen, wanted=True)

    def _check_free(self, listen: str) -> None:
        try:
            ports.check_free(listen, ours=self._run_folder)
        except CannotStart as error:
            raise GatewayError(error.what, next_step=error.next_step) from error

    def _keep_on(self) -> None:
        """Watch over the Envoy that serves, and the one that leaves."""
        self._keeper = asyncio.create_task(self._keep())
        leaving = asyncio.create_task(self._envoy.left())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _stop_keeping(self) -> None:
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    async def _let_go(self) -> None:
        await self._stop_keeping()
        for leaving in self._leaving:
            leaving.cancel()
        await asyncio.gather(*self._leaving, return_exceptions=True)

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


def _back_off(failures: int) -> float:
    return min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF) if failures else 0.0


async def _answering(listen: str, *, wanted: bool) -> None:
    """Envoy's threads open and close the port a moment after the listener was accepted."""
    deadline = time.monotonic() + ACCEPT_SECONDS
    while await _answers(listen) != wanted:
        if time.monotonic() > deadline:
            raise GatewayError(f"Envoy does not {'open' if wanted else 'close'} {listen}")
        await asyncio.sleep(LISTEN_POLL)


async def _answers(listen: str) -> bool:
    host, port = host_and_port(listen)
    try:
        _, writer = await asyncio.open_connection(host, port)  # "every address" means this machine
    except OSError:
        return False
    # A port that nobody listens on can be connected with itself, when it is drawn as one's own.
    itself = writer.get_extra_info("sockname") == writer.get_extra_info("peername")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return not itself
