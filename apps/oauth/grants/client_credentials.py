"""RFC 6749 §4.4: the client acts for itself. Nothing to prove beyond its authentication;
policies decide now."""

from django.utils.translation import gettext_noop

from apps.oauth.grants.contract import GrantContext, Proof
from apps.tokens.store import NOTHING, Lookup
from authzsite.domain.forms import Form
from authzsite.domain.grant_types import GrantSpec
from authzsite.domain.vocabulary import CLIENT_CREDENTIALS

SPEC = GrantSpec(
    name=CLIENT_CREDENTIALS,
    label=gettext_noop("Client credentials"),
    has_user=False,
    client_types=frozenset({"web", "service", "config"}),
    confidential_only=True,
)


def lookup(form: Form) -> Lookup:
    """Nothing is stored for it."""
    return NOTHING


async def prove(context: GrantContext) -> Proof:
    """The client itself is the proof."""
    return Proof(requested=context.call.requested)
