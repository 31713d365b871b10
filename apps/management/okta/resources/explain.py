"""`…/explain`: what a token request would get, and why, without anybody making it."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.directory.models import User
from apps.management.okta.base import OktaView
from apps.management.okta.explanations import (
    Body,
    ExplanationShape,
    LifetimesShape,
    lifetimes_shown,
    shown,
    texts,
)
from apps.management.okta.faults import invalid, missing
from apps.management.okta.parameters import parameters
from apps.management.okta.resources.servers import KIND
from apps.management.okta.schema import documented
from apps.management.okta.shapes import Shape, read
from apps.management.respond import answer
from apps.management.serializers.fields import Text
from apps.oauth.simulation.obstacles import decides
from apps.oauth.simulation.preview import Preview
from apps.oauth.simulation.simulate import Asked, Simulation, simulate
from apps.servers.models import AuthorizationServer
from apps.servers.services.rows import is_text
from apps.tokens import clock
from authzsite.domain.errors import OAuthError
from authzsite.domain.grant_types import has_user, installed
from authzsite.domain.limits import MAX_NONCE_LENGTH, MAX_SCOPE_PARAMETER_LENGTH
from authzsite.domain.scopes import ScopeSyntaxError, parse_scope


class AskedShape(Shape):
    """The members of a token request, and `user` for whom: an id or a login."""

    grant_type = Text()
    client_id = Text()
    user = Text(default="", allow_null=True)
    scope = Text(default="", max_length=MAX_SCOPE_PARAMETER_LENGTH)
    nonce = Text(default="", max_length=MAX_NONCE_LENGTH)


class AnswerShape(Shape):
    """What the client would hear: tokens (200), or an error."""

    status = serializers.IntegerField()
    error = serializers.CharField(allow_null=True)
    errorDescription = serializers.CharField(allow_null=True)  # noqa: N815 - the wire's names
    reason = serializers.CharField(allow_null=True)


class AccessPreviewShape(Shape):
    """The access token; of an opaque one what introspection would say."""

    format = serializers.ChoiceField(choices=("jwt", "opaque"))
    expiresIn = serializers.IntegerField()  # noqa: N815
    claims = serializers.DictField()


class IdPreviewShape(Shape):
    """The ID token."""

    claims = serializers.DictField()


class PreviewShape(Shape):
    """The tokens, without signature: nothing of it can be used."""

    scope = serializers.CharField(allow_null=True)
    accessToken = AccessPreviewShape()  # noqa: N815
    idToken = IdPreviewShape(allow_null=True)  # noqa: N815
    refreshToken = LifetimesShape(allow_null=True)  # noqa: N815
    inlineHookId = serializers.CharField(  # noqa: N815
        allow_null=True, help_text="Would be asked to change the claims; it isn't asked here."
    )


class SimulationShape(ExplanationShape):
    """The whole answer. `obstacles` refuse the request before any policy is read."""

    isGranted = serializers.BooleanField()  # noqa: N815
    answer = AnswerShape()
    obstacles = texts()
    preview = PreviewShape(allow_null=True)


class ExplainView(OktaView):
    """One request; nothing is signed, stored or logged as a grant."""

    shape = AskedShape
    only_reads = True

    @documented(
        "explainTokenRequest",
        "Explain what a token request would get",
        takes=AskedShape,
        gives=SimulationShape,
    )
    def post(self, request: Request, server_id: str) -> HttpResponse:
        parameters(request)
        if not AuthorizationServer.objects.filter(pk=server_id).exists():
            raise missing(server_id, KIND)
        found = simulate(_asked(server_id, read(AskedShape, request)), clock.now())
        if found is None:
            raise invalid("client_id", "client_id: names no client")
        return answer(_shown(found))


def _asked(server_id: str, body: dict[str, Any]) -> Asked:
    grant_type = check_grant_type(body["grant_type"], "grant_type")
    if not is_text(body["client_id"]):
        raise invalid("client_id", "client_id: names no client")
    user = user_named(body["user"] or "", "user")
    if user is None and has_user(grant_type):
        raise invalid("user", f"user: {grant_type} is for a user: name one")
    user_id = user.pk if user else ""
    scopes = scopes_of(body["scope"], "scope")
    return Asked(server_id, body["client_id"], grant_type, user_id, scopes, body["nonce"])


def check_grant_type(name: str, member: str) -> str:
    """The grant type, or 400 for one that no policy decides on (R11)."""
    if not decides(name):
        known = ", ".join(spec.name for spec in installed() if spec.in_rules)
        raise invalid(member, f"{member}: policies decide on {known} only")
    return name


def user_named(text: str, member: str) -> User | None:
    """The user with this id or login, None for an empty text, 400 for an unknown one."""
    if not text:
        return None
    found = list(User.objects.filter(pk=text)) if is_text(text) else []
    found = found or (list(User.objects.filter(login=text)) if is_text(text) else [])
    if not found:
        raise invalid(member, f"{member}: names no user")
    return found[0]


def scopes_of(text: str, member: str) -> tuple[str, ...] | None:
    """The scopes of a request, None where it names none; 400 for malformed ones."""
    if not text.strip(" "):
        return None
    try:
        return parse_scope(text)
    except ScopeSyntaxError:
        raise invalid(member, f"{member}: is malformed") from None


def _shown(found: Simulation) -> Body:
    return {
        **shown(found.explanation),
        "isGranted": found.refusal is None,
        "answer": _answer(found.refusal),
        "obstacles": [one.text for one in found.obstacles],
        "preview": _preview(found.preview) if found.preview else None,
    }


def _answer(refusal: OAuthError | None) -> Body:
    if refusal is None:
        return {"status": 200, "error": None, "errorDescription": None, "reason": None}
    return {
        "status": refusal.status,
        "error": refusal.code,
        "errorDescription": refusal.description,
        "reason": refusal.reason,
    }


def _preview(preview: Preview) -> Body:
    return {
        "scope": " ".join(preview.scopes) or None,
        "accessToken": {
            "format": "jwt" if preview.is_jwt else "opaque",
            "expiresIn": preview.expires_in,
            "claims": dict(preview.claims),
        },
        "idToken": {"claims": dict(preview.id_claims)} if preview.id_claims else None,
        "refreshToken": lifetimes_shown(preview.refresh) if preview.refresh else None,
        "inlineHookId": preview.hook_id or None,
    }
