from __future__ import annotations

import ast
from pathlib import Path

import pytest

from argosy.lint.project.program import Program


def program(text: str) -> Program:
    return Program(Path("a.py"), text)


@pytest.mark.parametrize(
    ("text", "holds", "serves"),
    [
        ("import torch\nfrom fastapi import FastAPI\n", True, True),
        ("def load():\n    from vosk import Model\n", True, False),
        ("import os, sklearn.svm as svm\n", True, False),
        ("import pickle\nm = pickle.load(f)\nm.predict(x)\n", True, False),
        ("import pickle\n", False, False),
        ("import openai, flask\n", False, True),
        (
            "from haystack.components import embedders as e\nHuggingFaceLocalGenerator()\n",
            True,
            False,
        ),
        (
            "from langchain_huggingface import HuggingFaceEmbeddings\nHuggingFaceEmbeddings()\n",
            True,
            False,
        ),
        ("import haystack\nOpenAIGenerator()\nHuggingFaceAPIGenerator()\n", False, False),
        ("# import torch\n", False, False),
    ],
)
def test_imports_show_what_it_is(text: str, holds: bool, serves: bool) -> None:
    made = program(text)
    assert (made.holds_model, made.serves) == (holds, serves)


def test_places_are_of_characters_not_of_bytes() -> None:
    made = program("a = 'ä'\r\nb = 'ö'; c = 1\n")
    assert made.tree is not None
    last = made.tree.body[2]
    assert isinstance(last, ast.Assign)
    at = made.at(last)
    assert made.text[at.start : at.end] == "c = 1"


@pytest.mark.parametrize("text", ["def", "\0", "print 'a'\n", "(" * 500])
def test_what_this_python_cannot_parse_has_no_tree(text: str) -> None:
    assert program(text).tree is None
