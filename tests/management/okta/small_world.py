"""A small server with every kind of answer, and what /authorize and /token really say there."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.test import Client as Browser

from apps.clients.models import Client
from apps.clients.services import assign_group, assign_user
from apps.directory.models import User
from apps.policies.models import Policy, Rule
from apps.servers.models import AuthorizationServer
from authzsite.domain.vocabulary import AUTHORIZATION_CODE, CLIENT_CREDENTIALS
from tests.factories import (
    TESTER,
    make_client_and_secret,
    make_group,
    make_policy,
    make_rule,
    make_scope,
    make_server,
    make_user,
)
from tests.oauth import flow
from tests.stories.wire import App, ask

SCOPES = (
    "",
    "read",
    "write",
    "read write",
    "read nothing",
    "openid",
    "openid read offline_access",
    "openid profile write admin",
    "profile",
)


@dataclass(frozen=True)
class Wish:
    """One token request; without a person it is a service's."""

    client: str
    scope: str
    person: str = ""

    @property
    def grant_type(self) -> str:
        return AUTHORIZATION_CODE if self.person else CLIENT_CREDENTIALS


@dataclass(frozen=True)
class Told:
    """What the endpoints say: an error's code, or the members of the token answer."""

    error: str = ""
    members: dict[str, Any] = field(default_factory=dict)

    @property
    def scopes(self) -> set[str]:
        return set(self.members.get("scope", "").split())


@dataclass
class SmallWorld:
    """`apps` and `people` by the names that wishes use."""

    server: AuthorizationServer
    apps: dict[str, App]
    people: dict[str, User]
    staff_policy: Policy
    staff_rule: Rule
    everyone_rule: Rule
    job_rule: Rule
    browsers: dict[str, Browser] = field(default_factory=dict)

    @cached_property
    def path(self) -> str:
        """Of the server, below `/api/v1/`."""
        return f"authorizationServers/{self.server.pk}"

    def client(self, name: str) -> Client:
        return self.apps[name].client

    def body(self, wish: Wish) -> dict[str, str]:
        """The wish as the explain API takes it."""
        body = {"grant_type": wish.grant_type, "client_id": self.client(wish.client).client_id}
        if wish.person:
            body["user"] = self.people[wish.person].login
        return body | ({"scope": wish.scope} if wish.scope else {})

    def really(self, wish: Wish) -> Told:
        """Over HTTP, from the beginning to the tokens."""
        if not wish.person:
            answer = ask(self.server, self.apps[wish.client], wish.scope or None)
            return _told(answer)
        app = self.apps[wish.client]
        world = flow.World(self.server, app.client, app.secret, self.people[wish.person])
        answer = flow.authorize(self._browser(wish.person), world, scope=wish.scope or None)
        if answer.error:
            return Told(answer.error)
        return _told(flow.exchange(world, answer.code))

    def _browser(self, person: str) -> Browser:
        if person not in self.browsers:
            self.browsers[person] = Browser()
            flow.sign_in(self.browsers[person], self.people[person])
        return self.browsers[person]


def _told(answer: Any) -> Told:
    body = answer.json()
    return Told(body["error"]) if "error" in body else Told(members=body)


def wishes() -> list[Wish]:
    """Everybody asks every client for everything."""
    alone = [Wish(client, scope) for client in ("job", "other") for scope in SCOPES]
    return alone + [
        Wish("web", scope, person) for person in ("ada", "bob", "eve") for scope in SCOPES
    ]


def small_world(**fields: Any) -> SmallWorld:
    """Ada is assigned and of the staff, Bob assigned through a group, Eve not at all."""
    server = make_server(**fields)
    make_scope(server, "read", is_default=True)
    make_scope(server, "write")
    make_scope(server, "admin", consent="REQUIRED")
    people = {name: make_user() for name in ("ada", "bob", "eve")}
    staff, team = make_group(people["ada"]), make_group(people["bob"])
    web, job, other = (App(*make_client_and_secret(kind)) for kind in ("web", "service", "service"))
    assign_user(actor=TESTER, client=web.client, user=people["ada"])
    assign_group(actor=TESTER, client=web.client, group=team)
    policy = make_policy(server)
    times = {"access_token_minutes": 10, "refresh_token_minutes": 600}
    code, alone = [AUTHORIZATION_CODE], [CLIENT_CREDENTIALS]
    staff_rule = make_rule(
        policy,
        grants=code,
        groups=[staff.pk],
        scopes=["read", "write"],
        refresh_window_minutes=300,
        **times,
    )
    everyone = make_rule(policy, grants=code, scopes=["read"])
    jobs = make_policy(server, clients=[job.client.pk])
    job_rule = make_rule(jobs, grants=alone, scopes=["*"], access_token_minutes=20)
    make_rule(make_policy(server), grants=alone, scopes=["read"])
    apps = {"web": web, "job": job, "other": other}
    return SmallWorld(server, apps, people, policy, staff_rule, everyone, job_rule)
