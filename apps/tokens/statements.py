"""The SQL of the token path: one SELECT per kind of look-up, the same for SQLite and PostgreSQL.

Written by hand because the whole standing of a token must come from one statement with its row:
a revoking change is then either before or after it, never in between.
"""

from dataclasses import fields
from functools import cache
from itertools import product

from apps.tokens.store import GrantRow, Lookup, TokenRow

GRANT = "tokens_grant"
ACCESS_TOKEN = "tokens_accesstoken"  # noqa: S105
REVOKED_TOKEN = "tokens_revokedtoken"  # noqa: S105
USED_ASSERTION = "tokens_usedassertion"
CUTOFF = "tokens_tokencutoff"
SECRET = "clients_clientsecret"  # noqa: S105
LOG_EVENT = "systemlog_logevent"

GRANT_COLUMNS = tuple(f.name for f in fields(GrantRow))
TOKEN_COLUMNS = tuple(f.name for f in fields(TokenRow))

BASE = ("i.epoch", "i.has_cutoffs", "s.id", "s.version", "s.epoch", "s.status")
CALLER = ("c.id", "c.version", "c.epoch", "c.status", "ctp.epoch")
OWNER = ("o.id", "o.version", "o.epoch", "o.status", "otp.epoch")
USER = ("u.id", "u.epoch", "u.password_epoch", "u.status", "u.login")
PROFILE = (
    *("u.login", "u.email", "u.verified_email"),
    *("u.first_name", "u.last_name", "u.profile", "u.last_updated"),
)
DIRECT_PATH = "'u' || CAST(a.id AS text)"
GROUP_PATH = "'g' || CAST(a.id AS text) || '.' || CAST(m.id AS text) || '@' || a.group_id"
EVERYONE_PATH = "'e' || CAST(a.id AS text) || '@' || a.group_id"
UNIT_SEPARATOR = "\x1f"  # no name contains a control character

_FROM = """
FROM servers_installation i
LEFT JOIN servers_authorizationserver s ON s.id = %(server)s
LEFT JOIN clients_client c ON c.client_id = %(client)s
LEFT JOIN clients_tokenpolicy ctp ON ctp.id = c.token_policy_id"""
_OWNER = """
LEFT JOIN clients_client o ON o.{column} = {value}
LEFT JOIN clients_tokenpolicy otp ON otp.id = o.token_policy_id"""
_REVOKED = "LEFT JOIN tokens_revokedtoken r ON r.jti_digest = %(jti)s"
_VALID = (
    "(a.valid_from IS NULL OR a.valid_from <= %(now)s) "
    "AND (a.valid_until IS NULL OR a.valid_until > %(now)s)"
)


@cache
def select_statement(
    kind: str, vendor: str, *, cutoffs: bool = False
) -> tuple[str, tuple[str, ...]]:
    """The statement of a look-up `kind` ("" for none) and the sections of its row, in order.

    Without `cutoffs` it only tells whether there are any, which costs nothing; asking for them
    costs the planner a tenth of a millisecond.
    """
    base, _, with_profile = kind.partition("+")
    sections, joins = _PLANS[base]
    if with_profile:
        sections = (*sections, "profile", "groups")
    if cutoffs:
        sections = (*sections, "cutoffs")
    columns = [column for section in sections for column in _columns(section, base, vendor)]
    return f"SELECT {', '.join(columns)} {_FROM} {joins} WHERE i.id = 1", sections


KEYS = ("code", "grant", "access", "owner", "user")


def kind_of(lookup: Lookup) -> str:
    """The kind of look-up: the name of its one set member, with "+profile" when that is asked
    for."""
    for name in KEYS:
        if getattr(lookup, name):
            return f"{name}+profile" if lookup.profile else name
    return ""


def _columns(section: str, kind: str, vendor: str) -> tuple[str, ...]:
    client, user = ("c.id", "u.id") if kind == "user" else ("g.client_id", "g.user_id")
    return {
        "base": BASE,
        "caller": CALLER,
        "owner": OWNER,
        "user": USER,
        "paths": (f"{_paths(client, user, vendor)} AS paths",),
        "profile": PROFILE,
        "groups": (f"{_groups(vendor)} AS member_of",),
        "grant": tuple(f"g.{column}" for column in GRANT_COLUMNS),
        "token": tuple(f"t.{column}" for column in TOKEN_COLUMNS),
        "revoked": ("r.revoked_by",),
        "cutoffs": (f"{_cutoffs(*_HOLDERS.get(kind, (client, user)), vendor)} AS cutoffs",),
    }[section]


def _joined(vendor: str, value: str) -> str:
    """Aggregate texts into one, separated by spaces."""
    return f"{'group_concat' if vendor == 'sqlite' else 'string_agg'}({value}, ' ')"


def _paths(client: str, user: str, vendor: str) -> str:
    """The user's unbroken assignment paths to the client: `u…` direct, `g….…` by group, `e…` by
    Everyone."""
    direct = (
        f"SELECT {_joined(vendor, DIRECT_PATH)} FROM clients_userassignment a "
        f"WHERE a.client_id = {client} AND a.user_id = {user} AND {_VALID}"
    )
    group = (
        f"SELECT {_joined(vendor, GROUP_PATH)} FROM clients_groupassignment a "
        f"JOIN directory_groupmembership m ON m.group_id = a.group_id AND m.user_id = {user} "
        f"WHERE a.client_id = {client} AND {_VALID}"
    )
    everyone = (
        f"SELECT {_joined(vendor, EVERYONE_PATH)} FROM clients_groupassignment a "
        f"JOIN directory_group e ON e.id = a.group_id AND e.type = 'BUILT_IN' "
        f"WHERE a.client_id = {client} AND {_VALID}"
    )
    parts = (f"COALESCE(({part}), '')" for part in (direct, group, everyone))
    return " || ' ' || ".join(parts)


def _cutoffs(client: str, user: str, vendor: str) -> str:
    """The open cutoffs that match the server, the client and the user, as
    `id:epoch:scope epoch:seconds`, each of the last three empty where it is any.

    By one key, `server|client|user` with any of them empty: at most eight probes of one index,
    however many cutoffs are open.
    """
    keys = (
        "||'|'||".join(parts) for parts in product(("''", "s.id"), ("''", client), ("''", user))
    )
    seconds = {
        "sqlite": "strftime('%%s', k.issued_before)",
        "postgresql": "EXTRACT(EPOCH FROM k.issued_before)::bigint",
    }[vendor]
    parts = ("k.id", "k.epoch", "k.scope_epoch", seconds)
    text = " || ':' || ".join(f"COALESCE(CAST({part} AS text), '')" for part in parts)
    found = f"FROM {CUTOFF} k WHERE k.owners IN ({', '.join(sorted(set(keys)))})"
    return f"(SELECT {_joined(vendor, text)} {found})"


def _groups(vendor: str) -> str:
    """The user's groups, Everyone included, as `id name` separated by unit separators."""
    separator = "char(31)" if vendor == "sqlite" else "chr(31)"
    function = "group_concat" if vendor == "sqlite" else "string_agg"
    return (
        f"(SELECT {function}(n.id || ' ' || n.name, {separator}) FROM directory_group n "
        "WHERE n.type = 'BUILT_IN' OR EXISTS (SELECT 1 FROM directory_groupmembership m "
        "WHERE m.group_id = n.id AND m.user_id = u.id))"
    )


_STANDING = (
    _OWNER.format(column="id", value="g.client_id")
    + "\nLEFT JOIN directory_user u ON u.id = g.user_id"
)
# Client and user that cutoffs are matched with, where those aren't the grant's.
_HOLDERS = {
    "": ("c.id", "''"),
    "owner": ("o.id", "''"),
    "access": ("t.client_id", "t.user_id"),
}
_PLANS: dict[str, tuple[tuple[str, ...], str]] = {
    "": (("base", "caller"), ""),
    "code": (
        ("base", "caller", "owner", "user", "paths", "grant"),
        f"LEFT JOIN {GRANT} g ON g.code_digest = %(key)s {_STANDING}",
    ),
    "grant": (
        ("base", "caller", "owner", "user", "paths", "grant", "revoked"),
        f"LEFT JOIN {GRANT} g ON g.id = %(key)s {_STANDING} {_REVOKED}",
    ),
    "access": (
        ("base", "caller", "owner", "user", "paths", "grant", "token"),
        f"LEFT JOIN {ACCESS_TOKEN} t ON t.digest = %(key)s "
        f"LEFT JOIN {GRANT} g ON g.id = t.grant_id "
        + _OWNER.format(column="id", value="t.client_id")
        + " LEFT JOIN directory_user u ON u.id = g.user_id",
    ),
    "owner": (
        ("base", "caller", "owner", "revoked"),
        _OWNER.format(column="client_id", value="%(key)s") + f" {_REVOKED}",
    ),
    "user": (
        ("base", "caller", "user", "paths"),
        "LEFT JOIN directory_user u ON u.id = %(key)s",
    ),
}
