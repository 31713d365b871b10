"""Counts what really goes to the database: every statement, BEGIN and COMMIT among them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def counted(monkeypatch: Any) -> Iterator[list[str]]:
    """The first words of the statements of the block, in order."""
    seen: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql.split(None, 1)[0])
        return execute(sql, params, many, context)

    def begin(self: BaseDatabaseWrapper, autocommit: bool, *args: Any, **kwargs: Any) -> None:
        if not autocommit and self.vendor != "sqlite":  # which sends its own, seen by `watch`
            seen.append("BEGIN")
        return autocommit_before(self, autocommit, *args, **kwargs)

    autocommit_before = BaseDatabaseWrapper.set_autocommit
    commit_before = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]

    def commit(self: BaseDatabaseWrapper) -> None:
        seen.append("COMMIT")
        commit_before(self)

    with monkeypatch.context() as patch, connection.execute_wrapper(watch):
        patch.setattr(BaseDatabaseWrapper, "set_autocommit", begin)
        patch.setattr(BaseDatabaseWrapper, "_commit", commit)
        yield seen
