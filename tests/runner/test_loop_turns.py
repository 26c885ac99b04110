from __future__ import annotations

import asyncio
import itertools
import socket
from dataclasses import dataclass, field

from argosy_runner.loop_turns import FEW, SHARE, SHORT, Inbox, LoopTurns, Outbox, Pace
from argosy_runner.one_write import OneWrite
from tests.runner.conftest import Start


@dataclass
class Worker:
    seconds_per_frame: float = 0.0


@dataclass
class Connection:
    name: str
    seen: list[tuple[str, bytes]]
    held: bytes = b""

    def read(self, data: bytes) -> None:
        self.seen.append((self.name, data))


@dataclass
class Arrivals:
    """What an inbox has had read, of how many connections."""

    inbox: Inbox
    seen: list[tuple[str, bytes]] = field(default_factory=list)

    def come(self, *names: str, data: bytes = b"request") -> list[Connection]:
        loop = asyncio.get_running_loop()
        made = [Connection(name, self.seen) for name in names]
        for one in made:
            self.inbox.take(one, data, loop)
        return made


def large() -> Pace:
    pace = Pace()
    pace.few = False
    return pace


def looks(pace: Pace, *shares: float) -> list[bool]:
    """Whether a few are taken after each of these shares of a second, one second after another."""
    found, computed = [], 0.0
    pace.look(100.0, computed)
    for number, share in enumerate(shares, start=101):
        computed += share
        pace.look(float(number), computed)
        found.append(pace.few)
    return found


def test_few_are_taken_until_no_time_is_left_and_again_once_there_is_much() -> None:
    assert looks(Pace(), 0.4, 0.8, 0.95, 0.8, 0.6, 0.8) == [True, True, False, False, True, True]


def test_a_slow_model_has_its_batches_large() -> None:
    for seconds, few in ((0.02, False), (0.001, True)):
        pace = Pace()
        pace.workers = [Worker(), Worker(seconds_per_frame=seconds)]
        assert looks(pace, 0.1) == [few]


def test_it_does_not_decide_on_a_moment() -> None:
    pace = Pace()
    pace.look(100.0, 0.0)
    pace.look(100.01, 0.01)
    assert pace.few


async def test_a_few_are_read_at_once_and_the_rest_in_later_turns_in_order() -> None:
    arrivals = Arrivals(Inbox(Pace()))
    names = [str(number) for number in range(3 * FEW + 1)]
    arrivals.come(*names)
    counts = [len(arrivals.seen)]
    while counts[-1] < len(names):
        await asyncio.sleep(0)
        counts.append(len(arrivals.seen))
    assert [counts[0], counts[-1]] == [FEW, len(names)]
    assert all(later - before <= FEW for before, later in itertools.pairwise(counts))
    assert [name for name, _ in arrivals.seen] == names


async def test_a_fourth_of_many_is_read_in_a_turn() -> None:
    arrivals = Arrivals(Inbox(Pace()))
    arrivals.come(*(str(number) for number in range(FEW + 100 * SHARE)))
    await asyncio.sleep(0)
    assert len(arrivals.seen) == FEW + 100


async def test_all_are_read_at_once_without_time_to_spare() -> None:
    arrivals = Arrivals(Inbox(large()))
    arrivals.come(*(str(number) for number in range(3 * FEW)))
    assert len(arrivals.seen) == 3 * FEW


async def test_what_waits_when_no_time_is_left_is_read_in_one_turn() -> None:
    pace = Pace()
    arrivals = Arrivals(Inbox(pace))
    arrivals.come(*(str(number) for number in range(4 * FEW)))
    pace.few = False
    await asyncio.sleep(0)
    assert len(arrivals.seen) == 4 * FEW


async def test_pieces_of_one_connection_stay_in_order() -> None:
    arrivals = Arrivals(Inbox(Pace()))
    *_, last = arrivals.come(*(str(number) for number in range(FEW + 1)), data=b"head ")
    arrivals.inbox.take(last, b"body", asyncio.get_running_loop())
    for _ in range(3):
        await asyncio.sleep(0)
    assert [data for name, data in arrivals.seen if name == last.name] == [b"head body"]
    assert not last.held


async def test_a_large_piece_does_not_wait() -> None:
    arrivals = Arrivals(Inbox(Pace()))
    arrivals.come(*(str(number) for number in range(2 * FEW)))
    arrivals.come("large", data=b"a" * (SHORT + 1))
    assert arrivals.seen[-1][0] == "large"


async def test_answers_leave_at_once_or_together() -> None:
    loop = asyncio.get_running_loop()
    theirs, ours = socket.socketpair()
    ours.setblocking(False)
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=theirs)
    pace = Pace()
    outbox = Outbox(pace)

    outbox.add(transport, b"one", loop)
    assert ours.recv(100) == b"one"
    pace.few = False
    outbox.add(transport, b"two", loop)
    pace.few = True
    outbox.add(transport, b"three", loop)
    await asyncio.sleep(0)
    assert ours.recv(100) == b"twothree"

    transport.close()
    ours.close()


async def test_who_has_left_costs_others_no_answer() -> None:
    loop = asyncio.get_running_loop()
    for pace in (Pace(), large()):
        pairs = [socket.socketpair() for _ in range(3)]
        made = [await loop.create_connection(asyncio.Protocol, sock=theirs) for theirs, _ in pairs]
        outbox = LoopTurns(pace).outbox
        transports = [OneWrite(transport, loop, outbox) for transport, _ in made]
        if pace.few:
            made[1][0].abort()
        for number, transport in enumerate(transports):
            transport.write_whole(b"head ", b"%d" % number)
        made[1][0].abort()

        await asyncio.sleep(0)

        assert [pairs[number][1].recv(100) for number in (0, 2)] == [b"head 0", b"head 2"]
        for transport in transports:
            transport.close()
        for _, ours in pairs:
            ours.close()


async def test_a_crowd_is_answered_each_with_its_own(serve: Start) -> None:
    """Half of them hang up once they have asked, which costs the others nothing."""
    replica = serve("class Model:\n    def predict(self, value):\n        return value\n")
    body = b'{"input": %d}'
    request = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n%b"

    async def ask(number: int) -> bytes:
        reader, writer = await asyncio.open_unix_connection(str(replica.socket))
        sent = body % number
        writer.write(request % (len(sent), sent))
        await writer.drain()
        if number % 2:
            writer.transport.abort()
            return b""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        answer = await reader.readexactly(length)
        writer.close()
        return answer

    answers = await asyncio.wait_for(asyncio.gather(*map(ask, range(200))), 30)
    assert answers == [b'{"output": %d}' % n if n % 2 == 0 else b"" for n in range(200)]
