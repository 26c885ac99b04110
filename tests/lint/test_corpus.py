import pytest

from argosy.lint.rule import rules
from tests.lint.verdict import Case, Verdict, cases, judge, precision, recall, table

CASES = cases()
ARTICLES = [case.name for case in CASES if case.name.startswith("article-")]


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Verdict]:
    work = tmp_path_factory.mktemp("corpus")
    judged = {case.name: judge(case, work) for case in CASES}
    print(table(list(judged.values())))
    return judged


def test_of_what_is_said_nearly_all_is_right(verdicts: dict[str, Verdict]) -> None:
    told = list(verdicts.values())
    assert precision(told) >= 0.95, table(told)


def test_of_what_ought_to_be_said_nearly_all_is(verdicts: dict[str, Verdict]) -> None:
    told = list(verdicts.values())
    assert recall(told) >= 0.95, table(told)


@pytest.mark.parametrize("name", [name for name in ARTICLES if not name.endswith("-mended")])
def test_an_example_of_the_articles_gets_all_that_it_deserves(
    name: str, verdicts: dict[str, Verdict]
) -> None:
    assert not verdicts[name].missed


@pytest.mark.parametrize("name", [name for name in ARTICLES if name.endswith("-mended")])
def test_in_a_mended_example_of_the_articles_nothing_is_found(
    name: str, verdicts: dict[str, Verdict]
) -> None:
    assert not verdicts[name].wrong


def test_everything_in_the_corpus_can_be_read(verdicts: dict[str, Verdict]) -> None:
    assert [problem for one in verdicts.values() for problem in one.problems] == []


def test_every_rule_is_expected_somewhere() -> None:
    expected = {one.rule for case in CASES for one in case.expected}
    assert expected == {rule.code for rule in rules()}


def test_there_are_many_projects_and_a_quarter_in_good_order() -> None:
    files = [file for case in CASES for file in case.folder.rglob("*") if file.is_file()]
    assert len(CASES) >= 45
    assert len(files) - len(CASES) >= 70
    assert sum(not case.expected for case in CASES) * 4 >= len(CASES)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_an_expected_finding_stands_where_there_is_something(case: Case) -> None:
    for one in case.expected:
        for name in one.files:
            text = (case.folder / name).read_text()
            lines = text.splitlines()
            assert one.line is None or lines[one.line - 1].strip(), one
            assert all(f"{subject}:" in text for subject in one.subjects) or len(one.files) > 1
