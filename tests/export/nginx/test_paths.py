"""Which locations a server has, and whose counts where two could."""

from __future__ import annotations

import re
from dataclasses import replace

from argosy.export.nginx import paths
from argosy.export.routing import is_served
from argosy.gateway.routing import Route, Routing, Share
from argosy.stack.model import Gateway

SOMEWHERE = ("127.0.0.1:1",)
RUN = Share(1, SOMEWHERE, SOMEWHERE)
SERVED = Share(1, SOMEWHERE, probe_endpoints=SOMEWHERE)


def table(*routes: Route, host: str | None = None) -> dict[str, str]:
    """What each location sends its requests to, or the function of gateway.js that answers."""
    lines = paths.locations(Routing("s", Gateway(keys="none"), routes), host)
    found = [
        re.match(r"location (.*?) +\{.* (?:proxy_pass|grpc_pass|js_content) (\S+); }", one)
        for one in lines
    ]
    return {one[1]: one[2] for one in found if one}


def test_a_model_is_asked_by_each_of_its_names() -> None:
    found = table(Route("m", (RUN,), aliases=("other",)))
    assert found["= /api/m"] == found["= /api/other/"] == "http://m/predict"
    assert found["= /models/m"] == found["/models/other/"] == "http://m/"
    assert found["= /v2/models/other"] == "http://m/v2/models/m"
    assert found["/v2/models/other/"] == "http://m/v2/models/m/"
    assert found["@v1_m"] == "http://m"
    assert found["/-/grpc/m/"] == "grpc://m_grpc"
    assert found["= /-/ready/m"] == "http://m/ready"


def test_the_runner_beside_an_engine_answers_for_its_health() -> None:
    served = Route("m", (SERVED,), path="/talk")
    found = table(served)
    assert is_served(served)
    assert found["/models/m/"] == "http://m/"
    assert found["= /models/m/metrics"] == "http://m_probes/metrics"
    assert found["= /-/ready/m"] == "http://m_probes/ready"
    assert found["= /talk"] == "http://m/"
    assert "/-/grpc/m/" not in found


def test_a_path_of_a_models_own_is_its_predict_and_what_is_below_it() -> None:
    found = table(Route("m", (RUN,), path="/a/b"))
    assert found["= /a/b"] == found["= /a/b/"] == "http://m/predict"
    assert found["/a/b/"] == "http://m/"


def test_a_host_of_a_models_own_has_no_other_paths() -> None:
    alone = Route("m", (RUN,), path="/", host="m.example.com")
    found = table(alone, Route("n", (RUN,), path="/n"), host="m.example.com")
    assert found == {
        "= /": "http://m/predict",
        "/": "http://m/",
        "= /n": "http://n/predict",
        "= /n/": "http://n/predict",
        "/n/": "http://n/",
        "@nowhere": "gateway.page",
    }
    routing = Routing("s", Gateway(keys="none"), (alone,))
    assert paths.hosts(routing) == [None, "m.example.com"]
    assert paths.has_own_health(routing, None)
    assert not paths.has_own_health(routing, "m.example.com")
    assert "= /" not in table(alone)


def test_at_its_host_a_models_path_counts_before_the_gateways_own() -> None:
    routes = Route("m", (RUN,), path="/api", host="h"), Route("n", (RUN,))
    found = table(*routes, host="h")
    assert found["/api/"] == "http://m/"
    assert "= /api/n" not in found
    assert found["/models/n/"] == "http://n/"
    assert "= /api/n" in table(*routes)


def test_of_one_path_whoever_names_the_host_has_it() -> None:
    anywhere = Route("m", (RUN,), path="/x")
    here = replace(Route("n", (RUN,), path="/x"), host="h")
    assert table(anywhere, here, host="h")["/x/"] == "http://n/"
    assert table(anywhere, here)["/x/"] == "http://m/"
