from __future__ import annotations

from argosy.lint.manual import as_data, line, markdown, section, terminal
from argosy.lint.rule import rules
from tests.lint.reports import RULE, UNSAFE


def test_a_terminal_shows_all_sections_and_how_to_silence_the_rule() -> None:
    assert terminal(RULE) == (
        "AI305 no-start-period  (warning, --fix mends it)\n"
        "\n"
        "A health check that does not wait for the weights\n"
        "\n"
        "Why\n"
        "  Loading takes minutes.\n"
        "\n"
        "Example\n"
        "  healthcheck:\n"
        "    retries: 3\n"
        "\n"
        "Instead\n"
        "  Wait.\n"
        "\n"
        "Silence it with `# argosy ignore=AI305 reason`, on the line or above it.\n"
    )


def test_a_line_says_what_mends_it() -> None:
    assert line(UNSAFE).split() == ["AI307", "error", "unsafe", "fix", "root", "Runs", "as", "root"]


def test_a_page_has_examples_as_code() -> None:
    page = markdown(RULE)
    assert page.startswith("# AI305 no-start-period\n\nA health check that")
    assert "## Example\n\n```\nhealthcheck:\n  retries: 3\n```\n" in page


def test_code_that_holds_a_fence_stays_whole() -> None:
    assert section("Example", "a\n```\nb") == "````\na\n```\nb\n````"


def test_programs_get_everything() -> None:
    assert as_data(RULE)["sections"]["Why"] == "Loading takes minutes."


def test_every_rule_has_a_whole_manual() -> None:
    for rule in rules():
        assert {"Why", "Example", "Instead"} <= set(rule.sections), rule.code
        assert len(line(rule)) <= 150, rule.code
