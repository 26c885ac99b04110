from __future__ import annotations

from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.markup import element, joined

EVIL = some.text(some.characters(codec="utf-8"), max_size=20)


def test_text_and_attributes_are_escaped_and_elements_are_not() -> None:
    found = element("p", "<script>", element("b", "&"), title='"quoted"', class_="x")
    assert found == ('<p title="&quot;quoted&quot;" class="x">&lt;script&gt;<b>&amp;</b></p>')


def test_an_empty_element_closes_itself() -> None:
    assert element("line", stroke_width=2) == '<line stroke-width="2"/>'


def test_joined_text_is_escaped_too() -> None:
    assert joined("<", element("i")) == "&lt;<i></i>"


@given(EVIL, EVIL)
def test_whatever_the_text_it_stays_text(text: str, value: str) -> None:
    parsed = ET.fromstring(element("p", text, title=value))
    assert not list(parsed)
    assert set(parsed.attrib) == {"title"}


def test_what_no_document_may_hold_is_replaced() -> None:
    assert element("p", "a\x00b\x1b[0m") == "<p>a�b�[0m</p>"
