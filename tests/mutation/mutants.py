"""Small changes of a module's code, one at a time: what a test should notice."""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.And: ast.Or, ast.Or: ast.And,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A changed module. `line` and `what` say where and what."""

    path: Path
    line: int
    what: str
    tree: ast.Module


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its lines."""
    source = ast.parse(path.read_text())
    found: list[tuple[int, str, ast.Module]] = []
    idle = {id(one) for part in _without_effect(source) for one in ast.walk(part)}
    for number, node in enumerate(ast.walk(source)):
        for what, change in _changes(node) if id(node) not in idle else ():
            tree = copy.deepcopy(source)
            twin = next(one for position, one in enumerate(ast.walk(tree)) if position == number)
            change(twin)
            found.append((getattr(node, "lineno", 0), what, ast.fix_missing_locations(tree)))
    for line, what, tree in sorted(found, key=lambda one: one[0]):
        yield Mutant(path, line, what, tree)


def _without_effect(source: ast.Module) -> Iterator[ast.AST]:
    """What no running test could notice: annotations, decorators (done when the module was loaded), fields of classes."""
    for node in ast.walk(source):
        yield from (found for name in ("annotation", "returns") if (found := getattr(node, name, None)) is not None)
        yield from getattr(node, "decorator_list", ())
        if isinstance(node, ast.ClassDef):
            yield from (one for one in node.body if not isinstance(one, (ast.FunctionDef, ast.ClassDef)))
    for one in source.body:
        if isinstance(one, ast.Assign) and isinstance(one.value, ast.Call) and ast.unparse(one.value.func) == "TypeVar":
            yield one


def _changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Compare):
        new = SWAPS.get(type(node.ops[0]))
        if new:
            yield f"{ast.unparse(node)}: {new.__name__}", lambda twin, new=new: twin.ops.__setitem__(0, new())  # type: ignore[misc]
    if isinstance(node, (ast.BoolOp, ast.BinOp, ast.AugAssign)) and type(node.op) in SWAPS:
        new = SWAPS[type(node.op)]
        yield f"{ast.unparse(node)}: {new.__name__}", lambda twin, new=new: setattr(twin, "op", new())  # type: ignore[misc]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        yield f"{ast.unparse(node)}: without what is taken off", lambda twin: _become(twin, twin.left)  # type: ignore[attr-defined]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.Invert)):
        yield f"{ast.unparse(node)}: not negated", lambda twin: _become(twin, twin.operand)  # type: ignore[attr-defined]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"{node.value}: the opposite", lambda twin: setattr(twin, "value", not twin.value)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield f"{node.value}: one more", lambda twin: setattr(twin, "value", twin.value + 1)  # type: ignore[attr-defined]
    if isinstance(node, (ast.If, ast.IfExp, ast.While)):
        for value in (True, False):
            yield (
                f"if {ast.unparse(node.test)}: {value}",
                lambda twin, value=value: setattr(twin, "test", ast.Constant(value)),
            )  # type: ignore[misc]
    if isinstance(node, ast.comprehension) and node.ifs:
        yield f"… if {ast.unparse(node.ifs[0])}: left out", lambda twin: twin.ifs.pop(0)  # type: ignore[attr-defined]
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield f"{ast.unparse(node)[:60]}: returns None", lambda twin: setattr(twin, "value", ast.Constant(None))
    if (
        isinstance(node, (ast.Set, ast.List, ast.Tuple))
        and isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        and len(node.elts) > 1
    ):
        for position, one in enumerate(node.elts):
            yield f"{ast.unparse(one)[:60]}: left out of the list", lambda twin, n=position: twin.elts.pop(n)  # type: ignore[misc]
    if isinstance(node, ast.Call):
        for position, keyword in enumerate(node.keywords):
            if keyword.arg:
                yield f"{ast.unparse(keyword)[:60]}: left out", lambda twin, n=position: twin.keywords.pop(n)  # type: ignore[misc]
    for name in ("body", "orelse"):
        for position, one in enumerate(getattr(node, name, ()) if isinstance(getattr(node, name, ()), list) else ()):
            if isinstance(one, (ast.Raise, ast.AugAssign)) or (
                isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)
            ):
                yield (
                    f"{ast.unparse(one)[:60]}: not done",
                    lambda twin, name=name, n=position: getattr(twin, name).__setitem__(n, ast.Pass()),
                )  # type: ignore[misc]


def _become(twin: ast.AST, other: ast.AST) -> None:
    """Turn a node into another in place: both are expressions, the parent keeps its reference."""
    twin.__class__ = other.__class__  # type: ignore[assignment]
    twin.__dict__ = other.__dict__


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
