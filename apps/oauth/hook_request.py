"""What a token inline hook is asked: who gets which tokens, by which rule, with
which claims. Never a secret, code, or token."""

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apps.directory.models import User
from apps.oauth.endpoint import Session
from apps.oauth.grants.contract import Proof
from apps.servers.models import Scope
from apps.systemlog.context import current
from apps.systemlog.render import in_milliseconds
from apps.tokens.mint import Draft, Order
from authzsite.domain.limits import ID_TOKEN_SECONDS
from authzsite.domain.vocabulary import REFRESH_TOKEN_GRANT

EVENT_TYPE = "com.okta.oauth2.tokens.transform"
REQUESTED = ("scope", "state", "redirect_uri", "response_mode", "response_type")


def request_of(session: Session, proof: Proof, order: Order, draft: Draft) -> dict[str, Any]:
    """The envelope and its data."""
    return envelope(session.request.url, session.now, _data(session, proof, order, draft))


def envelope(source: str, now: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """Okta's envelope of an inline hook."""
    return {
        "source": source,
        "eventId": str(uuid.uuid4()),
        "eventTime": in_milliseconds(now),
        "eventTypeVersion": "1.0",
        "cloudEventVersion": "0.1",
        "contentType": "application/json",
        "eventType": EVENT_TYPE,
        "data": data,
    }


def octets_of(body: Mapping[str, Any]) -> bytes:
    """As it is sent."""
    return json.dumps(body, separators=(",", ":")).encode("ascii")


def seconds_of(order: Order, draft: Draft, now: datetime) -> int:
    """The access token's time, in whole seconds."""
    return int((draft.expires_at - now).total_seconds())


def _data(session: Session, proof: Proof, order: Order, draft: Draft) -> dict[str, Any]:
    assert proof.provenance is not None  # noqa: S101 - there is a rule, or nothing is asked
    context: dict[str, Any] = {
        "request": _request(session),
        "protocol": _protocol(session, proof),
        "policy": {"id": proof.provenance.policy_id, "rule": {"id": proof.provenance.rule_id}},
    }
    if order.user_id:
        user = User.objects.filter(pk=order.user_id).first()
        if user is not None:
            context |= {"session": _session(order, user), "user": _user(user)}
    data: dict[str, Any] = {"context": context, "access": _access(session, order, draft)}
    if draft.identity is not None:
        lifetime = {"lifetime": {"expiration": ID_TOKEN_SECONDS}}
        data["identity"] = {"claims": draft.identity, "token": lifetime}
    if session.call.grant_type == REFRESH_TOKEN_GRANT:
        data["refresh_token"] = {"jti": order.grant_id}
    return data


def _request(session: Session) -> dict[str, Any]:
    context = current()
    return {
        "id": context.reference,
        "method": context.method or "POST",
        "url": {"value": session.request.url},
        "ipAddress": context.ip_address or None,
    }


def _protocol(session: Session, proof: Proof) -> dict[str, Any]:
    form, client = session.request.form, session.client
    asked = {name: form.get(name) or None for name in REQUESTED}
    named = {"client_id": client.client_id, "grant_type": session.call.grant_type}
    kind = "PUBLIC" if client.is_public else "CONFIDENTIAL"
    found: dict[str, Any] = {
        "type": "OAUTH2.0",
        "request": {**asked, "scope": asked["scope"] or " ".join(proof.scopes), **named},
        "issuer": {"uri": session.server.issuer},
        "client": {"id": client.client_id, "name": client.name, "type": kind},
    }
    grant = session.reading.grant
    if session.call.grant_type == REFRESH_TOKEN_GRANT and grant is not None:
        original = {
            "scope": grant.scopes,
            "redirect_uri": grant.redirect_uri or None,
            "client_id": client.client_id,
            "grant_type": "authorization_code",
        }
        authorization = {**dict.fromkeys(REQUESTED), **original}
        jti = {"jti": grant.id}
        found["OriginalGrant"] = {"authorization": authorization, "refresh_token": jti}
    return found


def _session(order: Order, user: User) -> dict[str, Any]:
    began = in_milliseconds(order.auth_time) if order.auth_time else None
    return {
        "id": order.session_id or None,
        "userId": user.pk,
        "login": user.login,
        "createdAt": began,
        "expiresAt": None,
        "status": "ACTIVE",
        "lastPasswordVerification": began,
        "amr": order.amr.split(),
        "idp": {"id": "authzsite", "type": "OKTA"},
        "mfaActive": "mfa" in order.amr.split(),
    }


def _user(user: User) -> dict[str, Any]:
    changed = user.password_changed
    return {
        "id": user.pk,
        "passwordChanged": in_milliseconds(changed) if changed else None,
        "profile": {
            "login": user.login,
            "firstName": user.first_name,
            "lastName": user.last_name,
            "locale": user.profile.get("locale"),
            "timeZone": user.profile.get("timezone"),
        },
        "_links": {
            "groups": {"href": f"/api/v1/users/{user.pk}/groups"},
            "factors": {"href": f"/api/v1/users/{user.pk}/factors"},
        },
    }


def _access(session: Session, order: Order, draft: Draft) -> dict[str, Any]:
    rows = Scope.objects.filter(server_id=session.server.id, name__in=order.scopes)
    ids = dict(rows.values_list("name", "pk"))
    return {
        "claims": draft.access,
        "token": {"lifetime": {"expiration": seconds_of(order, draft, session.now)}},
        "scopes": {name: {"id": ids.get(name, name), "action": "GRANT"} for name in order.scopes},
    }
