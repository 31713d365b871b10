"""Why a token works or doesn't. The text is looked at and forgotten: it is neither stored nor
logged, and whether it lives is judged by the one gate (`tokens.introspect.judge`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.oauth import runtime
from apps.oauth.simulation.doctor_standing import Stand, stands_of
from apps.oauth.simulation.endings import Change, change_of
from apps.servers.models import Installation, SigningKey
from apps.servers.seeds import ORGANIZATION_SERVER_ID
from apps.tokens import jwt
from apps.tokens.django_store import DjangoStore
from apps.tokens.drive import drive
from apps.tokens.introspect import Presentation, Verdict, judge, present
from apps.tokens.models import AccessToken, Grant
from apps.tokens.store import Reading
from authzsite.domain.client import ClientSnapshot
from authzsite.domain.jti import ID_PREFIX
from authzsite.domain.revocation import Cause, Fault
from authzsite.domain.server import ServerSnapshot
from authzsite.domain.tokens import Kind, kind_of
from authzsite.domain.vocabulary import REFRESH_TOKEN

VALID: Final = "valid"
UNKNOWN: Final = "unknown"
FOREIGN: Final = "foreign_issuer"
NO_TOKEN: Final = "no_token"  # noqa: S105 - the name of a finding
ID_TOKEN: Final = "id_token"  # noqa: S105
ANOTHER_SECRET: Final = "not_an_access_token"  # noqa: S105
BAD_SIGNATURE: Final = "bad_signature"
KEY_REVOKED: Final = "key"
WRONG_AUDIENCE: Final = "wrong_audience"
WRONG_KIND: Final = "refresh_token"

SENTENCES: Final[Mapping[str, Promise]] = {
    NO_TOKEN: gettext_lazy("This is no token of any kind that is issued here."),
    UNKNOWN: gettext_lazy(
        "It was never issued here, or it ended so long ago that it is forgotten."
    ),
    BAD_SIGNATURE: gettext_lazy(
        "It is not signed by a published key of its server: it was altered, or made up."
    ),
    KEY_REVOKED: gettext_lazy(
        "The key that signed it was revoked, and with it everything that it signed."
    ),
    ID_TOKEN: gettext_lazy(
        "This is an ID token: it tells a client who signed in. APIs take access tokens."
    ),
    ANOTHER_SECRET: gettext_lazy(
        "This is no access token but another secret of this installation: it was meant "
        "for somebody else, so it should be replaced."
    ),
}
CAUSES: Final[Mapping[Cause, Promise]] = {
    Cause.MISSING: gettext_lazy("what it stands on is no longer stored"),
    Cause.REVOKED: gettext_lazy("it was revoked"),
    Cause.INSTALLATION: gettext_lazy("all tokens of this installation were ended"),
    Cause.SERVER: gettext_lazy("its authorization server is {}"),
    Cause.CLIENT: gettext_lazy("its client is {}"),
    Cause.USER: gettext_lazy("its user is {}"),
    Cause.PASSWORD: gettext_lazy("its user's password was changed"),
    Cause.ASSIGNMENT: gettext_lazy("its user is no longer assigned to the client"),
    Cause.CONFIG: gettext_lazy("a policy, rule or scope that it was issued by was changed"),
    Cause.CUTOFF: gettext_lazy("an administrator revoked all tokens like it"),
    Cause.KEY: gettext_lazy("the key that signed it was revoked"),
    Cause.EXPIRED: gettext_lazy("its time is over"),
}
_SCHEME: Final = re.compile(r"^(bearer|ssws|dpop) +", re.IGNORECASE)
STATES: Final = {
    "missing": gettext_lazy("gone"),
    "changed": gettext_lazy("changed since"),
    "inactive": gettext_lazy("inactive"),
}
OF_DETAIL: Final[Mapping[str, Promise]] = {
    "idle": gettext_lazy("it was not used for too long"),
    "replayed": gettext_lazy("it was used already, and another one has taken its place"),
    "retry": gettext_lazy("it was used already, and another one has taken its place"),
}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong with a token, if anything. `reason` is for machines: `valid`, a cause of
    `domain.revocation`, or one of the words above; `detail` goes with it."""

    reason: str
    sentence: str
    detail: str = ""
    kind: str = ""
    server: ServerSnapshot | None = None
    client: ClientSnapshot | None = None
    user_id: str = ""
    user_login: str = ""
    grant_id: str = ""
    scopes: tuple[str, ...] = ()
    issued: datetime | None = None
    expires: datetime | None = None
    change: Change | None = None
    stands: tuple[Stand, ...] = ()
    """What it stands on, part by part; empty where nothing of it is stored."""
    claims: Mapping[str, Any] = field(default_factory=dict)
    """Its members; unverified where it isn't one of ours that is whole."""

    @property
    def is_valid(self) -> bool:
        """Whether its server accepts it."""
        return self.reason == VALID


def diagnose(text: str, now: datetime, audience: str = "") -> Diagnosis:
    """The finding about one text. `audience`: that of the API which should take it, "" for any.
    Raises StorageError."""
    text = _SCHEME.sub("", text.strip()).strip()
    found = _diagnosis(text, now, audience)
    return found if found.claims else replace(found, claims=jwt.unverified_claims(text))


def _diagnosis(text: str, now: datetime, audience: str) -> Diagnosis:
    shown = present(text)
    if other := _of_no_token(text, shown):
        return other
    server_id = _server_of(shown)
    if server_id is None:
        return _foreign(text)
    reading = drive(DjangoStore().read(server_id, "", shown.lookup, now))
    if reading.server is None:
        return Diagnosis(Cause.SERVER.value, _("Its authorization server is gone."), "missing")
    server = runtime.server_snapshot(reading.server)
    verdict = judge(shown, reading, server, now)
    if verdict.fault is not None and verdict.fault.cause is Cause.MISSING:
        return _of_unknown(text, shown, server)
    found = _found(shown, verdict, reading, server, audience)
    stands = stands_of(shown, verdict, reading, server, now)
    return replace(found, stands=stands, claims=verdict.claims)


def _of_no_token(text: str, shown: Presentation) -> Diagnosis | None:
    """What need not be looked up to be known."""
    if shown.kind:
        return None
    if kind_of(text) not in (None, Kind.ACCESS, Kind.REFRESH):
        return _said(ANOTHER_SECRET)
    if not jwt.unverified_claims(text):
        return _said(NO_TOKEN)
    if str(jwt.unverified_claims(text).get("jti", "")).startswith(ID_PREFIX):
        return _said(ID_TOKEN, kind="id_token")
    return _foreign(text)


def _said(reason: str, **more: str) -> Diagnosis:
    return Diagnosis(reason, str(SENTENCES[reason]), kind=more.get("kind", ""))


def _foreign(text: str) -> Diagnosis:
    """A JWT of somebody else's; who that is, it says itself."""
    issuer = jwt.unverified_claims(text).get("iss")
    if not isinstance(issuer, str):
        return _said(UNKNOWN)
    if issuer.startswith(f"{settings.BASE_URL}/"):
        return _said(UNKNOWN)
    return Diagnosis(FOREIGN, _("It was issued by somebody else."), issuer[:512], "access_token")


def _server_of(shown: Presentation) -> str | None:
    """The server that a token is of: by its row, or by its own account, which is judged later."""
    lookup = shown.lookup
    if lookup.access:
        rows = AccessToken.objects.filter(pk=lookup.access)
        return rows.values_list("server_id", flat=True).first()
    if shown.kind == REFRESH_TOKEN:
        grants = Grant.objects.filter(pk=lookup.grant)
        return grants.values_list("server_id", flat=True).first()
    issuer = jwt.unverified_claims(shown.text).get("iss")
    return _server_with(issuer) if isinstance(issuer, str) else None


def _server_with(issuer: str) -> str | None:
    prefix = f"{settings.BASE_URL}/oauth2/"
    if issuer.startswith(prefix) and issuer.isprintable():
        return issuer.removeprefix(prefix)[:64]
    if issuer == runtime.issuer_of(ORGANIZATION_SERVER_ID):
        return ORGANIZATION_SERVER_ID
    return None


def _of_unknown(text: str, shown: Presentation, server: ServerSnapshot) -> Diagnosis:
    """The gate says no more than that it knows no such token; an administrator may hear more."""
    if shown.jti is None:
        return _about(UNKNOWN, server, shown.kind)
    kid = jwt.unverified_header(text).get("kid")
    if isinstance(kid, str) and kid not in server.keys.public:
        rows = SigningKey.objects.filter(kid=kid[:255], server=server.id, state="REVOKED")
        return _about(KEY_REVOKED if rows.exists() else BAD_SIGNATURE, server, shown.kind)
    claims = jwt.verify(text, server, typ=jwt.ACCESS_TYPE)
    if claims is None:
        return _about(BAD_SIGNATURE, server, shown.kind)
    if claims.get("aud") != server.audience:
        sentence = _("The audience of its authorization server was changed, which ended it.")
        return Diagnosis(Cause.SERVER.value, sentence, "changed", shown.kind, server)
    return _about(UNKNOWN, server, shown.kind)


def _about(reason: str, server: ServerSnapshot, kind: str) -> Diagnosis:
    return Diagnosis(reason, str(SENTENCES[reason]), "", kind, server)


def _found(
    shown: Presentation,
    verdict: Verdict,
    reading: Reading,
    server: ServerSnapshot,
    audience: str,
) -> Diagnosis:
    """A token of ours, alive or dead."""
    issued = _issued(verdict, reading)
    change = change_of(shown, verdict, reading, server.id, issued) if issued else None
    reason, sentence, detail = _finding(verdict, server, change, audience)
    user = reading.user
    return Diagnosis(
        reason,
        sentence,
        detail,
        verdict.kind,
        server,
        runtime.client_snapshot(reading.owner) if reading.owner else None,
        verdict.user_id,
        user.login if user else "",
        verdict.grant_id,
        verdict.scopes,
        issued,
        verdict.expires_at,
        change,
    )


def _finding(
    verdict: Verdict, server: ServerSnapshot, change: Change | None, audience: str
) -> tuple[str, str, str]:
    """Reason, sentence and detail."""
    if verdict.fault is not None:
        return verdict.fault.cause.value, _sentence(verdict.fault, change), verdict.fault.detail
    if audience and audience != server.audience:
        sentence = _("It is for %(audience)s, so %(api)s has to refuse it.") % {
            "audience": server.audience,
            "api": audience,
        }
        return WRONG_AUDIENCE, sentence, server.audience
    if verdict.kind == REFRESH_TOKEN:
        sentence = _("It is a valid refresh token: the token endpoint takes it, APIs don't.")
        return VALID, sentence, WRONG_KIND
    return VALID, _("It is valid."), ""


def _sentence(fault: Fault, change: Change | None) -> str:
    state = STATES.get(fault.detail, STATES["changed"])
    words = str(OF_DETAIL.get(fault.detail) or str(CAUSES[fault.cause]).format(state))
    when = f" ({change.words}, {change.when:%Y-%m-%d %H:%M:%S} UTC)" if change else ""
    return _("It is dead: %(why)s.") % {"why": f"{words}{when}"}


def _issued(verdict: Verdict, reading: Reading) -> datetime | None:
    """When it was issued; of what comes of a grant, when that was given."""
    if reading.grant is not None:
        return reading.grant.created
    if reading.token is not None:
        return reading.token.issued_at
    seconds = verdict.claims.get("iat")
    return datetime.fromtimestamp(seconds, UTC) if type(seconds) is int else None


def organization() -> str:
    """The name with which paths of Identity Cloud's dialect begin."""
    return Installation.objects.values_list("organization", flat=True).get(pk=1)


def is_management(server: ServerSnapshot | None) -> bool:
    """Whether tokens of this server are those that the management APIs take (R19)."""
    return server is not None and server.is_organization
