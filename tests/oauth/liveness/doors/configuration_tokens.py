"""What ends a configuration token (R15, R19), through each door that can."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from apps.clients.models import Client, TokenPolicy
from apps.management.configuration.export import export
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.systemlog.admin.parts import change_url, part_url
from tests.factories import make_token_policy
from tests.management.caller import Caller, enrol
from tests.oauth.liveness.doors.console_configuration import SERVER
from tests.oauth.liveness.doors.document import apply, dump, member, one_of
from tests.oauth.liveness.doors.pages import Console, open_console
from tests.oauth.liveness.test_token_policies import FIELDS

CLIENT, POLICY = "clients.Client", "clients.TokenPolicy"


@dataclass
class Office:
    """Two configuration clients with a token each, of both formats, and one who stands by."""

    console: Console = field(default_factory=open_console)
    staff: tuple[Caller, Caller] = field(
        default_factory=lambda: (enrol("*:**"), enrol("*:**", use_access_jwt=True))
    )
    onlooker: Caller = field(default_factory=lambda: enrol("*:**"))
    other: TokenPolicy = field(default_factory=make_token_policy)
    notes: dict[str, Any] = field(default_factory=dict)

    def alive(self) -> list[bool]:
        """What introspection and the management layer say of each token; they agree."""
        return [_is_alive(one) for one in (*self.staff, self.onlooker)]


def _is_alive(one: Caller) -> bool:
    said = bool(one.introspect().get("active"))
    answer = one.get("clients")
    assert (answer.status_code == 200) is said, (said, answer.status_code)
    assert said or 'error="invalid_token"' in answer.headers["WWW-Authenticate"]  # R22
    return said


Change = Callable[[Office], object]


@dataclass(frozen=True)
class Way:
    """A change and the way back."""

    change: Change
    undo: Change | None = None


def each(change: Callable[[Office, Caller], object]) -> Change:
    """Of both clients."""
    return lambda office: [change(office, one) for one in office.staff]


def row_of(one: Caller) -> Client:
    return Client.objects.select_related("token_policy").get(pk=one.client.pk)


def policy_of(one: Caller) -> TokenPolicy:
    found = one.client.token_policy
    assert found
    return found


def value_of(one: Caller, name: str) -> Any:
    """Another value of a token policy's field."""
    value = FIELDS[name][0]
    if name == "title":
        return f"Renamed {policy_of(one).pk}"
    return not getattr(policy_of(one), name) if value is None else value


# The console.
def form(name: str, *, is_back: bool = False) -> Change:
    def change(office: Office, one: Caller) -> None:
        policy = policy_of(one)
        value = getattr(policy, name) if is_back else value_of(one, name)
        office.console.submit(change_url(POLICY, policy.pk), **{name: value})

    return each(change)


def move(*, is_back: bool = False) -> Change:
    return each(
        lambda office, one: office.console.submit(
            change_url(CLIENT, one.client.pk),
            token_policy=policy_of(one).pk if is_back else office.other.pk,
        )
    )


def press(part: str, **fields: str) -> Change:
    return each(
        lambda office, one: office.console.press(part_url(CLIENT, one.client.pk, part), **fields)
    )


def leaked(office: Office, one: Caller) -> None:
    url = part_url(CLIENT, one.client.pk, "secrets")
    office.console.submit(url, expires_at="")  # another one, lest nobody could sign in (R23)
    first = row_of(one).secrets.order_by("created")[0]
    office.console.press(url, form="leaked", secret=first.pk)


def server(part: str, **fields: str) -> Change:
    url = part_url(SERVER, ORGANIZATION_SERVER_ID, part)
    return lambda office: office.console.press(url, **fields)


def console() -> dict[str, Way]:
    return {
        **{
            f"policy's {name} changed": Way(form(name), form(name, is_back=True)) for name in FIELDS
        },
        "moved to another policy": Way(move(), move(is_back=True)),
        "client deactivated": Way(press("deactivate"), press("activate", confirmed="1")),
        "client deleted": Way(press("delete")),
        "leaked secret revoked": Way(each(leaked)),
        "server's tokens revoked": Way(server("revoke")),
        "server deactivated": Way(server("deactivate"), server("activate", confirmed="1")),
        "all tokens revoked": Way(
            lambda office: office.console.press("/admin/servers/installation/revoke/")
        ),
    }


# A file.
def edited(edit: Callable[[Office, Caller, Any], object]) -> Way:
    def change(office: Office) -> None:
        office.notes["file"] = text = export()
        document = yaml.safe_load(text)
        for one in office.staff:
            edit(office, one, document)
        apply(dump(document))

    return Way(change, lambda office: apply(office.notes["file"]))


def in_file(one: Caller, document: Any) -> Any:
    return one_of(document["clients"], name=one.client.name)


def setting(name: str) -> Way:
    def edit(office: Office, one: Caller, document: Any) -> None:
        row = one_of(document["tokenPolicies"], title=policy_of(one).title)
        key = "useAccessJWT" if name == "use_access_jwt" else member(name)[0]
        row[key] = value_of(one, name)

    return edited(edit)


def server_is(status: str) -> Change:
    text = f"apiVersion: authzsite/v1\nauthorizationServers: [{{id: org, status: {status}}}]\n"
    return lambda office: apply(text, prune=False)


def files() -> dict[str, Way]:
    return {
        **{f"policy's {name} changed": setting(name) for name in FIELDS if name != "title"},
        "moved to another policy": edited(
            lambda office, one, document: in_file(one, document).update(
                tokenPolicy=office.other.title
            )
        ),
        "client deactivated": edited(
            lambda office, one, document: in_file(one, document).update(status="INACTIVE")
        ),
        "client deleted": edited(
            lambda office, one, document: document["clients"].remove(in_file(one, document))
        ),
        "server deactivated": Way(server_is("INACTIVE"), server_is("ACTIVE")),
    }


# Identity Cloud's config API, by the one who stands by.
def put(path: Callable[[Caller], str], edit: Callable[[Office, Caller, Any], object]) -> Way:
    def change(office: Office, one: Caller) -> None:
        body = office.onlooker.get(path(one)).json()
        office.notes[path(one)] = dict(body)
        edit(office, one, body)
        send(office, one, body)

    def send(office: Office, one: Caller, body: Any) -> None:
        response = office.onlooker.put(path(one), body)
        assert response.status_code == 200, response.content

    return Way(each(change), each(lambda office, one: send(office, one, office.notes[path(one)])))


def policy_path(one: Caller) -> str:
    return f"tokenPolicies/{policy_of(one).pk}"


def client_path(one: Caller) -> str:
    return f"clients/{one.client.client_id}"


def putting(name: str) -> Way:
    key = "useAccessJWT" if name == "use_access_jwt" else member(name)[0]
    return put(policy_path, lambda office, one, body: body.update({key: value_of(one, name)}))


def config_api() -> dict[str, Way]:
    return {
        **{f"policy's {name} changed": putting(name) for name in FIELDS},
        "moved to another policy": put(
            client_path, lambda office, one, body: body.update(tokenPolicy=office.other.pk)
        ),
        "client deleted": Way(each(lambda office, one: office.onlooker.delete(client_path(one)))),
    }


LIVES_ON: Final = {"policy's title changed"}
ENDS_ALL: Final = {"server's tokens revoked", "server deactivated", "all tokens revoked"}
DOORS: Final = {"console": console(), "apply": files(), "config API": config_api()}
NO_WORD: Final = "no word of the file: it says what shall be, and this leaves nothing different"
NO_RESOURCE: Final = "the API has no such resource or member"
WITHOUT: Final = {
    "console": {},
    "apply": {
        "policy's title changed": "the title is the key: another title is another policy",
        **dict.fromkeys(
            ("leaked secret revoked", "server's tokens revoked", "all tokens revoked"), NO_WORD
        ),
    },
    "config API": dict.fromkeys(
        (
            *("client deactivated", "leaked secret revoked", "server's tokens revoked"),
            *("server deactivated", "all tokens revoked"),
        ),
        NO_RESOURCE,
    ),
}
