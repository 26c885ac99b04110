from __future__ import annotations

import time

import pytest

from argosy.dockerfiles.variables import Malformed, resolved

KNOWN = {"A": "value", "E": "", "P": "/usr/local/bin", "DOTS": "a.b.c"}


def resolve(text: str, escape: str = "\\") -> str:
    return resolved(text, KNOWN.get, escape)[0]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("plain", "plain"),
        ("$A/x", "value/x"),
        ("${A}x", "valuex"),
        ("$Ax", "$Ax"),
        ("$X${X}", "$X${X}"),
        ("a$", "a$"),
        ("$.x", "$.x"),
        ("\\$A", "$A"),
        ("\\\\$A", "\\value"),
        ("'$A'", "$A"),
        ('"$A"', "value"),
        ("\"'$A'\"", "'value'"),
        ("'\"a\"'", '"a"'),
        ('"a\\"b\\c\\$A"', 'a"b\\c$A'),
        ("a'b'\"c\"d", "abcd"),
        ("a\\ b", "a b"),
        ("a\\", "a"),
        ("${A:-d}${E:-d}${X:-d}", "valuedd"),
        ("${A-d}${E-d}${X-d}", "valued"),
        ("${A:+d}${E:+d}${X:+d}", "d"),
        ("${A+d}${E+d}${X+d}", "dd"),
        ("${X:-$A}", "value"),
        ("${X:-${Y:-${A}}}", "value"),
        ("${X:-'}'}", "}"),
        ("${X:-a{b}", "a{b"),
        ("${A}}", "value}"),
        ("${A:?gone}${X:?gone}", "value${X:?gone}"),
        ("${P#/}", "usr/local/bin"),
        ("${P#*/}", "usr/local/bin"),
        ("${P##*/}", "bin"),
        ("${P%/*}", "/usr/local"),
        ("${P%%/l*}", "/usr"),
        ("${X%%/l*}", "${X%%/l*}"),
        ("${DOTS%.*}", "a.b"),
        ("${DOTS%%.*}", "a"),
        ("${DOTS/./-}", "a-b.c"),
        ("${DOTS//./-}", "a-b-c"),
        ("${DOTS/?b/}", "a.c"),
        ("${P//\\//-}", "-usr-local-bin"),
        ("${DOTS#\\q}", "${DOTS#\\q}"),
        ("${TARGETARCH}-${TARGETARCH:-amd64}", "${TARGETARCH}-${TARGETARCH:-amd64}"),
        ("한${A}국", "한value국"),
    ],
)
def test_quotes_escapes_and_variables_come_to_what_docker_makes_of_them(
    text: str, result: str
) -> None:
    assert resolve(text) == result


def test_a_backtick_may_be_the_escape() -> None:
    assert resolve("`$A\\$A", "`") == "$A\\value"


def test_quotes_are_told() -> None:
    assert [resolved(text, KNOWN.get)[1] for text in ("a", "$A", "'a'", 'a"b"')] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("a'b", 1),
        ('ab"c', 2),
        ("a${b", 1),
        ("${", 0),
        ("x${}", 1),
        ("${.}", 0),
        ("${:-b}", 0),
        ("${A:=b}", 0),
        ("${A:b}", 0),
        ("${A:#b}", 0),
        ("${A/b}", 0),
        ("${X:-${Y}", 0),
    ],
)
def test_what_is_never_closed_or_says_nothing_is_malformed_where_it_begins(
    text: str, offset: int
) -> None:
    with pytest.raises(Malformed) as caught:
        resolve(text)
    assert caught.value.offset == offset


def test_braces_may_be_deep_and_patterns_costly() -> None:
    assert resolve("${X:-" * 2000 + "a" + "}" * 2000) == "a"
    started = time.process_time()
    resolved("${L%%*a*a*a*a*a*b}", lambda _: "a" * 900)
    assert time.process_time() - started < 2
