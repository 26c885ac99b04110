from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from argosy.errors import Problem
from argosy.lint.finding import At, Finding
from argosy.lint.formats.junit import render
from argosy.lint.project.source import Source
from argosy.lint.run import Report
from tests.lint.reports import FAULT, HERE, NOTE, report, reported

# What the XSD of Jenkins' xUnit plugin (junit-10) has of these: required attributes, then others.
SHAPE = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), ("testsuite",)),
    "testsuite": (("name", "tests", "failures", "errors"), ("skipped", "time"), ("testcase",)),
    "testcase": (("name",), ("classname", "time"), ("failure", "error")),
    "failure": ((), ("type", "message"), ()),
    "error": ((), ("type", "message"), ()),
}


def root_of(one: Report) -> ET.Element:
    """The root of a document of the usual shape."""
    root = ET.fromstring(render(one, HERE))
    assert root.tag == "testsuites"
    for element in root.iter():
        required, optional, children = SHAPE[element.tag]
        assert set(required) <= set(element.attrib) <= {*required, *optional}
        assert {child.tag for child in element} <= set(children)
    return root


def test_each_finding_fails_a_test_of_its_files_suite() -> None:
    source, clean = Source(Path("a.yaml"), "a: b\n"), Source(Path("b.yaml"), "")
    root = root_of(
        report([reported(source, 0, 1)], sources={one.file: one for one in (source, clean)})
    )
    assert [(one.get("name"), one.get("failures")) for one in root] == [
        ("stack/a.yaml", "1"),
        ("stack/b.yaml", "0"),
    ]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "1", "0")
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "The check gives up after 90 s."
    assert str(failure.text).startswith("stack/a.yaml:1:1: The check")


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    problem = Problem(Path("a.yaml"), 3, 5, "", "this is not YAML", "Check it.")
    error = root_of(report([], problems=[problem])).find(".//error")
    assert error is not None
    assert error.text == "stack/a.yaml:3:5: this is not YAML. Check it."


@pytest.mark.parametrize("sign", ["<", "&", '"', "\x00", "\x1b", "\ud800", "\uffff", "🚢"])
def test_whatever_is_found_the_document_stays_well_formed(sign: str) -> None:
    source = Source(Path("a.yaml"), "a: b\n")
    root_of(report([reported(source, 0, 1, Finding(At(source.file, 0, 1), f"It has {sign}."))]))


def test_nothing_linted_is_a_document_without_suites() -> None:
    assert len(root_of(report([]))) == 0


def test_a_rule_that_broke_is_an_error() -> None:
    error = root_of(report([], faults=[FAULT])).find(".//error")
    assert error is not None
    assert (error.get("type"), error.get("message")) == ("fault", FAULT.what)


def test_a_note_is_no_test() -> None:
    assert len(root_of(report([], notes=[NOTE]))) == 0
