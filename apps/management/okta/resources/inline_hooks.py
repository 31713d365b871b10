"""`/api/v1/inlineHooks`: who is asked before tokens are signed. A name is resolved before any
transaction begins, also where the call is a part of one."""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import Model
from django.http import HttpResponse
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request

from apps.clients.models import ActiveStatus
from apps.management.hooks.validation import WRONG_ADDRESS
from apps.management.okta.base import AskingView, OktaView
from apps.management.okta.faults import invalid, missing
from apps.management.okta.hook_channels import AuthSchemeShape, HeaderShape, auth_of, auth_shown
from apps.management.okta.paging import PAGING, Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import PAGES, documented, query
from apps.management.okta.shapes import READ_WRITE, Moment, Shape, href, lifecycle_link, link, read
from apps.management.parsers import read_object
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text
from apps.management.views.base import actor_of
from apps.oauth.hook_call import HookFailed, call_hook
from apps.oauth.hook_request import EVENT_TYPE
from apps.oauth.outbound import OutboundError, check_address
from apps.oauth.runtime import organization_snapshot
from apps.policies.models import InlineHook
from apps.policies.services.inline_hooks import (
    VERSIONS,
    activate_inline_hook,
    create_inline_hook,
    deactivate_inline_hook,
    delete_inline_hook,
    update_inline_hook,
)
from apps.servers.keys import KeyUnavailable
from apps.systemlog.render import in_milliseconds
from authzsite.domain import limits

KIND: Final = "InlineHook"
BASE: Final = "inlineHooks"
TAG: Final = "InlineHook"
CONFIG: Final = "channel.config"
PAGE: Final = Paging(("id",))
UNSIGNED: Final = "the organisation's signing key can't be opened, so it can't be asked"
HTTP: Final = ("HTTP",)  # OAUTH, a channel that fetches tokens of its own, is not offered


class ConfigShape(Shape):
    """Where it is."""

    uri = Text()
    method = serializers.ChoiceField(choices=("POST",), default="POST", allow_null=True)
    headers = HeaderShape(many=True, required=False, allow_null=True)
    authScheme = AuthSchemeShape(required=False, allow_null=True)  # noqa: N815 - the wire's names


class ChannelShape(Shape):
    """How it is asked."""

    type = serializers.ChoiceField(choices=HTTP, default="HTTP")
    version = serializers.ChoiceField(choices=("1.0.0",), default="1.0.0")
    config = ConfigShape()


class InlineHookShape(Shape):
    """A token inline hook."""

    id = serializers.CharField(read_only=True)
    name = Text()
    type = serializers.ChoiceField(choices=(EVENT_TYPE,), default=EVENT_TYPE)
    version = serializers.ChoiceField(choices=VERSIONS, default=VERSIONS[0])
    status = serializers.ChoiceField(choices=ActiveStatus.choices, read_only=True)
    channel = ChannelShape()
    created = Moment(read_only=True)
    lastUpdated = Moment(read_only=True)  # noqa: N815
    _links = serializers.DictField(read_only=True)

    @classmethod
    def wire_names(cls) -> dict[str, str]:
        return {
            "url": f"{CONFIG}.uri",
            "headers": f"{CONFIG}.headers",
            "auth_header": f"{CONFIG}.authScheme.key",
            "auth_value": f"{CONFIG}.authScheme.value",
        }


class ChangedInlineHookShape(InlineHookShape):
    """What a POST changes of a hook: a channel that is given counts as a whole."""

    name = Text(required=False)
    version = serializers.ChoiceField(choices=VERSIONS, required=False)
    channel = ChannelShape(required=False)


JSON: Final = "application/json"
ANY: Final = {"type": "object"}  # as the hook's owner knows it


def fields_of(body: dict[str, Any], hook: InlineHook | None = None) -> dict[str, Any]:
    """A body as fields of the services. `hook`: the one that is changed. Without `authScheme` it
    keeps its header at its address: Okta's SDK for Python drops that member when it reads."""
    found: dict[str, Any] = {name: body[name] for name in ("name", "version") if name in body}
    if "channel" in body:
        config = body["channel"]["config"]
        found |= {"url": config["uri"], "headers": config.get("headers") or []}
        if "authScheme" in config or hook is None or config["uri"] != hook.url:
            found |= auth_of(config)
    return found


def shown(hook: InlineHook) -> dict[str, Any]:
    """The hook as the wire has it."""
    at = href(BASE, hook.pk)
    config = {
        "uri": hook.url,
        "method": "POST",
        "headers": hook.headers,
        "authScheme": auth_shown(hook.auth_header),
    }
    return {
        "id": hook.pk,
        "status": hook.status,
        "name": hook.name,
        "type": EVENT_TYPE,
        "version": hook.version,
        "channel": {"type": "HTTP", "version": "1.0.0", "config": config},
        "created": in_milliseconds(hook.created),
        "lastUpdated": in_milliseconds(hook.last_updated),
        "_links": {
            "self": link(at, *READ_WRITE),
            "execute": link(f"{at}/execute", "POST"),
            **lifecycle_link(at, hook.status),
        },
    }


def hook_named(hook_id: str) -> InlineHook:
    """The hook, or 404."""
    hook = InlineHook.objects.filter(pk=hook_id).first()
    if hook is None:
        raise missing(hook_id, KIND)
    return hook


def check_url(url: str) -> None:
    """Refuse what may not be talked to (rows 250, 298), without saying why; https only."""
    is_long = not 0 < len(url) <= limits.MAX_URI_LENGTH
    if is_long or not url.startswith("https://"):
        raise invalid(f"{CONFIG}.uri", f"{CONFIG}.uri: {WRONG_ADDRESS}")
    try:
        check_address(url)
    except OutboundError:
        raise invalid(f"{CONFIG}.uri", f"{CONFIG}.uri: {WRONG_ADDRESS}") from None


class _HookAddressView(OktaView):
    """What lies at one hook's address, and the list."""

    shape = InlineHookShape
    body_shape: type[Shape] | None = None

    def locked_row(self) -> Model | None:
        """The hook."""
        return hook_named(self.kwargs["hook_id"])

    def _change(
        self, handler: Callable[..., HttpResponse], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The address is looked up first, outside of whatever the change is a part of."""
        if request.method in {"PUT", "POST"} and self.body_shape is not None:
            shape = InlineHookShape if request.method == "PUT" else self.body_shape
            fields = fields_of(read(shape, request))
            if "url" in fields:
                check_url(fields["url"])
        return super()._change(handler, request, *args, **kwargs)


class InlineHooksView(_HookAddressView):
    """The list, and a new one."""

    body_shape = InlineHookShape

    @documented(
        "listInlineHooks",
        "List inline hooks",
        gives=InlineHookShape(many=True),
        parameters=[query("type", f"`{EVENT_TYPE}`."), *PAGES],
        tag=TAG,
    )
    def get(self, request: Request) -> HttpResponse:
        kind = parameters(request, *PAGING, "type").get("type", EVENT_TYPE)
        rows = InlineHook.objects.all() if kind == EVENT_TYPE else InlineHook.objects.none()
        return listed(request, rows, PAGE, shown, "type")

    @documented(
        "createInlineHook",
        "Create an inline hook",
        takes=InlineHookShape,
        gives=InlineHookShape,
        tag=TAG,
    )
    def post(self, request: Request) -> HttpResponse:
        parameters(request)
        fields = fields_of(read(InlineHookShape, request))
        return answer(shown(create_inline_hook(actor=actor_of(request), **fields)))


class InlineHookView(_HookAddressView):
    """One hook."""

    body_shape = ChangedInlineHookShape

    @documented("getInlineHook", "Read an inline hook", gives=InlineHookShape, tag=TAG)
    def get(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(hook_named(hook_id)))

    @documented(
        "replaceInlineHook",
        "Replace an inline hook",
        takes=InlineHookShape,
        gives=InlineHookShape,
        is_change=True,
        tag=TAG,
    )
    def put(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        return self._set(request, hook_id, read(InlineHookShape, request))

    @documented(
        "updateInlineHook",
        "Change what is given of an inline hook",
        takes=ChangedInlineHookShape,
        gives=InlineHookShape,
        is_change=True,
        tag=TAG,
    )
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        return self._set(request, hook_id, read(ChangedInlineHookShape, request))

    def _set(self, request: Request, hook_id: str, body: dict[str, Any]) -> HttpResponse:
        hook = hook_named(hook_id)
        fields = fields_of(body, hook)
        return answer(shown(update_inline_hook(actor=actor_of(request), hook=hook, **fields)))

    @documented("deleteInlineHook", "Delete an inline hook", status=204, is_change=True, tag=TAG)
    def delete(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        delete_inline_hook(actor=actor_of(request), hook=hook_named(hook_id))
        return no_content()


class ActivateInlineHookView(_HookAddressView):
    """Ask it again."""

    @documented("activateInlineHook", "Activate an inline hook", gives=InlineHookShape, tag=TAG)
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        hook = hook_named(hook_id)
        return answer(shown(activate_inline_hook(actor=actor_of(request), hook=hook)))


class DeactivateInlineHookView(_HookAddressView):
    """Issue tokens as if there were none."""

    @documented(
        "deactivateInlineHook",
        "Deactivate an inline hook",
        gives=InlineHookShape,
        is_change=True,
        tag=TAG,
    )
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        hook = hook_named(hook_id)
        return answer(shown(deactivate_inline_hook(actor=actor_of(request), hook=hook)))


class ExecuteInlineHookView(AskingView, _HookAddressView):
    """Send the hook what one chooses, and see what it says; no token is made."""

    @documented("executeInlineHook", "Try an inline hook", takes={JSON: ANY}, gives=ANY, tag=TAG)
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        hook, body = hook_named(hook_id), read_object(request._request)
        try:
            return answer(call_hook(hook, body, organization_snapshot(), timezone.now()))
        except HookFailed as failure:
            raise invalid("hook", f"hook: {failure}") from None
        except KeyUnavailable:
            raise invalid("hook", f"hook: {UNSIGNED}") from None
