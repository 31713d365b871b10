"""The events of the token path: who asked, for what, what was decided, and by which rule (R24)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.systemlog.entries import Actor, Entry, Target
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.server import ServerSnapshot


@dataclass(frozen=True, slots=True)
class Call:
    """The facts of one protocol request that all of its events share."""

    server: ServerSnapshot
    client: ClientSnapshot
    grant_type: str = ""
    auth_method: str = ""
    requested: tuple[str, ...] | None = None
    user_id: str = ""
    user_name: str = ""

    @property
    def actor(self) -> Actor:
        return client_actor(self.client)

    def entry(
        self,
        event_type: str,
        *,
        reason: str = "",
        targets: Iterable[Target] = (),
        debug: Mapping[str, Any] | None = None,
        outcome: str = "",
        severity: str = "",
    ) -> Entry:
        """An event of this request; one with a reason is a failure unless `outcome` says
        otherwise."""
        return Entry(
            event_type=event_type,
            actor=self.actor,
            targets=(*targets, *self._targets()),
            outcome=outcome or ("FAILURE" if reason else "SUCCESS"),
            reason=reason,
            severity=severity,
            client_id=self.client.id,
            server_id=self.server.id,
            user_id=self.user_id,
            debug={**self._debug(), **(debug or {})},
            credential_type="OAuth 2.0",
        )

    def _targets(self) -> list[Target]:
        targets = [
            Target(self.server.id, "AuthorizationServer", self.server.issuer, self.server.name)
        ]
        if self.user_id:
            targets.append(Target(self.user_id, "User", self.user_name, self.user_name))
        targets.append(
            Target(self.client.id, "PublicClientApp", self.client.client_id, self.client.name)
        )
        return targets

    def _debug(self) -> dict[str, Any]:
        return {
            "authorizationServer": self.server.id,
            "authorizationServerName": self.server.name,
            "clientId": self.client.client_id,
            "clientAuthType": self.auth_method or None,
            "grantType": self.grant_type or None,
            "requestedScopes": ", ".join(self.requested) if self.requested else None,
            "configurationVersion": self.server.version,
        }


def client_actor(client: ClientSnapshot) -> Actor:
    """The client as the actor of its own requests."""
    return Actor(client.id, "PublicClientApp", client.client_id, client.name)


def token_target(kind: str, fingerprint: str, **detail: Any) -> Target:
    """One token, by a digest that can't be turned back into it."""
    return Target(fingerprint[:20], kind, detail={"hash": fingerprint, **detail})
