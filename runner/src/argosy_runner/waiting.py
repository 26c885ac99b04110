"""The queue of a replica: in turn, whole requests where they fit into a frame. No I/O here.

A request of more rows than a frame holds goes to the end of the queue with its rest, so that it
does not keep smaller ones waiting for all of it. Once more waits than a frame holds, callers take
turns.
"""

from __future__ import annotations

from collections import deque

from argosy_runner.calls import USUAL, Call, Method, Row
from argosy_runner.problems import Problem
from argosy_runner.turns import Arrivals, Turns

LONGEST_FRAME = 256 * 1024 * 1024
MOST_SKIPPED = 64


class Waiting:
    """Calls in the order in which they came, or in turns; before them rows that are tried again."""

    def __init__(self) -> None:
        self.rows = 0
        self._calls: Arrivals | Turns = Arrivals()
        self._caller: object = None
        self._mixed = False
        self._again: deque[Row] = deque()

    def __bool__(self) -> bool:
        return bool(self._calls or self._again)

    def add(self, call: Call) -> None:
        """One more, at the end."""
        self.rows += len(call.payloads)
        asker = call.asker
        if asker.caller != self._caller or asker.urgency != USUAL:
            self._mixed = self._mixed or bool(self._calls) or asker.urgency != USUAL
            self._caller = asker.caller
        self._calls.append(call)

    def make_room(self, newcomer: Call, rows: int, problem: Problem) -> bool:
        """Whether so many rows of the caller with most of them were refused in its favour."""
        if not self._mixed and newcomer.asker.caller == self._caller:
            return False
        freed = self._take_turns().make_room(newcomer, rows, problem)
        self.rows -= freed
        return freed >= rows

    def try_again(self, rows: list[Row], *, alone: bool) -> None:
        """What a worker had is next, in the same order."""
        for row in reversed(rows):
            row.alone = alone
            self._again.appendleft(row)
        self.rows += len(rows)

    @property
    def next(self) -> tuple[Method, float, bool]:
        """Of what is next: its method, when it came, and whether it goes alone. Not when empty."""
        if self._again:
            row = self._again[0]
            return row.call.method, row.call.arrived, row.alone
        call = self._calls.first
        return call.method, call.arrived, False

    def take(self, most: int) -> list[Row]:
        """The rows of the next frame, at most ``most``; empty when nobody waits for them."""
        self._drop_done()
        if self._again:
            return self._take_again(most)
        if self._mixed and self.rows > most:
            self._take_turns()
        rows = self._take_calls(most)
        if self._mixed and not self._calls:
            self._calls = Arrivals()
            self._mixed = False
        return rows

    def fail_all(self, problem: Problem) -> None:
        """Nothing that waits can be computed."""
        for row in self._again:
            row.call.refuse(problem)
        for line in self._calls.lines():
            for call in line:
                call.refuse(problem)
        self._again.clear()
        self._calls = Arrivals()
        self.rows = 0

    def since(self, moment: float) -> list[Call]:
        """The calls that came before this moment of the monotonic clock."""
        found = [row.call for row in self._again if row.call.arrived < moment]
        for line in self._calls.lines():
            for call in line:
                if call.arrived >= moment and not call.taken:
                    break
                found.append(call)
        return found

    def overdue(self, now: float) -> list[Call]:
        """Those next in the queue whose time to begin is over."""
        found = []
        for line in self._calls.lines():
            for call in line:
                if now <= call.deadline:
                    break
                if not call.taken:
                    found.append(call)
        return found

    def renew(self, deadline: float) -> None:
        """What waits may wait until then, where its caller has no limit of its own."""
        calls = [call for line in self._calls.lines() for call in line]
        for call in (*(row.call for row in self._again), *calls):
            if call.limit is None:
                call.deadline = deadline

    def _take_turns(self) -> Turns:
        """From now on, until nobody waits."""
        if not isinstance(self._calls, Turns):
            self._calls = Turns(self._calls)
            self._mixed = True
        return self._calls

    def _drop_done(self) -> None:
        """What has failed already, or whose client has left, is not computed."""
        while self._again and self._again[0].call.done.done():
            self._again.popleft()
            self.rows -= 1
        while self._calls and self._calls.first.done.done():
            call = self._calls.popleft()
            self.rows -= len(call.payloads) - call.taken

    def _take_again(self, most: int) -> list[Row]:
        rows: list[Row] = []
        count = 0
        while self._again:
            row = self._again[0]
            first = rows[0] if rows else row
            fits = count + row.payload.rows <= most and _together(first, row)
            if rows and (row.alone or first.alone or not fits):
                break
            count += row.payload.rows
            rows.append(self._again.popleft())
        self.rows -= len(rows)
        return rows

    def _take_calls(self, most: int) -> list[Row]:
        rows: list[Row] = []
        skipped: list[Call] = []
        count = size = 0
        method: Method | None = None
        group: object = None
        calls = self._calls
        while calls and count < most and len(skipped) < MOST_SKIPPED:
            call = calls.popleft()
            payloads = call.payloads
            if call.done.done():
                self.rows -= len(payloads) - call.taken
                continue
            payload = payloads[call.taken]
            if rows:
                if (
                    call.method is not method
                    or payload.group != group
                    or size + payload.size > LONGEST_FRAME
                    or _breaks(call, most, count)
                ):
                    skipped.append(call)
                    continue
            else:
                method, group = call.method, payload.group
            if len(payloads) == 1:  # the usual case
                call.taken = 1
                self.rows -= 1
                rows.append(Row(call, 0))
                count += payload.rows
                size += payload.size
                continue
            taken = _fitting(call, most - count, LONGEST_FRAME - size)
            rows += [Row(call, at) for at in range(call.taken, taken)]
            count += sum(payload.rows for payload in payloads[call.taken : taken])
            size += sum(payload.size for payload in payloads[call.taken : taken])
            self.rows -= taken - call.taken
            call.taken = taken
            if taken < len(payloads):
                calls.rest(call)
                break
        if skipped:
            calls.give_back(skipped)
        return rows


def _fitting(call: Call, room: int, bytes_left: int) -> int:
    """How far into a call its payloads fit together: one goes in any case."""
    payloads, at = call.payloads, call.taken
    group = payloads[at].group
    while at < len(payloads):
        payload = payloads[at]
        room -= payload.rows
        bytes_left -= payload.size
        fits = room >= 0 and bytes_left >= 0 and payload.group == group
        if not fits and at > call.taken:
            break
        at += 1
    return at


def _together(first: Row, row: Row) -> bool:
    return row.call.method is first.call.method and row.payload.group == first.payload.group


def _breaks(call: Call, most: int, count: int) -> bool:
    """Whether a call that fits into one frame would be cut in two."""
    if len(call.payloads) == 1:
        return count + call.payloads[0].rows > most
    if len(call.payloads) - call.taken > most:
        return False
    whole = sum(payload.rows for payload in call.payloads[call.taken :])
    return count + whole > most and whole <= most
