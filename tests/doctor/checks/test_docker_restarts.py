from __future__ import annotations

from argosy.doctor.checks.docker_restarts import judge
from argosy.doctor.daemon import Daemon
from tests.doctor.cases import daemon


def test_containers_that_end_with_the_daemon_are_worth_a_note() -> None:
    (result,) = judge(daemon())
    assert (result.verdict, '"live-restore": true' in result.mend) == ("note", True)


def test_containers_that_live_on_are_well() -> None:
    assert judge(daemon(LiveRestoreEnabled=True))[0].verdict == "ok"


def test_a_daemon_that_is_down_tells_nothing() -> None:
    assert judge(Daemon(True, problem="down")) == []
