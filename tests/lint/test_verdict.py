from tests.lint.verdict import Expected, Told, compare, precision, recall, table


def told(rule: str = "AI301", line: int = 3, subject: str = "vllm") -> Told:
    return Told(rule, "compose.yaml", line, subject, "error", "It has no limit.")


def expected(rule: str = "AI301", *subjects: str, line: int | None = None) -> Expected:
    return Expected(rule, ("compose.yaml",), line, subjects=subjects)


def test_a_finding_at_the_expected_service_is_right() -> None:
    verdict = compare("case", [expected("AI301", "vllm")], [told()])
    assert (verdict.missed, verdict.wrong) == ((), ())


def test_a_finding_at_another_service_is_both_missed_and_wrong() -> None:
    verdict = compare("case", [expected("AI301", "redis")], [told()])
    assert (len(verdict.missed), len(verdict.wrong)) == (1, 1)


def test_a_finding_at_another_line_is_both_missed_and_wrong() -> None:
    verdict = compare("case", [expected(line=4)], [told(line=3)])
    assert (len(verdict.missed), len(verdict.wrong)) == (1, 1)


def test_a_finding_may_stand_at_any_line_of_its_instruction_and_not_behind_it() -> None:
    within = Expected("AI114", ("compose.yaml",), 3, 5)
    verdict = compare("case", [within, within], [told("AI114", 5), told("AI114", 6)])
    assert (len(verdict.right), len(verdict.wrong)) == (1, 1)


def test_a_finding_of_another_severity_is_both_missed_and_wrong() -> None:
    milder = Expected("AI301", ("compose.yaml",), subjects=("vllm",), severity="warning")
    verdict = compare("case", [milder], [told()])
    assert (len(verdict.missed), len(verdict.wrong)) == (1, 1)


def test_the_same_finding_twice_at_one_service_is_wrong_once() -> None:
    verdict = compare("case", [expected("AI301", "vllm")], [told(), told()])
    assert len(verdict.wrong) == 1


def test_a_finding_about_two_services_may_stand_at_each() -> None:
    both = [told("AI207", subject="a"), told("AI207", subject="b")]
    verdict = compare("case", [expected("AI207", "a", "b")], both)
    assert (verdict.missed, verdict.wrong) == ((), ())


def test_precision_falls_with_what_is_wrong_and_recall_with_what_is_missed() -> None:
    wanted = [expected("AI301", "vllm"), expected("AI302", "vllm")]
    verdicts = [compare("case", wanted, [told(), told("AI409"), told("AI410"), told("AI305")])]
    assert precision(verdicts) == 0.25
    assert recall(verdicts) == 0.5


def test_the_table_lists_what_is_missed_and_what_is_wrong() -> None:
    text = table([compare("case", [expected("AI302", "vllm")], [told()])])
    assert "AI302       0       1      0" in text
    assert "case: AI302 compose.yaml (vllm)" in text
    assert "case: AI301 compose.yaml:3 (vllm) error: It has no limit." in text
