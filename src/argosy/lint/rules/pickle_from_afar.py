"""A pickle is loaded from somewhere else

Unpickling runs what the file says. Whoever can write to the bucket, or sits on the way, runs code
in the service.

Why:
    There is no safe way to look at a pickle first.

Example:
    s3.download_file(bucket, key, "/tmp/model.pkl")
    model = pickle.load(open("/tmp/model.pkl", "rb"))

Instead:
    # weights that are data alone: safetensors, ONNX, GGUF; or the file's digest checked first
    model = onnxruntime.InferenceSession("/models/model.onnx")

Source:
    Python documentation, pickle: "never unpickle data that could have come from an untrusted
    source". torch.load is safe with ``weights_only=True``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.program import Program
from argosy.lint.project.project import Project

CODE = "AI406"
SEVERITY = "error"

_LOADS = re.compile(
    r"(pickle|cPickle|cloudpickle|dill|joblib|torch|_pickle)\.(load|loads)$|pandas\.read_pickle$|pd\.read_pickle$"
)
_FETCHES = re.compile(
    r"(\.|^)(download_file|download_fileobj|get_object|urlretrieve|urlopen|download_to_filename"
    r"|download_as_bytes|download_as_string|download_blob|hf_hub_download|snapshot_download|fget_object)$"
    r"|^(requests|httpx|session|client)\.get$|^(wget|gdown)\.download$"
)
# What both are seen by, before a file is parsed for it.
_MAY_LOAD = re.compile(r"pickle|joblib|torch\.load|dill")
_MAY_FETCH = re.compile(r"download|get_object|urlretrieve|urlopen|\.get\(|fget_object")
_CHECKED = re.compile(r"sha256|hashlib|hmac|verify_signature|blake2")


def check(project: Project) -> Iterator[Finding]:
    """Loading and fetching in one function, or in the functions that it calls in one file."""
    for program in project.programs:
        yield from _in(program)


def _in(program: Program) -> Iterator[Finding]:
    if not _MAY_LOAD.search(program.text) or not _MAY_FETCH.search(program.text):
        return
    if program.tree is None:
        return
    if _CHECKED.search(program.text):
        return
    is_remote = any(_FETCHES.search(_name(one.func)) for one in _calls(program.tree))
    if not is_remote:
        return
    functions = [
        one
        for one in ast.walk(program.tree)
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    inside = [one for function in functions for one in _loads(function) if _fetches(function)]
    for call in inside or list(_loads(program.tree)):
        yield Finding(
            program.at(call),
            f"`{_name(call.func)}` runs what a file from somewhere else says",
            "Use a format of data alone (safetensors, ONNX, GGUF), "
            "or check the file's digest first.",
        )


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(tree) if isinstance(one, ast.Call))


def _fetches(tree: ast.AST) -> bool:
    return any(_FETCHES.search(_name(one.func)) for one in _calls(tree))


def _loads(tree: ast.AST) -> Iterator[ast.Call]:
    for one in _calls(tree):
        name = _name(one.func)
        if _LOADS.search(name) and not (name == "torch.load" and _is_safe(one)):
            yield one


def _is_safe(call: ast.Call) -> bool:
    return any(
        one.arg == "weights_only"
        and isinstance(one.value, ast.Constant)
        and one.value.value is True
        for one in call.keywords
    )


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""
