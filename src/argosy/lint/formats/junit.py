"""For what shows test results: a test suite a file, a failed test a finding, in JUnit's XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from argosy.errors import Problem
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report, Reported


def render(report: Report, presentation: Presentation) -> str:
    """A file without findings is a suite with one test that passes; a note is no test."""
    broken = [("readable", one) for one in report.problems]
    broken += [("fault", one) for one in report.faults]
    files = sorted({*report.project.sources, *(one.file for _, one in broken)})
    root = ET.Element("testsuites", name="argosy lint")
    for file in files:
        root.append(
            _suite(
                presentation.in_repository(file),
                [one for one in broken if one[1].file == file],
                [one for one in report.found if one.file == file],
            )
        )
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(path: str, problems: list[tuple[str, Problem]], found: list[Reported]) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=_valid(path),
        tests=str(len(problems) + len(found) or 1),
        failures=str(len(found)),
        errors=str(len(problems)),
        skipped="0",
        time="0",
    )
    for kind, problem in problems:
        case = _case(suite, path, f"{kind}:{problem.line}:{problem.column}")
        text = f"{path}:{problem.line}:{problem.column}: {problem.what}. {problem.next_step}"
        error = ET.SubElement(
            case,
            "error",
            message=_valid(problem.what),
            type="unreadable" if kind == "readable" else kind,
        )
        error.text = _valid(text.rstrip())
    for one in found:
        case = _case(suite, path, f"{one.rule.code} {one.rule.slug}:{one.line}:{one.column}")
        failure = ET.SubElement(
            case, "failure", message=_valid(one.finding.what), type=one.severity
        )
        place = f"{path}:{one.line}:{one.column}"
        failure.text = _valid(f"{place}: {one.finding.message}")
    if not len(suite):
        _case(suite, path, "lint")
    return suite


def _case(suite: ET.Element, path: str, name: str) -> ET.Element:
    return ET.SubElement(suite, "testcase", name=name, classname=_valid(path), time="0")


def _valid(text: str) -> str:
    """Without what XML 1.0 cannot hold (section 2.2)."""
    return "".join(
        sign if sign in "\t\n\r" or " " <= sign < "\ud800" or "\ue000" <= sign <= "\ufffd"
        or sign >= "\U00010000" else "\ufffd"
        for sign in text
    )  # fmt: skip
