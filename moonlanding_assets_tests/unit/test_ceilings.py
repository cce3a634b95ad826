"""Ceilings that keep the worst case near the median: lines, functions, levels.

Columns and complexity are ruff's; this is what ruff does not count.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    path
    for package in ("moonlanding_assets", "moonlanding_assets_tests")
    for path in (ROOT / package).rglob("*.py")
)
DECLARATIONS = {"schema", "mapping", "contract", "moonlanding_assets_tests"}
BLOCKS = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match, ast.AsyncFor, ast.AsyncWith)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def deepest(node: ast.AST, level: int = 0) -> int:
    """How many blocks stand inside one another; an elif is no deeper than its if."""
    levels = [level]
    for child in ast.iter_child_nodes(node):
        is_elif = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        levels.append(deepest(child, level + (isinstance(child, BLOCKS) and not is_elif)))
    return max(levels)


def over_the_ceilings(source: str, lines: int) -> Iterator[str]:
    """Everything in the module that is above its ceiling."""
    if source.count("\n") > lines:
        yield f"{source.count(chr(10))} lines, ceiling {lines}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, FUNCTIONS):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > 40:
                yield f"{node.name}: {length} lines, ceiling 40"
            if deepest(node) > 4:
                yield f"{node.name}: {deepest(node)} levels, ceiling 4"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_below_its_ceilings(path: Path) -> None:
    lines = 400 if DECLARATIONS & set(path.relative_to(ROOT).parts) else 250
    assert list(over_the_ceilings(path.read_text(), lines)) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_says_what_it_holds(path: Path) -> None:
    source = path.read_text()
    assert not source.strip() or ast.get_docstring(ast.parse(source))


def test_the_ceilings_are_felt() -> None:
    deep = "def f():\n" + "".join(f"{' ' * n}if 1:\n" for n in range(1, 6)) + " " * 7 + "pass\n"
    long = "def g():\n" + " pass\n" * 40
    chain = "def h():\n if 1:\n  pass\n" + " elif 2:\n  pass\n" * 9
    assert list(over_the_ceilings(deep, 250)) == ["f: 5 levels, ceiling 4"]
    assert list(over_the_ceilings(long, 250)) == ["g: 41 lines, ceiling 40"]
    assert list(over_the_ceilings(chain, 250)) == []
    assert list(over_the_ceilings("\n" * 251, 250)) == ["251 lines, ceiling 250"]
