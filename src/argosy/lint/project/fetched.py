"""Which values of a program come from somewhere else: downloaded, or read from what was. Pure.

Names are followed through assignments, `with`, arguments and results of the file's own functions;
what goes through objects, containers of others and other files is not.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_FETCHES = re.compile(
    r"(\.|^)(download_file|download_fileobj|get_object|urlretrieve|urlopen|download_to_filename"
    r"|download_as_bytes|download_as_string|download_blob|hf_hub_download|snapshot_download"
    r"|fget_object|cached_download)$|^(requests|httpx|session|client)\.get$"
    r"|^(wget|gdown)\.download$"
)
# Those that write what they fetch to a path they are given.
_TO_PATH = re.compile(
    r"(\.|^)(download_file|download_fileobj|urlretrieve|download_to_filename|fget_object)$"
    r"|^(wget|gdown)\.download$"
)
_ROUNDS = 4  # functions that hand on to functions that hand on; more is not followed

_Function = ast.FunctionDef | ast.AsyncFunctionDef


def fetched_arguments(tree: ast.Module, calls: re.Pattern[str]) -> Iterator[ast.Call]:
    """The calls of a program like ``calls`` one of whose arguments comes from elsewhere."""
    program = _Program(tree)
    for _ in range(_ROUNDS):
        for scope in program.scopes:
            scope.follow(program)
    for scope in program.scopes:
        for node in scope.nodes:
            if not isinstance(node, ast.Call) or not calls.search(dotted(node.func)):
                continue
            if any(scope.is_fetched(one, program) for one in node.args):
                yield node


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of names and attributes; of anything else only what is behind it."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


@dataclass
class _Scope:
    """The module or one function: its nodes in the order of the file, and the names that are."""

    nodes: tuple[ast.AST, ...]
    function: _Function | None = None
    names: set[str] = field(default_factory=set)

    def is_fetched(self, node: ast.AST, program: _Program) -> bool:
        """Whether an expression is made of something from elsewhere."""
        for one in ast.walk(node):
            if isinstance(one, ast.Name) and one.id in (self.names | program.module.names):
                return True
            if isinstance(one, ast.Constant) and _is_from_afar(one.value, program.paths):
                return True
            if isinstance(one, ast.Call):
                name = dotted(one.func)
                if _FETCHES.search(name) or name in program.giving:
                    return True
        return False

    def follow(self, program: _Program) -> None:
        """Add the names that statements make of what is known so far."""
        for node in self.nodes:
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr):
                if node.value is not None and self.is_fetched(node.value, program):
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    self.names.update(name for one in targets for name in _plain_names(one))
            elif isinstance(node, ast.withitem) and node.optional_vars is not None:
                if self.is_fetched(node.context_expr, program):
                    self.names.update(_plain_names(node.optional_vars))
            elif isinstance(node, ast.Return) and node.value is not None and self.function:
                if self.is_fetched(node.value, program):
                    program.giving.add(self.function.name)
            elif isinstance(node, ast.Call):
                self._follow_call(node, program)

    def _follow_call(self, call: ast.Call, program: _Program) -> None:
        name = dotted(call.func)
        if _TO_PATH.search(name):
            for one in (*call.args, *(keyword.value for keyword in call.keywords)):
                if isinstance(one, ast.Name) and one is not call.args[0]:
                    self.names.add(one.id)
                if (
                    isinstance(one, ast.Constant)
                    and "/" in str(one.value)
                    and "://" not in str(one.value)
                ):
                    program.paths.add(one.value)
        for scope in program.scopes:
            if scope.function is not None and scope.function.name == name:
                parameters = [one.arg for one in scope.function.args.args]
                for parameter, one in zip(parameters, call.args, strict=False):
                    if self.is_fetched(one, program):
                        scope.names.add(parameter)


class _Program:
    """``paths`` are literal paths that are downloaded to, ``giving`` functions that give it."""

    def __init__(self, tree: ast.Module) -> None:
        functions = [one for one in ast.walk(tree) if isinstance(one, _Function)]
        self.module = _Scope(tuple(_own(tree)))
        self.scopes = (self.module, *(_Scope(tuple(_own(one)), one) for one in functions))
        self.paths: set[object] = set()
        self.giving: set[str] = set()


def _is_from_afar(value: object, paths: set[object]) -> bool:
    is_address = isinstance(value, str) and bool(re.match(r"(https?|s3|gs|hf|ftp)://", value))
    return is_address or value in paths


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """All below a node but what is inside of functions that stand in it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, _Function):
            yield from _own(child)


def _plain_names(node: ast.AST) -> Iterator[str]:
    """The names that are assigned, also in tuples; those inside of an index are not."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Tuple | ast.List | ast.Starred):
        for child in ast.iter_child_nodes(node):
            yield from _plain_names(child)
