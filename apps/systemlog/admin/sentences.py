"""How each type of event is told in a sentence; `tell` fills in the names.

A sentence names things in braces; what stands in brackets is left out where one of its names is
unknown. A new type of event needs a line here: a test asks for it.
"""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

TOKENS: Final[dict[str, Words]] = {
    "app.oauth2.as.authorize": _("{who} was authorized[ for {server}]"),
    "app.oauth2.as.authorize.code": _("{who} got an authorization code[ for {server}][ at {at}]"),
    "app.oauth2.as.authorize.scope_denied": _(
        "{who} got only some scopes[ for {server}][: not {denied}]"
    ),
    "app.oauth2.as.token.grant": _("{who} was answered[ by {server}]"),
    "app.oauth2.as.token.grant.access_token": _("{who} got an access token[ for {server}]"),
    "app.oauth2.as.token.grant.id_token": _("{who} got an ID token[ for {server}]"),
    "app.oauth2.as.token.grant.refresh_token": _("{who} got a refresh token[ for {server}]"),
    "app.oauth2.as.token.revoke": _("{actor} revoked {revoked}"),
    "app.oauth2.as.token.detect_reuse": _("{who} used a refresh token twice[ at {server}]"),
    "app.oauth2.as.token.import": _("{actor} imported a refresh token[ of {owner}][ for {server}]"),
    "app.oauth2.as.token.introspect": _("{who} introspected a token[ of {server}]"),
    "app.oauth2.as.userinfo": _("{who} was given user information[ by {server}]"),
    "app.oauth2.as.logout": _("{who} signed out[ at {at}]"),
    "app.oauth2.as.evaluate.claim": _("A claim was computed for {who}[ on {server}]"),
    "app.oauth2.as.key.rollover": _("{actor} rotated the signing key[ of {server}]"),
    "app.oauth2.as.key.revoke": _("{actor} revoked a signing key[ of {server}]"),
    "app.oauth2.as.consent.grant": _("{who} consented[ to {at}][ for {server}]"),
    "app.oauth2.as.consent.revoke": _("{actor} withdrew consent[ of {owner}][ to {client}]"),
    "app.oauth2.token.revoke.implicit.as": _(
        "[{count} ]tokens[ of {thing}] were marked as ended[: {cause}]"
    ),
    "app.oauth2.token.revoke.implicit.client": _(
        "[{count} ]tokens of the client[ {thing}] were marked as ended[: {cause}]"
    ),
    "app.oauth2.token.revoke.implicit.user": _(
        "[{count} ]tokens of[ {thing}] were marked as ended[: {cause}]"
    ),
    "app.oauth2.invalid_client_credentials": _("{named} authenticated"),
}
CLIENTS: Final[dict[str, Words]] = {
    "app.oauth2.client.lifecycle.create": _("{actor} created the OAuth client[ {thing}]"),
    "app.oauth2.client.lifecycle.update": _("{actor} changed the OAuth client[ {thing}]"),
    "app.oauth2.client.lifecycle.activate": _("{actor} activated the OAuth client[ {thing}]"),
    "app.oauth2.client.lifecycle.deactivate": _("{actor} deactivated the OAuth client[ {thing}]"),
    "app.oauth2.client.lifecycle.delete": _("{actor} deleted the OAuth client[ {thing}]"),
    "app.oauth2.credentials.lifecycle.create": _("{actor} made a credential[ for {client}]"),
    "app.oauth2.credentials.lifecycle.activate": _("{actor} activated a credential[ of {client}]"),
    "app.oauth2.credentials.lifecycle.deactivate": _(
        "{actor} deactivated a credential[ of {client}]"
    ),
    "app.oauth2.credentials.lifecycle.delete": _("{actor} deleted a credential[ of {client}]"),
    "application.lifecycle.create": _("{actor} created the application[ {thing}]"),
    "application.lifecycle.update": _("{actor} changed the application[ {thing}]"),
    "application.lifecycle.activate": _("{actor} activated the application[ {thing}]"),
    "application.lifecycle.deactivate": _("{actor} deactivated the application[ {thing}]"),
    "application.lifecycle.delete": _("{actor} deleted the application[ {thing}]"),
    "application.user_membership.add": _("{actor} assigned {someone} to {app}"),
    "application.user_membership.remove": _("{actor} took {app} from {someone}"),
    "application.user_membership.update": _("{actor} changed the assignment of {someone} to {app}"),
    "group.application_assignment.add": _("{actor} assigned {team} to {app}"),
    "group.application_assignment.remove": _("{actor} took {app} from {team}"),
    "group.application_assignment.update": _("{actor} changed the assignment of {team} to {app}"),
    "token_policy.lifecycle.create": _("{actor} created the token policy[ {thing}]"),
    "token_policy.lifecycle.update": _("{actor} changed the token policy[ {thing}]"),
    "token_policy.lifecycle.delete": _("{actor} deleted the token policy[ {thing}]"),
    "login_policy.lifecycle.create": _("{actor} created the login policy[ {thing}]"),
    "login_policy.lifecycle.update": _("{actor} changed the login policy[ {thing}]"),
    "login_policy.lifecycle.delete": _("{actor} deleted the login policy[ {thing}]"),
}
SERVERS: Final[dict[str, Words]] = {
    "oauth2.as.created": _("{actor} created the authorization server[ {server}]"),
    "oauth2.as.updated": _("{actor} changed the authorization server[ {server}]"),
    "oauth2.as.activated": _("{actor} activated the authorization server[ {server}]"),
    "oauth2.as.deactivated": _("{actor} deactivated the authorization server[ {server}]"),
    "oauth2.as.deleted": _("{actor} deleted the authorization server[ {server}]"),
    "oauth2.as.review.create": _("{actor} sent a change[ of {server}] for review[: {thing}]"),
    "oauth2.as.review.approve": _("{actor} approved a change[ of {server}][: {thing}]"),
    "oauth2.as.review.reject": _("{actor} rejected a change[ of {server}][: {thing}]"),
    "oauth2.as.review.withdraw": _("{actor} withdrew a change[ of {server}][: {thing}]"),
    "oauth2.as.review.require": _("A change[ of {server}] by {actor} needs a second person"),
    "oauth2.scope.created": _("{actor} created the scope[ {thing}][ on {server}]"),
    "oauth2.scope.updated": _("{actor} changed the scope[ {thing}][ on {server}]"),
    "oauth2.scope.deleted": _("{actor} deleted the scope[ {thing}][ on {server}]"),
    "oauth2.claim.created": _("{actor} created the claim[ {thing}][ on {server}]"),
    "oauth2.claim.updated": _("{actor} changed the claim[ {thing}][ on {server}]"),
    "oauth2.claim.deleted": _("{actor} deleted the claim[ {thing}][ on {server}]"),
    "policy.lifecycle.create": _("{actor} created the policy[ {thing}][ on {server}]"),
    "policy.lifecycle.update": _("{actor} changed the policy[ {thing}][ on {server}]"),
    "policy.lifecycle.activate": _("{actor} activated the policy[ {thing}][ on {server}]"),
    "policy.lifecycle.deactivate": _("{actor} deactivated the policy[ {thing}][ on {server}]"),
    "policy.lifecycle.delete": _("{actor} deleted the policy[ {thing}][ on {server}]"),
    "policy.rule.add": _("{actor} added the rule[ {thing}][ on {server}]"),
    "policy.rule.update": _("{actor} changed the rule[ {thing}][ on {server}]"),
    "policy.rule.activate": _("{actor} activated the rule[ {thing}][ on {server}]"),
    "policy.rule.deactivate": _("{actor} deactivated the rule[ {thing}][ on {server}]"),
    "policy.rule.delete": _("{actor} deleted the rule[ {thing}][ on {server}]"),
    "policy.test.create": _("{actor} created the policy test[ {thing}][ on {server}]"),
    "policy.test.update": _("{actor} changed the policy test[ {thing}][ on {server}]"),
    "policy.test.delete": _("{actor} deleted the policy test[ {thing}][ on {server}]"),
    "policy.simulation.run": _("{actor} replayed a draft of policies[ of {server}]"),
    "policy.simulation": _("{actor} tried out a request of {app}[ as {user}][ on {server}]"),
    "policy.test.override": _("{actor} saved although policy tests fail[ on {server}]"),
    "policy.test.fail": _("{actor} saved a change that makes policy tests fail[ on {server}]"),
}
PEOPLE: Final[dict[str, Words]] = {
    "group.lifecycle.create": _("{actor} created the group[ {thing}]"),
    "group.lifecycle.delete": _("{actor} deleted the group[ {thing}]"),
    "group.profile.update": _("{actor} changed the group[ {thing}]"),
    "group.user_membership.add": _("{actor} added {someone} to {team}"),
    "group.user_membership.remove": _("{actor} removed {someone} from {team}"),
    "user.lifecycle.create": _("{actor} created the user[ {user}]"),
    "user.lifecycle.activate": _("{actor} activated[ {user}]"),
    "user.lifecycle.deactivate": _("{actor} deactivated[ {user}]"),
    "user.lifecycle.suspend": _("{actor} suspended[ {user}]"),
    "user.lifecycle.unsuspend": _("{actor} ended the suspension[ of {user}]"),
    "user.lifecycle.reactivate": _("{actor} reactivated[ {user}]"),
    "user.lifecycle.delete.initiated": _("{actor} began to delete the user[ {user}]"),
    "user.lifecycle.delete.completed": _("{actor} deleted the user[ {user}]"),
    "user.account.update_profile": _("{actor} changed the profile[ of {user}]"),
    "user.account.update_password": _("{actor} changed the password[ of {user}]"),
    "user.account.reset_password": _("{actor} reset the password[ of {user}]"),
    "user.account.expire_password": _("{actor} made the password[ of {user}] expire"),
    "user.account.lock": _("[{user} was ]locked out"),
    "user.account.unlock_by_admin": _("{actor} unlocked[ {user}]"),
    "user.account.privilege.grant": _("{actor} made[ {user}] an administrator"),
    "user.account.privilege.revoke": _("{actor} took administration[ from {user}]"),
    "user.mfa.factor.activate": _("{actor} set up a second factor[ for {user}]"),
    "user.mfa.factor.deactivate": _("{actor} removed a second factor[ of {user}]"),
    "user.mfa.factor.update": _("{actor} made new recovery codes[ for {user}]"),
    "user.mfa.factor.reset_all": _("{actor} removed every second factor[ of {user}]"),
    "user.authentication.auth_via_mfa": _("{who} proved a second factor"),
    "user.session.start": _("{who} signed in"),
    "user.session.end": _("{who} signed out"),
    "user.session.clear": _("{actor} ended the sessions[ of {user}]"),
}
SYSTEM: Final[dict[str, Words]] = {
    "security.sign_in.update": _("{actor} changed what signing in needs"),
    "system.api_token.create": _("{actor} made the API token[ {thing}]"),
    "system.api_token.revoke": _("{actor} revoked the API token[ {thing}]"),
    "management.request": _("{actor} called[ {call}]"),
    "inline_hook.created": _("{actor} created the inline hook[ {thing}]"),
    "inline_hook.updated": _("{actor} changed the inline hook[ {thing}]"),
    "inline_hook.activated": _("{actor} activated the inline hook[ {thing}]"),
    "inline_hook.deactivated": _("{actor} deactivated the inline hook[ {thing}]"),
    "inline_hook.deleted": _("{actor} deleted the inline hook[ {thing}]"),
    "inline_hook.executed": _("The inline hook[ {thing}] was asked[ about a token of {who}]"),
    "inline_hook.response.processed": _("The inline hook[ {thing}] sent notes along"),
    "event_hook.created": _("{actor} created the event hook[ {thing}]"),
    "event_hook.updated": _("{actor} changed the event hook[ {thing}]"),
    "event_hook.activated": _("{actor} activated the event hook[ {thing}]"),
    "event_hook.deactivated": _("{actor} deactivated the event hook[ {thing}]"),
    "event_hook.deleted": _("{actor} deleted the event hook[ {thing}]"),
    "event_hook.verified": _("{actor} verified the event hook[ {thing}]"),
    "event_hook.delivery": _("An event was delivered to the hook[ {thing}]"),
    "system.configuration.apply": _("A configuration file was applied"),
    "system.job.run": _("The job[ {thing}] ran"),
    "system.guard.bypass": _("Something was written past the services[: {thing}]"),
    "system.job.request": _("{actor} asked for the job[ {thing}] to run now"),
    "system.list.export": _("{actor} exported the list[ {thing}]"),
}
SENTENCES: Final[Mapping[str, Words]] = {**TOKENS, **CLIENTS, **SERVERS, **PEOPLE, **SYSTEM}
"""Type → what has happened."""

FAILURES: Final[Mapping[str, Words]] = {
    "app.oauth2.as.authorize": _("{who} was refused authorization[ for {server}]"),
    "app.oauth2.as.authorize.scope_denied": _(
        "{who} was refused scopes[ for {server}][: {denied}]"
    ),
    "app.oauth2.as.token.grant": _("{who} was refused a token[ for {server}]"),
    "app.oauth2.as.token.revoke": _("The tokens of a flow of {who} were ended"),
    "app.oauth2.as.token.revoke:mismatched_client": _("{actor} tried to revoke another's token"),
    "app.oauth2.as.token.detect_reuse": _("{who} used a refresh token twice[ at {server}]"),
    "app.oauth2.as.token.introspect": _("{who} was refused introspection[ by {server}]"),
    "app.oauth2.as.userinfo": _("{who} was refused user information[ by {server}]"),
    "app.oauth2.as.logout": _("{who} was refused signing out[ at {server}]"),
    "app.oauth2.as.evaluate.claim": _("A claim could not be computed for {who}[ on {server}]"),
    "app.oauth2.invalid_client_credentials": _("{named} failed to authenticate[ at {server}]"),
    "oauth2.as.review.require": _(
        "{actor} could not save a change[ of {server}]: it needs a second person"
    ),
    "policy.test.fail": _(
        "{actor} could not save a change that makes policy tests fail[ on {server}]"
    ),
    "user.authentication.auth_via_mfa": _("{who} failed to prove a second factor"),
    "user.session.start": _("{who} failed to sign in"),
    "management.request": _("{actor} was refused[ {call}]"),
    "inline_hook.executed": _("The inline hook[ {thing}] gave no usable answer"),
    "event_hook.verified": _("The event hook[ {thing}] could not be verified"),
    "event_hook.delivery": _("An event could not be delivered to the hook[ {thing}]"),
    "system.job.run": _("The job[ {thing}] failed"),
}
"""Type, or type and reason, → what has failed. The rest are told by `FAILED`."""
FAILED: Final[Words] = _("{message} failed[: {thing}]")

REASONS: Final[Mapping[str, Words]] = {
    "EMAIL_NOT_VERIFIED": _("the e-mail address was never verified"),
    "INVALID_CREDENTIALS": _("wrong name or password"),
    "access_denied": _("the user declined"),
    "access_token_invalid": _("the access token is not valid"),
    "access_token_missing": _("no access token was sent"),
    "access_token_revoked": _("the access token was revoked"),
    "client_assertion_already_used": _("the client assertion was used before"),
    "client_assertion_expired_token": _("the client assertion has expired"),
    "client_assertion_invalid_audience": _("the client assertion is for somebody else"),
    "client_assertion_invalid_signature": _("the client assertion's signature is wrong"),
    "client_credentials_in_query": _("the client's secret was sent in the address"),
    "consent_required": _("consent is required, and could not be asked for"),
    "expired": _("it has expired"),
    "idle": _("it was not used for too long"),
    "illegal_redirect_uri": _("the redirect URI is not registered"),
    "insufficient_scope": _("no scope of the token reaches that"),
    "invalid_authorization_code": _("the code is not valid"),
    "invalid_client_id": _("no such client"),
    "invalid_client_secret": _("wrong client secret"),
    "invalid_refresh_token": _("the refresh token is not valid"),
    "invalid_token": _("the token is not valid"),
    "invalid_token_endpoint_auth_method": _("not the way that this client authenticates"),
    "login_required": _("nobody is signed in"),
    "malformed_scope": _("the scope is malformed"),
    "mismatched_client": _("it belongs to another client"),
    "mismatched_redirect_uri": _("another redirect URI than at the beginning"),
    "missing_client_credentials": _("no client credentials were sent"),
    "no_matching_policy": _("no rule matches"),
    "pkce_missing_challenge": _("no PKCE challenge was sent"),
    "pkce_missing_verifier": _("no PKCE verifier was sent"),
    "pkce_verification_failed": _("the PKCE verifier does not fit"),
    "policy_tests_fail": _("policy tests would fail"),
    "replayed": _("it was used before"),
    "revoked": _("it was revoked"),
    "second_person_needed": _("nobody else stands behind it"),
    "too_many_attempts": _("too many wrong attempts"),
    "unauthorized_client": _("the client may not use this grant type"),
    "unsupported_grant_type": _("there is no such grant type"),
    "user_not_assigned": _("the user is not assigned to the client"),
}
"""Internal code → what it means; others are told as they are written."""
