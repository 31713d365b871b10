"""The OIDC application on the wire: its shape, and how its body is read and shown.

What this server doesn't offer (wildcards in redirect URIs, tokens bound by DPoP, sign-in begun by
an identity provider) is refused where it is asked for: dropping it silently would give less
protection than the caller believes to have.
"""

from typing import Any, Final

from rest_framework import serializers

from apps.clients.models import ActiveStatus, Client
from apps.management.okta.resources.app_jwks_shapes import ClientKeySetShape, keys_shown
from apps.management.okta.resources.app_rows import BASE
from apps.management.okta.shapes import (
    READ_WRITE,
    Moment,
    Shape,
    href,
    lifecycle_link,
    link,
    without_none,
)
from apps.management.serializers.fields import Flag, Text, TextList
from apps.systemlog.render import in_milliseconds

TYPES: Final = (Client.Type.WEB, Client.Type.NATIVE, Client.Type.BROWSER, Client.Type.SERVICE)
ISSUER_MODES: Final = ("ORG_URL", "CUSTOM_URL", "DYNAMIC")
LINK_FIELDS: Final = (
    *("client_uri", "logo_uri", "tos_uri", "policy_uri", "initiate_login_uri"),
    "jwks_uri",
)


class WholeNumber(serializers.IntegerField):
    """A JSON number without a fraction, and no text of digits (row 277)."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Only(serializers.ChoiceField):
    """A choice of which this server offers one."""

    def __init__(self, *offered: str, **options: Any) -> None:
        messages = {"invalid_choice": f"must be {' or '.join(offered)}: nothing else is offered"}
        given: dict[str, Any] = {"error_messages": messages, "allow_null": True, "required": False}
        super().__init__(choices=offered, **given | options)


def _one_of(choices: Any, **options: Any) -> serializers.ChoiceField:
    values = [value for value, _ in choices]
    messages = {"invalid_choice": f"must be one of {', '.join(values)}"}
    given: dict[str, Any] = {"allow_null": True, "required": False, "error_messages": messages}
    return serializers.ChoiceField(choices=values, **given | options)


class RotationShape(Shape):
    """`refresh_token`."""

    rotation_type = _one_of(Client.Rotation.choices)
    leeway = WholeNumber(required=False, allow_null=True)


class LoginByProviderShape(Shape):
    """`idp_initiated_login`."""

    mode = Only("DISABLED")
    default_scope = TextList(required=False, allow_null=True)


class OAuthSettingsShape(Shape):
    """`settings.oauthClient`."""

    application_type = _one_of([(one.value, one.label) for one in TYPES], source="type")
    grant_types = TextList(required=False, allow_null=True)
    response_types = TextList(required=False, allow_null=True)
    redirect_uris = TextList(required=False, allow_null=True)
    post_logout_redirect_uris = TextList(required=False, allow_null=True)
    client_uri = Text(required=False, allow_null=True)
    logo_uri = Text(required=False, allow_null=True)
    tos_uri = Text(required=False, allow_null=True)
    policy_uri = Text(required=False, allow_null=True)
    initiate_login_uri = Text(required=False, allow_null=True)
    consent_method = _one_of(Client.Consent.choices)
    issuer_mode = Only(*ISSUER_MODES)
    refresh_token = RotationShape(required=False, allow_null=True)
    wildcard_redirect = Only("DISABLED")
    idp_initiated_login = LoginByProviderShape(required=False, allow_null=True)
    jwks = ClientKeySetShape(required=False, allow_null=True)
    jwks_uri = Text(required=False, allow_null=True)
    dpop_bound_access_tokens = Flag(required=False, allow_null=True)

    def validate_dpop_bound_access_tokens(self, value: bool | None) -> bool | None:
        """Bearer tokens only."""
        if value:
            raise serializers.ValidationError("must be false: tokens aren't bound to keys here")
        return value


class AppSettingsShape(Shape):
    """`settings`."""

    oauthClient = OAuthSettingsShape(source="*")  # noqa: N815 - the wire's names


class OAuthCredentialsShape(Shape):
    """`credentials.oauthClient`."""

    client_id = Text(required=False, allow_null=True)
    client_secret = Text(required=False, allow_null=True)
    token_endpoint_auth_method = _one_of(Client.AuthMethod.choices)
    pkce_required = Flag(required=False, allow_null=True)
    autoKeyRotation = Flag(required=False, allow_null=True)  # noqa: N815


class AppCredentialsShape(Shape):
    """`credentials`; names and keys that it also shows are constant here."""

    oauthClient = OAuthCredentialsShape(source="*", required=False)  # noqa: N815


class AppShape(Shape):
    """An OIDC application. What is left out has its default, in a PUT, too; but the keys, which
    have addresses of their own, stay."""

    id = serializers.CharField(read_only=True)
    orn = serializers.CharField(read_only=True)
    name = Only("oidc_client", source="kind")
    label = Text(source="name")  # type: ignore[assignment]
    status = serializers.ChoiceField(choices=ActiveStatus.choices, read_only=True)
    signOnMode = Only("OPENID_CONNECT", source="mode")  # noqa: N815
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815
    credentials = AppCredentialsShape(source="*", required=False)
    settings = AppSettingsShape(source="*")
    accessibility = serializers.DictField(read_only=True)
    visibility = serializers.DictField(read_only=True)
    features = serializers.ListField(child=serializers.CharField(), read_only=True)
    _links = serializers.DictField(read_only=True)


def app_shown(app: Client, secret: str | None = None) -> dict[str, Any]:
    """The application as the wire has it; `secret` only in the answer to who made or gave it."""
    return {
        "id": app.pk,
        "orn": f"orn:okta:idp:authzsite:apps:oidc_client:{app.pk}",
        "name": "oidc_client",
        "label": app.name,
        "status": app.status,
        "created": in_milliseconds(app.created),
        "lastUpdated": in_milliseconds(app.last_updated),
        "signOnMode": "OPENID_CONNECT",
        "accessibility": {"selfService": False, "errorRedirectUrl": None, "loginRedirectUrl": None},
        "visibility": {
            "autoSubmitToolbar": False,
            "hide": {"iOS": True, "web": True},
            "appLinks": {"oidc_client_link": True},
        },
        "features": [],
        "credentials": _credentials(app, secret),
        "settings": {
            "app": {},
            "notifications": {"vpn": {"network": {"connection": "DISABLED"}}},
            "notes": {"admin": None, "enduser": None},
            "implicitAssignment": False,
            "oauthClient": _settings(app),
        },
        "_links": _links(app),
    }


def _credentials(app: Client, secret: str | None) -> dict[str, Any]:
    return {
        "oauthClient": {
            "autoKeyRotation": True,
            "client_id": app.client_id,
            **without_none({"client_secret": secret}),
            "token_endpoint_auth_method": app.token_endpoint_auth_method,
            "pkce_required": app.pkce_required,
        },
        "userNameTemplate": {"template": "${source.login}", "type": "BUILT_IN"},
        "signing": {},
    }


def _settings(app: Client) -> dict[str, Any]:
    is_static = app.rotation_type == Client.Rotation.STATIC
    kind = Client.Type.SERVICE if app.type == Client.Type.CONFIG else app.type
    return {
        **{name: getattr(app, name) or None for name in LINK_FIELDS},
        "redirect_uris": list(app.redirect_uris),
        "post_logout_redirect_uris": list(app.post_logout_redirect_uris),
        "response_types": list(app.response_types),
        "grant_types": list(app.grant_types),
        "application_type": str(kind),
        "consent_method": app.consent_method,
        "issuer_mode": "ORG_URL",
        "refresh_token": {
            "rotation_type": app.rotation_type,
            **({} if is_static else {"leeway": app.leeway}),
        },
        "wildcard_redirect": "DISABLED",
        "idp_initiated_login": {"mode": "DISABLED", "default_scope": []},
        "dpop_bound_access_tokens": False,
        **({"jwks": {"keys": keys_shown(app)}} if app.jwks else {}),
    }


def _links(app: Client) -> dict[str, Any]:
    address = href(BASE, app.pk)
    secrets = f"{address}/credentials/secrets"
    return {
        "self": link(address, *READ_WRITE),
        "users": link(f"{address}/users", "GET", "POST"),
        "groups": link(f"{address}/groups", "GET"),
        "logo": [],
        "clientCredentials": link(secrets, "GET", "POST"),
        **lifecycle_link(address, app.status),
    }
