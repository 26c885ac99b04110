from __future__ import annotations

from argosy.gateway.former import LONGEST_ARRIVAL, Former
from argosy.gateway.resources.snapshot import Snapshot, snapshot
from argosy.gateway.routing import Route, Routing, Share
from argosy.stack.model import Gateway


def _routing(*shares: Share) -> Routing:
    return Routing("desk", Gateway("127.0.0.1:1"), (Route("digits", shares),))


FIRST = _routing(Share(1, ("unix:/a",), ("unix:/ga",)))
SECOND = _routing(Share(2, ("unix:/b",), ("unix:/gb",)))


def _hosts(made: Snapshot, cluster: str) -> list[str]:
    (place,) = made.endpoints[cluster]["endpoints"]
    return [host["endpoint"]["address"]["pipe"]["path"] for host in place["lb_endpoints"]]


def test_a_replaced_revision_leads_to_the_one_that_replaced_it() -> None:
    kept = Former().keep(snapshot(FIRST), SECOND, snapshot(SECOND), now=0)

    assert set(kept.clusters) == set(kept.endpoints)
    assert set(kept.clusters) == {"digits.r1", "digits.r1.grpc", "digits.r2", "digits.r2.grpc"}
    assert kept.clusters["digits.r1"] == snapshot(FIRST).clusters["digits.r1"]
    assert kept.endpoints["digits.r1"]["cluster_name"] == "digits.r1"
    assert (_hosts(kept, "digits.r1"), _hosts(kept, "digits.r1.grpc")) == (["/b"], ["/gb"])


def test_it_is_kept_as_long_as_a_request_may_take_to_arrive() -> None:
    former, wanted = Former(), snapshot(SECOND)
    kept = former.keep(snapshot(FIRST), SECOND, wanted, now=0)
    kept = former.keep(kept, SECOND, wanted, now=LONGEST_ARRIVAL)
    assert "digits.r1" in kept.clusters

    assert former.keep(kept, SECOND, wanted, now=LONGEST_ARRIVAL + 1) == wanted


def test_a_revision_that_comes_back_has_its_own_replicas_and_a_new_time() -> None:
    former = Former()
    kept = former.keep(snapshot(FIRST), SECOND, snapshot(SECOND), now=0)
    back = former.keep(kept, FIRST, snapshot(FIRST), now=1)
    assert _hosts(back, "digits.r1") == ["/a"]
    assert _hosts(back, "digits.r2") == ["/a"]

    kept = former.keep(back, SECOND, snapshot(SECOND), now=LONGEST_ARRIVAL)
    assert "digits.r1" in former.keep(kept, SECOND, snapshot(SECOND), LONGEST_ARRIVAL + 2).clusters


def test_of_a_model_that_nobody_serves_nothing_is_kept() -> None:
    gone = Routing("desk", Gateway("127.0.0.1:1"))
    unready = _routing(Share(2))

    for routing in (gone, unready):
        wanted = snapshot(routing)
        assert Former().keep(snapshot(FIRST), routing, wanted, now=0) == wanted
