"""A caller is its key, wherever it calls from."""

from __future__ import annotations

import httpx

from argosy.gateway.routing import Route, Share
from tests.gateway.callers import Locked, bearer
from tests.gateway.conftest import Pair, Serve
from tests.gateway.test_issuers import answering, settled


def _halves(replicas: Pair) -> Route:
    shares = (Share(n + 1, (replica.address,), weight=50) for n, replica in enumerate(replicas))
    return Route("digits", tuple(shares))


async def test_a_key_keeps_to_its_revision_from_every_address(
    locked: Locked, listen: str, replicas: Pair
) -> None:
    keys = [locked.key("digits") for _ in range(60)]
    await locked.serve(_halves(replicas))

    answers = [await _answers(listen, bearer(key)) for key in keys]

    assert all(len(each) == 1 for each in answers)
    share = sum("a" in each for each in answers) / len(answers)
    assert 0.3 <= share <= 0.7


async def test_a_token_of_an_issuer_without_an_id_keeps_to_its_revision_by_its_subject(
    locked: Locked, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    with answering() as provider:
        await locked.serve(_halves(replicas), issuers=(provider.issuer,))
        tokens = [provider.token(sub=f"caller-{number}") for number in range(20)]
        await settled(client, tokens[0], "/api/digits")

        answers = [await _answers(listen, bearer(token)) for token in tokens]

    assert all(len(each) == 1 for each in answers)
    assert {"a", "b"} == set().union(*answers)


async def test_without_a_key_the_address_counts(serve: Serve, listen: str, replicas: Pair) -> None:
    await serve(_halves(replicas))

    assert await _answers(listen, {}) == {"a", "b"}


async def _answers(listen: str, headers: dict[str, str]) -> set[str]:
    """By whom a caller is answered that calls from a dozen addresses."""
    found = set()
    for number in range(1, 13):
        transport = httpx.AsyncHTTPTransport(local_address=f"127.0.9.{number}", verify=False)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{listen}") as caller:
            answer = await caller.post("/api/digits", headers=headers)
            found.add(answer.json()["replica"])
    return found
