"""Whose call is next: in the order in which they came, or callers in turn. No I/O here.

Turns are fair queueing, counted in rows (Demers, Keshav, Shenker: Analysis and Simulation of a Fair
Queueing Algorithm, SIGCOMM 1989): who will have had fewest after its next piece goes first, so that
one who asks for little does not wait for lists, and who comes anew begins at what each would have
had by now if all were served evenly, so that nobody waits for ever, however many come.
Among the calls of one caller the most urgent goes first: nobody gains on others by calling
everything urgent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush

from argosy_runner.calls import Call
from argosy_runner.problems import Problem

MOST_REMEMBERED = 1000


class Arrivals(deque[Call]):
    """Calls in the order in which they came."""

    @property
    def first(self) -> Call:
        """What `popleft` would give. Not when empty."""
        return self[0]

    def give_back(self, calls: Iterable[Call]) -> None:
        """These were taken out last, in this order, and stay what is next."""
        self.extendleft(reversed(list(calls)))

    def rest(self, call: Call) -> None:
        """What is left of a long call, which was taken out, lets the others go before it."""
        self.append(call)

    def lines(self) -> Iterator[Iterable[Call]]:
        """All of them, in sequences of which each is in order of arrival but for rests."""
        yield self


class Turns:
    """Calls of several callers, or of different urgency."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._lines: dict[object, _Line] = {}
        self._order: list[tuple[float, int, _Line]] = []  # a heap; a line's latest entry is valid
        self._entries = 0
        self._waiting = 0  # callers
        self._even = 0.0  # what each would have had
        for call in calls:
            self.append(call)

    def __bool__(self) -> bool:
        return self._waiting > 0

    def append(self, call: Call) -> None:
        """One more."""
        caller = call.asker.caller
        line = self._lines.get(caller)
        if line is None:
            self._forget_the_even()
            line = self._lines[caller] = _Line()
        if not line.rows:
            line.had = max(line.had, self._even)
        line.of(call).append(call)
        self._came(line, call)
        if line.next is call:
            self._enter(line)

    def popleft(self) -> Call:
        """What is next; its caller has had its rows then. Raises `IndexError` when empty."""
        line = self._next
        heappop(self._order)
        call = line.calls[line.most_urgent].popleft()
        if not call.done.done():
            line.had += _rows(call)
            self._even += _rows(call) / self._waiting
        self._went(line, call)
        self._enter(line)
        return call

    @property
    def first(self) -> Call:
        """What `popleft` would give. Not when empty."""
        return self._next.next

    def give_back(self, calls: Iterable[Call]) -> None:
        """These were taken out last, in this order, and stay what is next."""
        for call in reversed(list(calls)):
            line = self._lines[call.asker.caller]
            line.of(call).appendleft(call)
            self._came(line, call)
            self._refund(line, call)

    def rest(self, call: Call) -> None:
        """What is left of a long call, which was taken out, lets the others go before it."""
        line = self._lines[call.asker.caller]
        line.of(call).append(call)
        self._came(line, call)
        self._refund(line, call)

    def lines(self) -> Iterator[Iterable[Call]]:
        """All of them, in sequences of which each is in order of arrival but for rests."""
        for line in self._lines.values():
            yield from line.calls.values()

    def make_room(self, newcomer: Call, rows: int, problem: Problem) -> int:
        """Refuse the last calls of whoever has most waiting; how many rows that freed.

        None, unless that caller still has no fewer than the newcomer's would have.
        """
        own = self._lines.get(newcomer.asker.caller)
        longest = max(self._lines.values(), key=lambda line: line.rows)
        wanted = len(newcomer.payloads) + (own.rows if own is not None else 0)
        if longest is own or longest.rows - rows < wanted:
            return 0
        freed = 0
        while freed < rows and longest.rows:
            call = longest.calls[max(longest.calls)].pop()
            freed += _rows(call)
            self._went(longest, call)
            call.refuse(problem)
        self._enter(longest)
        return freed

    @property
    def _next(self) -> _Line:
        order = self._order
        while order[0][1] != order[0][2].entry:
            heappop(order)
        return order[0][2]

    def _enter(self, line: _Line) -> None:
        """Into the order, anew wherever what it has had changed; out of it when it is empty."""
        line.entry = 0
        if line.rows:
            self._entries += 1
            line.entry = self._entries
            due = line.had + min(_rows(line.next), line.next.method.rows)
            heappush(self._order, (due, self._entries, line))

    def _came(self, line: _Line, call: Call) -> None:
        self._waiting += not line.rows
        line.rows += _rows(call)

    def _refund(self, line: _Line, call: Call) -> None:
        line.had -= _rows(call)
        self._even -= _rows(call) / self._waiting
        self._enter(line)

    def _went(self, line: _Line, call: Call) -> None:
        line.rows -= _rows(call)
        self._waiting -= not line.rows
        if not line.of(call):
            del line.calls[call.asker.urgency]

    def _forget_the_even(self) -> None:
        """Those who wait for nothing and have had no more than the others."""
        if len(self._lines) >= MOST_REMEMBERED:
            self._lines = {
                caller: line
                for caller, line in self._lines.items()
                if line.rows or line.had > self._even
            }


class _Line:
    """One caller's calls by urgency; ``rows`` of them wait, ``had`` is what it has had."""

    __slots__ = ("calls", "entry", "had", "rows")

    def __init__(self) -> None:
        self.calls: dict[int, deque[Call]] = {}
        self.rows = 0
        self.had = 0.0
        self.entry = 0

    @property
    def most_urgent(self) -> int:
        return min(self.calls)

    @property
    def next(self) -> Call:
        """Not when it is empty."""
        return self.calls[self.most_urgent][0]

    def of(self, call: Call) -> deque[Call]:
        """The calls of the same urgency as this."""
        return self.calls.setdefault(call.asker.urgency, deque())


def _rows(call: Call) -> int:
    return len(call.payloads) - call.taken
