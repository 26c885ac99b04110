from __future__ import annotations

import ast
import re
import time

import pytest

from argosy.lint.project.fetched import dotted, fetched_arguments

LOADS = re.compile(r"(^|\.)load$")


def lines(text: str) -> list[int]:
    """The lines of the calls of ``load`` that take something from elsewhere."""
    return [one.lineno for one in fetched_arguments(ast.parse(text), LOADS)]


@pytest.mark.parametrize(
    "text",
    [
        "load('https://a/b.pkl')",
        "load(requests.get(address).content)",
        "a = urlopen('x')\nload(a)",
        "a, (b, *c) = hf_hub_download('x', 'y'), 1\nload(c)",
        "a: str = hf_hub_download('x', 'y')\npickle.load(open(a, 'rb'))",
        "if (a := urlopen('x')):\n    load(a)",
        "with urlopen('x') as a:\n    load(a)",
        "s3.download_file('bucket', 'key', '/models/a.pkl')\nload(open('/models/a.pkl'))",
        "path = '/a'\ns3.download_file('bucket', 'key', path)\nload(open(path))",
        "s3.download_file('b', 'k', Filename='/a/b')\nload('/a/b')",
        "def give():\n    return urlopen('x')\nload(give())",
        "def take(a):\n    load(a)\ntake(urlopen('x'))",
        "async def take(a):\n    load(a)\ntake(urlopen('x'))",
        "def one():\n    return two()\ndef two():\n    return urlopen('x')\nload(one())",
        "A = urlopen('x')\ndef use():\n    load(A)",
        "class Model:\n    def read(self):\n        a = urlopen('x')\n        load(a)",
    ],
)
def test_what_comes_from_elsewhere_is_followed_to_its_use(text: str) -> None:
    loads = [
        number for number, one in enumerate(text.split("\n"), 1) if re.search(r"\bload\(", one)
    ]
    assert lines(text) == loads


@pytest.mark.parametrize(
    "text",
    [
        "",
        "load()",
        "load('/models/a.pkl')",
        "a = urlopen('x')\na_b = 1\nload(a_b)",
        "def f():\n    a = urlopen('x')\ndef g(a):\n    load(a)",
        "s3.download_file('bucket', 'key', '/a/b')\nload('/a/c')",
        "x[urlopen('x')] = 1\nload(x)",
        "a = urlopen('x')\nother(a)",
        "cache.get('x')\nload(cache.get('x'))",
    ],
)
def test_what_lies_on_this_machine_is_not_from_elsewhere(text: str) -> None:
    assert lines(text) == []


def test_functions_that_call_each_other_in_a_circle_end() -> None:
    text = "def a(x):\n    return b(x)\ndef b(x):\n    return a(x)\nload(a(urlopen('x')))\n"
    assert lines(text) == [5]


def test_many_functions_are_followed_in_a_moment() -> None:
    text = "".join(f"def f{i}(a):\n    b = f{i + 1}(a)\n    return load(b)\n" for i in range(200))
    started = time.process_time()
    assert lines(text + "f0(urlopen('x'))\n")
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("text", "name"),
    [("a.b.c", "a.b.c"), ("a", "a"), ("f().a.b", ".a.b"), ("a[0].b", ".b"), ("1", "")],
)
def test_names_and_attributes_are_dotted(text: str, name: str) -> None:
    assert dotted(ast.parse(text, mode="eval").body) == name
