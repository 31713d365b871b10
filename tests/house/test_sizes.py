"""Small functions, small files: limits, and a median to be proud of."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES, FUNCTION_LINES, MEDIAN_LINES = 300, 50, 8


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (f for f in (ROOT / folder).rglob("*.py") if "migrations" not in f.parts)


def functions(file: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            yield f"{file.relative_to(ROOT)}:{node.lineno} {node.name} {lines}", lines


def test_no_file_is_long() -> None:
    lengths = {
        f: len(f.read_text().splitlines()) for f in python_files("authzsite", "apps", "tests")
    }
    assert [f"{f.relative_to(ROOT)} {n}" for f, n in lengths.items() if n > FILE_LINES] == []


def test_no_function_is_long() -> None:
    found = [
        pair for file in python_files("authzsite", "apps", "tests") for pair in functions(file)
    ]
    assert [where for where, lines in found if lines > FUNCTION_LINES] == []


def test_the_median_function_is_short() -> None:
    sizes = [lines for file in python_files("authzsite", "apps") for _, lines in functions(file)]
    assert median(sizes) <= MEDIAN_LINES
