"""No row is written outside the services and the named storage modules (rows 157 and 293).

A service validates, raises versions and epochs, logs and enqueues in one transaction; a write
beside it does none of that. `python -m tests.house.writes` names every such write.

What is looked for is syntax, since types aren't known here:

- methods that only models and managers have: `save`, `bulk_create`, `get_or_create` and so on;
- `update` as querysets take it, with keywords only: a dict's or a hash's takes a position;
- `add`, `set`, `remove`, `clear` and `delete` on managers, querysets and known relations;
- SQL that isn't a constant SELECT, and constants that are SQL writes.
"""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from tests.house.storage import STORAGE

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("apps", "authzsite")
PURE: Final = "authzsite/domain/"  # can't reach a database: see `test_imports`

# Whatever the receiver: nothing else here has methods of these names.
ALWAYS: Final = frozenset(
    {
        *("save", "save_base", "create", "delete", "get_or_create", "update_or_create"),
        *("bulk_create", "bulk_update", "_raw_delete", "_insert", "_update"),
    }
)
BY_RECEIVER: Final = frozenset({"add", "remove", "set", "clear"})
MANAGERS: Final = frozenset({"objects", "_default_manager", "_base_manager"})
QUERIES: Final = frozenset(
    {
        *("all", "annotate", "defer", "distinct", "exclude", "filter", "none", "only", "using"),
        *("order_by", "prefetch_related", "reverse", "select_for_update", "select_related"),
    }
)
SQL_CALLS: Final = frozenset({"execute", "executemany", "executescript", "callproc", "copy", "raw"})
READS: Final = re.compile(r"\s*(SELECT|SHOW|EXPLAIN|PRAGMA)\b", re.IGNORECASE)
WRITES: Final = re.compile(
    r"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|TRUNCATE|MERGE\s+INTO|COPY\s+\S+\s+FROM)\b",
    re.IGNORECASE,
)
# Receivers, as they are spelled, that only look like rows, and what they are.
HARMLESS: Final = {
    "app.conf": "Celery's settings",
    "sender.conf": "Celery's settings",
    "cache": "Django's cache",
    "_current": "a context variable",
    "logs.request_id": "a context variable",
}


def violations(source: str, relations: frozenset[str] = frozenset()) -> Iterator[tuple[int, str]]:
    """Line and text of each write in a module's source; `relations` are names of managers."""
    tree = ast.parse(source)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    relations |= _aliases(tree, relations)
    for node in ast.walk(tree):
        match node:
            case ast.Call():
                is_write = _is_write(node, relations)
            case ast.Attribute():
                is_write = id(node) not in called and _is_handed_on(node)
            case ast.Constant():
                is_write = _is_sql_write(node)
            case _:
                continue
        if is_write:
            yield node.lineno, ast.unparse(node)[:100]


def _is_write(call: ast.Call, relations: frozenset[str]) -> bool:
    match call.func:
        case ast.Attribute(value=receiver, attr=name):
            return _is_method_write(call, receiver, _plain(name), relations)
        case ast.Name(id="getattr") if len(call.args) > 1:
            word = call.args[1]
            known = ALWAYS | {"update"}
            return isinstance(word, ast.Constant) and _plain(str(word.value)) in known
    return False


def _is_method_write(
    call: ast.Call, receiver: ast.expr, name: str, relations: frozenset[str]
) -> bool:
    if ast.unparse(receiver) in HARMLESS:
        return False
    if name in ALWAYS:
        return True
    if name == "update":
        has_values = bool(call.keywords) and not call.args
        return has_values or _is_rows(receiver, relations)
    if name in BY_RECEIVER:
        return _is_rows(receiver, relations)
    is_wrapper = ast.unparse(receiver) == "super()"  # hands on what others wrote
    is_read = is_wrapper or bool(call.args) and _is_read(call.args[0])
    return name in SQL_CALLS and not is_read


def _is_rows(receiver: ast.expr, relations: frozenset[str]) -> bool:
    """Whether this is a manager, a queryset or a relation, by its spelling."""
    match receiver:
        case ast.Attribute(attr=name):
            return name in MANAGERS or name in relations or name.endswith("_set")
        case ast.Call(func=ast.Attribute(value=inner, attr=name)):
            return name in QUERIES or _is_rows(inner, relations)
        case ast.Name(id=name):
            return name == "QuerySet" or f"={name}" in relations
    return False


def _aliases(tree: ast.AST, relations: frozenset[str]) -> frozenset[str]:
    """Variables that hold a manager, a queryset or a relation, marked with `=`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _is_rows(node.value, relations):
                found |= {f"={one.id}" for one in targets if isinstance(one, ast.Name)}
    return frozenset(found)


def _is_handed_on(node: ast.Attribute) -> bool:
    """A method that somebody else will call. `delete` alone is also how views name theirs."""
    return _plain(node.attr) in ALWAYS - {"create", "delete"} and isinstance(node.ctx, ast.Load)


def _is_read(argument: ast.expr) -> bool:
    """Whether it is a constant that begins as a read and holds no write."""
    if not isinstance(argument, ast.Constant) or not isinstance(argument.value, str):
        return False
    return bool(READS.match(argument.value)) and not WRITES.search(argument.value)


def _is_sql_write(node: ast.Constant) -> bool:
    return isinstance(node.value, str) and bool(WRITES.match(node.value.lstrip("\n \t(")))


def _plain(name: str) -> str:
    """`asave` is `save`."""
    return name[1:] if name.startswith("a") and name[1:] in ALWAYS | {"update"} else name


@cache
def known_relations() -> frozenset[str]:
    """The names by which rows lead to rows: of many-to-many fields, and `related_name`s."""
    names: set[str] = set()
    for file in ROOT.glob("apps/*/models.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "related_name":
                names.add(str(getattr(node.value, "value", "")))
            elif isinstance(node, ast.AnnAssign | ast.Assign) and _is_many(node.value):
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                names.add(ast.unparse(target))
    return frozenset(names)


def _is_many(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func).endswith("ManyToManyField")


def modules() -> Iterator[str]:
    """The paths of our modules that may not write."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            is_exempt = "/migrations/" in path or "/services/" in path or path.startswith(PURE)
            if not is_exempt:
                yield path


def writes_of(path: str) -> list[str]:
    """The writes of one of our modules, as `path:line: text`."""
    source = (ROOT / path).read_text()
    return [f"{path}:{line}: {text}" for line, text in violations(source, known_relations())]


def bypasses() -> list[str]:
    """Every write outside the services and the storage modules."""
    return [found for path in modules() if path not in STORAGE for found in writes_of(path)]


if __name__ == "__main__":
    found = bypasses()
    print(*found, sep="\n", end="\n" if found else "")
    if found:
        print("Call a service, or name the module in tests/house/storage.py.")
    sys.exit(bool(found))
