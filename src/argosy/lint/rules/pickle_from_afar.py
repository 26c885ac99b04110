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
from argosy.lint.project.fetched import dotted, fetched_arguments
from argosy.lint.project.project import Project

CODE = "AI406"
SEVERITY = "error"

_LOADS = re.compile(
    r"^(pickle|cPickle|_pickle|cloudpickle|dill|joblib|torch)\.(load|loads)$|^(pandas|pd)\.read_pickle$"
)
# What both are seen by, before a file is parsed for it.
_MAY_LOAD = re.compile(r"pickle|joblib|torch\.load|dill")
_MAY_FETCH = re.compile(r"download|get_object|urlretrieve|urlopen|\.get\(|fget_object")
_CHECKED = re.compile(r"sha256|hashlib|hmac|verify_signature|blake2")


def check(project: Project) -> Iterator[Finding]:
    """Loading what comes from a download, unless the program checks a digest or a signature."""
    for program in project.programs:
        text = program.text
        if not _MAY_LOAD.search(text) or not _MAY_FETCH.search(text) or _CHECKED.search(text):
            continue
        for call in fetched_arguments(program.tree, _LOADS) if program.tree is not None else ():
            name = dotted(call.func)
            if name != "torch.load" or not _is_safe(call):
                yield Finding(
                    program.at(call),
                    f"`{name}` runs what a file from somewhere else says",
                    "Use a format of data alone (safetensors, ONNX, GGUF), "
                    "or check the file's digest first.",
                )


def _is_safe(call: ast.Call) -> bool:
    """PyTorch's own way to load tensors alone."""
    return any(
        one.arg == "weights_only"
        and isinstance(one.value, ast.Constant)
        and one.value.value is True
        for one in call.keywords
    )
