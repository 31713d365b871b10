"""The SELECT of a blast radius, for SQLite and PostgreSQL.

`looked…` are the rows that are read, at most so many by one index; `found` those of them that live
and would die; the rest counts those. Values are parameters; only our own names are pieces.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any, Final

from django.db import connection

from apps.tokens.reach import Reach
from apps.tokens.statements import ACCESS_TOKEN, CUTOFF, GRANT
from authzsite.domain.limits import ACCESS_TOKEN_MINUTES

SHOWN: Final = 10  # users, clients, and tokens of the sample
LONGEST_ACCESS: Final = timedelta(minutes=ACCESS_TOKEN_MINUTES[1])

# As `selectors.live_grants` and `live_tokens`.
_LIVE_GRANT: Final = (
    "t.revoked_at IS NULL AND (t.code_consumed_at IS NULL AND t.code_expires_at > %(now)s "
    "OR t.refresh_digest <> '' AND t.idle_expires_at > %(now)s "
    "AND (t.expires_at IS NULL OR t.expires_at > %(now)s) OR t.code_consumed_at > %(recent)s)"
)
_LIVE_TOKEN: Final = "t.revoked_at IS NULL AND t.expires_at > %(now)s"  # noqa: S105
# Table, key, whether it is one of grants, and columns: issued, its grant, waits for its exchange.
_KINDS: Final = (
    (GRANT, "id", 1, "t.created", "''", "t.code_consumed_at IS NULL", _LIVE_GRANT),
    (ACCESS_TOKEN, "digest", 0, "t.issued_at", "t.grant_id", "FALSE", _LIVE_TOKEN),
)
_FOUND: Final = "l.key, l.is_grant, l.client_id, l.user_id, l.scopes, l.issued"
# What comes of a grant is as old as the grant.
_AGE: Final = (
    f"CASE l.grant_id WHEN '' THEN l.issued ELSE (SELECT g.created FROM {GRANT} g "
    "WHERE g.id = l.grant_id) END"
)


class _Dialect:
    """How each database reads the vector and lists."""

    def __init__(self, vendor: str) -> None:
        self.is_sqlite = vendor == "sqlite"

    def reads(self, name: str, column: str) -> str:
        """Whether the vector of `l` holds the epoch that this column has now."""
        if self.is_sqlite:
            return f"json_extract(l.vector, '$.{name}') = {column}"
        return f"l.vector -> '{name}' = to_jsonb({column})"

    def has(self, name: str) -> str:
        """Whether the vector of `l` holds anything there."""
        return f"l.vector ->> '{name}' IS NOT NULL"

    def items(self, name: str) -> str:
        """The items of a list of the vector of `l`, as rows `x.value`."""
        if self.is_sqlite:
            return f"json_each(l.vector, '$.{name}') x"
        return f"jsonb_array_elements_text(l.vector -> '{name}') x(value)"

    def among(self, value: str, name: str) -> str:
        """Whether a value is in the list of parameter `name`."""
        if self.is_sqlite:
            return f"{value} IN (SELECT value FROM json_each(%({name})s))"
        return f"{value} = ANY(%({name})s)"

    def list(self, values: Sequence[Any]) -> Any:
        """A list as a parameter."""
        return json.dumps(list(values)) if self.is_sqlite else list(values)

    @property
    def vector(self) -> str:
        """The vector, parsed; NULL, which stands on nothing, where that is none of ours."""
        value = "t.vector" if self.is_sqlite else "CAST(t.vector AS jsonb)"
        return f"CASE WHEN t.vector LIKE '{{\"i\":%%}}' THEN {value} END"

    @property
    def head(self) -> str:
        """A path up to its dot, which stands for all below it."""
        if self.is_sqlite:
            return "substr(x.value, 1, instr(x.value, '.'))"
        return "split_part(x.value, '.', 1) || '.'"

    def part(self, number: int) -> str:
        """A number of a path: the first, or the one behind the dot."""
        if not self.is_sqlite:
            return f"CAST(NULLIF(split_part(substr(x.value, 2), '.', {number}), '') AS bigint)"
        rest = "instr(x.value || '.', '.')"
        text = f"substr(x.value, 2, {rest} - 2)" if number == 1 else f"substr(x.value, {rest} + 1)"
        return f"CAST({text} AS integer)"


def statement(
    reaches: Sequence[Reach], now: datetime, limit: int, vendor: str
) -> tuple[str, dict[str, Any]]:
    """The SELECT and its parameters. Rows: section, then eight columns (see `blast`)."""
    dialect = _Dialect(vendor)
    parameters: dict[str, Any] = {
        "now": _moment(now),
        "recent": _moment(now - LONGEST_ACCESS),
        "more": limit + 1,
        "shown": SHOWN,
    }
    ctes, finds = [], []
    for place, reach in enumerate(reaches):
        for table, key, is_grant, issued, grant, waits, live in _KINDS:
            name = f"looked{place}{is_grant}"
            picked = _picked(dialect, reach, place, parameters, key)
            ctes.append(
                f"{name} AS MATERIALIZED (SELECT t.{key} AS key, {is_grant} AS is_grant, "
                f"t.server_id, t.client_id, t.user_id, t.scopes, {dialect.vector} AS vector, "
                f"{issued} AS issued, {grant} AS grant_id, {waits} AS waits, ({live}) AS is_live "
                f"FROM {table} t {picked} LIMIT %(more)s)"
            )
            conditions = " AND ".join(_conditions(dialect, reach, place, parameters))
            finds.append(f"SELECT {_FOUND} FROM {name} l WHERE l.is_live AND {conditions}")
    union = " UNION " if len(reaches) > 1 else " UNION ALL "  # what several mean counts once
    ctes.append(f"found AS MATERIALIZED ({union.join(finds)})")
    looked = [f"looked{place}{kind}" for place in range(len(reaches)) for kind in (1, 0)]
    return f"WITH {', '.join(ctes)} {_sections(looked)}", parameters


def stands(row: str, vendor: str) -> str:
    """A condition: the one grant that the SELECT `row` names stands (see `_stands`). Its columns:
    server_id, client_id, user_id, vector and issued. Bound as a statement with parameters is."""
    dialect = _Dialect(vendor)
    return (
        "EXISTS (SELECT 1 FROM (SELECT t.server_id, t.client_id, t.user_id, t.issued, "
        f"'' AS grant_id, FALSE AS waits, {dialect.vector} AS vector FROM ({row}) t) l "
        f"WHERE {_stands(dialect)})"
    )


def _moment(value: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(value)


def _picked(
    dialect: _Dialect, reach: Reach, place: int, parameters: dict[str, Any], key: str
) -> str:
    """The stretch of one index to read: the narrowest column that the reach names, in the order of
    the key where that is the index's, so that the limit bounds what is read."""
    given = (("user_id", reach.users), ("client_id", reach.clients), ("server_id", reach.servers))
    column, ids = next(((c, i) for c, i in given if i), ("", frozenset[str]()))
    if not column:
        return f"ORDER BY t.{key}"
    name = f"ids{place}"
    if len(ids) == 1:
        parameters[name] = next(iter(ids))
        return f"WHERE t.{column} = %({name})s ORDER BY t.{key}"
    parameters[name] = dialect.list(sorted(ids))
    return f"WHERE {dialect.among(f't.{column}', name)}"


def _conditions(
    dialect: _Dialect, reach: Reach, place: int, parameters: dict[str, Any]
) -> Iterator[str]:
    """Of a row `l`: that it lives, and that the reach means it."""
    yield _stands(dialect)
    for column, ids in (
        ("server_id", reach.servers),
        ("client_id", reach.clients),
        ("user_id", reach.users),
    ):
        if ids:
            name = f"{column}{place}"
            parameters[name] = dialect.list(sorted(ids))
            yield dialect.among(f"l.{column}", name)
    for number, epoch in enumerate(sorted(reach.epochs)):
        name = f"epoch{place}_{number}"
        parameters[name] = str(epoch)
        items = dialect.items("g")
        yield f"EXISTS (SELECT 1 FROM {items} WHERE CAST(x.value AS text) = %({name})s)"
    if reach.epochs:
        yield "NOT l.waits"
    if reach.issued_before is not None:
        parameters[f"before{place}"] = _moment(reach.issued_before)
        yield f"{_AGE} < %(before{place})s"
    if reach.needs_password:
        yield dialect.has("w")
    if reach.paths:
        yield _breaks(dialect, reach, place, parameters)


def _stands(dialect: _Dialect) -> str:
    """Installation, server, client and user are as the token recorded them, and no cutoff means
    it. What a change of configuration has ended is marked soon after.

    Each is a look-up by key, written so that no planner makes a join of it: that would be all
    clients for each token.
    """
    installation = "(SELECT epoch FROM servers_installation WHERE id = 1)"
    server, client, user = (
        f"(SELECT o.epoch FROM {table} o WHERE o.id = l.{column} AND o.status = 'ACTIVE')"
        for table, column in (
            ("servers_authorizationserver", "server_id"),
            ("clients_client", "client_id"),
            ("directory_user", "user_id"),
        )
    )
    return (
        f"{dialect.reads('i', installation)} AND {dialect.reads('s', server)} "
        f"AND {dialect.reads('c', client)} AND (l.user_id = '' OR {dialect.reads('u', user)}) "
        f"AND {_cutoff(dialect)} IS NULL"
    )


def _cutoff(dialect: _Dialect) -> str:
    """The id of a cutoff that has ended it, by one index as in `statements`."""
    parts = ("''", "l.server_id"), ("''", "l.client_id"), ("''", "l.user_id")
    keys = ", ".join(" || '|' || ".join(part) for part in product(*parts))
    config, read = dialect.items("g"), dialect.items("k")
    epochs = " AND ".join(
        f"(k.{column} IS NULL OR NOT l.waits AND EXISTS (SELECT 1 FROM {config} "
        f"WHERE CAST(x.value AS text) = CAST(k.{column} AS text)))"
        for column in ("epoch", "scope_epoch")
    )
    return (
        f"(SELECT k.id FROM {CUTOFF} k WHERE k.owners IN ({keys}) "
        f"AND (k.issued_before IS NULL OR {_AGE} < k.issued_before) AND {epochs} "
        f"AND NOT EXISTS (SELECT 1 FROM {read} WHERE CAST(x.value AS text) = CAST(k.id AS text)) "
        "LIMIT 1)"
    )


def _breaks(dialect: _Dialect, reach: Reach, place: int, parameters: dict[str, Any]) -> str:
    """It has paths, one of which would break, and no other that is unbroken."""
    exact, heads = f"paths{place}", f"heads{place}"
    parameters[exact] = dialect.list([p for p in reach.paths if not p.endswith(".")])
    parameters[heads] = dialect.list([p for p in reach.paths if p.endswith(".")])
    broken = f"({dialect.among('x.value', exact)} OR {dialect.among(dialect.head, heads)})"
    first, second = dialect.part(1), dialect.part(2)
    lasts = "(a.valid_until IS NULL OR a.valid_until > %(now)s)"
    by_group = f"EXISTS (SELECT 1 FROM clients_groupassignment a WHERE a.id = {first} AND {lasts})"
    stands = (
        "CASE substr(x.value, 1, 1) WHEN 'u' THEN "
        f"EXISTS (SELECT 1 FROM clients_userassignment a WHERE a.id = {first} AND {lasts}) "
        f"WHEN 'e' THEN {by_group} ELSE {by_group} AND EXISTS "
        f"(SELECT 1 FROM directory_groupmembership m WHERE m.id = {second}) END"
    )
    items = dialect.items("p")
    return (
        f"EXISTS (SELECT 1 FROM {items} WHERE {broken}) "
        f"AND NOT EXISTS (SELECT 1 FROM {items} WHERE NOT {broken} AND {stands})"
    )


def _sections(looked: Sequence[str]) -> str:
    """The sample first: its columns give the types of all. Names are looked up last, for few."""
    counts = "SUM(f.is_grant) AS grants, SUM(1 - f.is_grant) AS tokens"
    user = "LEFT JOIN directory_user u ON u.id = a.user_id"
    client = "LEFT JOIN clients_client c ON c.id = a.client_id"
    none = "NULL, NULL, NULL, NULL, NULL"
    shares = (
        f"SELECT '{{0}}', a.{{0}}_id, {{1}}, a.grants, a.tokens, {none} FROM (SELECT f.{{0}}_id, "
        f"{counts} FROM found f WHERE f.{{0}}_id <> '' GROUP BY f.{{0}}_id "
        "ORDER BY COUNT(*) DESC, f.{0}_id LIMIT %(shown)s) a {2}"
    )
    parts = [
        "SELECT 'sample' AS section, a.key, c.name, a.is_grant AS grants, "
        "1 - a.is_grant AS tokens, a.user_id, u.login, a.client_id, a.scopes, a.issued "
        "FROM (SELECT * FROM found f "
        f"ORDER BY f.issued DESC, f.key LIMIT %(shown)s) a {user} {client}",
        shares.format("user", "u.login", user),
        shares.format("client", "c.name", client),
        "SELECT 'total', '', '', COALESCE(SUM(f.is_grant), 0), "
        f"COALESCE(SUM(1 - f.is_grant), 0), {none} FROM found f",
        "SELECT 'owners', '', '', COUNT(DISTINCT NULLIF(f.user_id, '')), "
        f"COUNT(DISTINCT f.client_id), {none} FROM found f",
    ]
    parts += [f"SELECT 'looked', '', '', COUNT(*), 0, {none} FROM {name}" for name in looked]
    return " UNION ALL ".join(parts)
