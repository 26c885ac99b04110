from __future__ import annotations

from argosy.lint.project.facts import Facts, ServiceFacts


def test_what_is_said_of_one_service_goes_before_what_is_said_of_all() -> None:
    facts = Facts(
        everywhere=ServiceFacts(cold_start=90, drain=10, memory_p99=5),
        services={"chat": ServiceFacts(cold_start=180, drain=0)},
    )
    assert facts.of("chat") == ServiceFacts(180, 0, 5)
    assert facts.of("other") == ServiceFacts(90, 10, 5)


def test_of_what_nobody_has_said_nothing_is_known() -> None:
    assert Facts().of("chat") == ServiceFacts(None, None, None)
    assert Facts(services={"a": ServiceFacts(drain=1)}).of("b") == ServiceFacts()
