"""What the attributes of a LogEvent are in the database: columns where there are,
members of `body` elsewhere, each element of the targets, and words of the catalogue."""

from typing import Any, Final

from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf

from apps.management.okta.columns import Columns, check_members, member_text
from apps.management.okta.scim import BadFilter, Comparison
from apps.systemlog.events import EVENT_TYPES, EventType

Sql = tuple[str, tuple[Any, ...]]
MAX_WORDS: Final = 10
MAX_WORD_LENGTH: Final = 40


def _or_else(text: Combinable, other: Combinable) -> Combinable:
    """As `render` shows it: the other where the text is empty."""
    found = NullIf(text, Value(""), output_field=TextField())
    return Coalesce(found, Cast(other, TextField()), output_field=TextField())


TEXTS: Final[dict[str, str | Combinable]] = {
    "uuid": "uuid",
    "eventtype": "event_type",
    "severity": "severity",
    "outcome.result": "outcome",
    "outcome.reason": "reason",
    "actor.id": "actor_id",
    "actor.type": "actor_type",
    "client.id": "client_id",
    "client.ipaddress": "ip_address",
    "request.ipchain.ip": "ip_address",
    "transaction.id": "reference",
    "client.useragent.rawuseragent": member_text("body", "userAgent"),
    "transaction.type": _or_else(member_text("body", "transactionType"), Value("WEB")),
    "authenticationcontext.credentialtype": member_text("body", "credentialType"),
    "version": Cast(Value("0"), TextField()),
    **{
        f"actor.{name.lower()}": _or_else(member_text("body", "actor", name), F("actor_name"))
        for name in ("alternateId", "displayName")
    },
}
# Members that are always null here: nothing of them is known.
NEVER: Final = (
    "actor.detailentry",
    "device",
    "securitycontext.",
    "client.zone",
    "client.device",
    "client.geographicalcontext.",
    "client.useragent.os",
    "client.useragent.browser",
    "authenticationcontext.",
    "request.ipchain.",
    "transaction.detail.",
)
COLUMNS: Final = Columns(texts=TEXTS, of_json={"debugcontext.debugdata.": ("body", "debugData")})
WORDS: Final = {"displaymessage": "message", "legacyeventtype": "legacy"}
TARGET: Final = "target."
TARGET_MEMBERS: Final = {
    name.lower(): name for name in ("id", "type", "alternateId", "displayName", "detailEntry")
}
NO_PART: Final = frozenset({"debugcontext.debugdata.url", "debugcontext.debugdata.requesturi"})
SEARCHED: Final = (
    *("uuid", "event_type", "severity", "outcome", "reason", "actor_id", "actor_type"),
    *("actor_name", "client_id", "reference", "ip_address"),
)


def compare(one: Comparison) -> Q:
    """One comparison of an attribute of an event. Raises BadFilter."""
    name = one.attribute.lower()
    if name.startswith("published"):
        raise BadFilter("must not compare published: since and until do")
    if name in NO_PART and one.operator in {"co", "sw", "ew"}:
        raise BadFilter(f"must not look for a part of {one.attribute}")
    if name in WORDS:
        return _of_catalogue(WORDS[name], one)
    if name.startswith(TARGET):
        return _of_targets(one)
    if name in TEXTS or not name.startswith(NEVER):
        return COLUMNS.compare(one)
    return Q() if one.operator == "eq" and not one.value else Q(pk__in=())


def _of_catalogue(member: str, one: Comparison) -> Q:
    """By the words that belong to the type of an event."""
    types = [kind.name for kind in EVENT_TYPES if _fits(kind, member, one)]
    return Q(event_type__in=types)


def _fits(kind: EventType, member: str, one: Comparison) -> bool:
    text, wanted = getattr(kind, member) or "", one.value
    folded, part = text.casefold(), wanted.casefold()
    return {
        "eq": text == wanted,
        "pr": bool(text),
        "co": part in folded,
        "sw": folded.startswith(part),
        "ew": folded.endswith(part),
        "gt": text > wanted,
        "ge": text >= wanted,
        "lt": text < wanted,
        "le": text <= wanted,
    }[one.operator]


def _of_targets(one: Comparison) -> Q:
    """Whether any target fits."""
    first, *rest = one.attribute[len(TARGET) :].split(".")
    member = TARGET_MEMBERS.get(first.lower())
    if member is None or bool(rest) != (member == "detailEntry"):
        raise BadFilter(f"does not know the attribute {one.attribute[:80]}")
    check_members(rest)
    return Q(AnyTarget((member, *rest), one.operator, one.value))


class AnyTarget(Func):
    """Whether any element of `body.target` has a member that fits, as one condition."""

    conditional = True
    output_field = BooleanField()

    SIGNS: Final = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    PATTERNS: Final = {"co": "%{}%", "sw": "{}%", "ew": "%{}"}

    def __init__(self, path: tuple[str, ...], operator: str, value: str) -> None:
        super().__init__(F("body"))
        self.path, self.operator, self.value = path, operator, value

    def _test(self, like: str) -> tuple[str, list[str]]:
        if self.operator == "pr":
            return "<> ''", []
        if self.operator in self.SIGNS:
            return f"{self.SIGNS[self.operator]} %s", [self.value]
        return f"{like} %s ESCAPE '\\'", [self.PATTERNS[self.operator].format(_quoted(self.value))]

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Sql:
        body, parameters = compiler.compile(self.source_expressions[0])
        test, wanted = self._test("LIKE")
        path = "$" + "".join(f'."{step}"' for step in self.path)
        statement = (
            f"EXISTS(SELECT 1 FROM json_each({body}, '$.target') AS item WHERE "  # noqa: S608
            f"COALESCE(CAST(json_extract(item.value, %s) AS text), '') {test})"
        )
        return statement, (*parameters, path, *wanted)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Sql:
        body, parameters = compiler.compile(self.source_expressions[0])
        test, wanted = self._test("ILIKE")
        statement = (
            "EXISTS(SELECT 1 FROM jsonb_array_elements("  # noqa: S608
            f"CASE jsonb_typeof({body} -> 'target') WHEN 'array' THEN {body} -> 'target' "
            f"ELSE '[]'::jsonb END) AS item WHERE COALESCE(item #>> %s::text[], '') {test})"
        )
        return statement, (*parameters, *parameters, list(self.path), *wanted)


class AnyText(Func):
    """Whether any text in `body`, at whatever depth, contains a word; names of members don't
    count."""

    conditional = True
    output_field = BooleanField()

    def __init__(self, word: str) -> None:
        super().__init__(F("body"))
        self.word = word

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Sql:
        body, parameters = compiler.compile(self.source_expressions[0])
        statement = (
            f"EXISTS(SELECT 1 FROM json_tree({body}) AS item WHERE item.type = 'text' "  # noqa: S608
            "AND item.atom LIKE %s ESCAPE '\\')"
        )
        return statement, (*parameters, f"%{_quoted(self.word)}%")

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Sql:
        body, parameters = compiler.compile(self.source_expressions[0])
        statement = (
            f"EXISTS(SELECT 1 FROM jsonb_path_query({body}, "  # noqa: S608
            "'strict $.** ? (@.type() == \"string\")') AS item "
            "WHERE item #>> '{}' ILIKE %s ESCAPE '\\')"
        )
        return statement, (*parameters, f"%{_quoted(self.word)}%")


def has_word(word: str) -> Q:
    """Whether the word occurs in any attribute's value, capitals or not."""
    types = [
        k.name for k in EVENT_TYPES if word.casefold() in f"{k.message}\n{k.legacy}".casefold()
    ]
    columns = Q(*((f"{name}__icontains", word) for name in SEARCHED), _connector=Q.OR)
    return columns | Q(event_type__in=types) | Q(AnyText(word))


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
