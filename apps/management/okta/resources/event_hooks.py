"""`/api/v1/eventHooks`: who is told of events.

A name is resolved and a receiver asked before any transaction begins, also where the call is a
part of one (`If-Match`, `Idempotency-Key`, `dryRun`).
"""

from collections.abc import Callable
from typing import Any, Final

from django.db.models import Model
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from apps.management.hooks.models import EventHook
from apps.management.hooks.services import (
    activate_event_hook,
    create_event_hook,
    deactivate_event_hook,
    delete_event_hook,
    update_event_hook,
    verify_event_hook,
)
from apps.management.hooks.validation import url_problems
from apps.management.okta.base import AskingView, OktaView
from apps.management.okta.faults import missing
from apps.management.okta.hook_channels import AuthSchemeShape, HeaderShape, auth_of, auth_shown
from apps.management.okta.paging import Paging, listed
from apps.management.okta.parameters import parameters
from apps.management.okta.schema import PAGES, documented
from apps.management.okta.shapes import READ_WRITE, Moment, Shape, href, lifecycle_link, link, read
from apps.management.respond import answer, no_content
from apps.management.serializers.fields import Text, TextList
from apps.management.views.base import actor_of
from apps.systemlog.render import in_milliseconds
from authzsite.domain.validation import raise_if

KIND: Final = "Webhook"
BASE: Final = "eventHooks"
PAGE: Final = Paging(("id",))


class EventsShape(Shape):
    """What it is told of."""

    type = serializers.ChoiceField(choices=("EVENT_TYPE",), default="EVENT_TYPE")
    items = TextList(max_length=300)
    filter = serializers.DictField(required=False, allow_null=True)

    def validate_filter(self, value: Any) -> None:
        """Nothing finer than types is offered; an empty filter is none."""
        if value and value.get("eventFilterMap"):
            raise serializers.ValidationError("must be absent: hooks are told of whole types")


class EventConfigShape(Shape):
    """Where it is."""

    uri = Text()
    method = serializers.ChoiceField(choices=("POST",), default="POST")
    headers = HeaderShape(many=True, required=False, allow_null=True)
    authScheme = AuthSchemeShape(required=False, allow_null=True)  # noqa: N815 - the wire's names

    def validate_headers(self, value: Any) -> None:
        """Signatures are sent, and one header of the receiver's."""
        if value:
            raise serializers.ValidationError("must be empty: authScheme is the one header")


class EventChannelShape(Shape):
    """How it is told."""

    type = serializers.ChoiceField(choices=("HTTP",), default="HTTP")
    version = serializers.ChoiceField(choices=("1.0.0",), default="1.0.0")
    config = EventConfigShape()


class EventHookShape(Shape):
    """An event hook."""

    id = serializers.CharField(read_only=True)
    name = Text()
    description = serializers.CharField(read_only=True, allow_null=True)
    status = serializers.ChoiceField(choices=EventHook.Status.choices, read_only=True)
    verificationStatus = serializers.ChoiceField(  # noqa: N815
        choices=EventHook.Verification.choices, read_only=True
    )
    events = EventsShape()
    channel = EventChannelShape()
    created = Moment(read_only=True)
    createdBy = serializers.CharField(read_only=True, allow_null=True)  # noqa: N815
    lastUpdated = Moment(read_only=True)  # noqa: N815
    signingSecret = serializers.CharField(read_only=True, required=False)  # noqa: N815
    _links = serializers.DictField(read_only=True)

    @classmethod
    def wire_names(cls) -> dict[str, str]:
        config = "channel.config"
        return {
            "url": f"{config}.uri",
            "event_types": "events.items",
            "auth_header": f"{config}.authScheme.key",
            "auth_value": f"{config}.authScheme.value",
        }


def fields_of(request: Request) -> dict[str, Any]:
    """The body as fields of the services."""
    body = read(EventHookShape, request)
    config = body["channel"]["config"]
    return {
        "name": body["name"],
        "url": config["uri"],
        "event_types": body["events"]["items"],
        **auth_of(config),
    }


def shown(hook: EventHook, secret: str = "") -> dict[str, Any]:
    """The hook as the wire has it; with its signing secret only when it was made just now."""
    at = href(BASE, hook.pk)
    config = {"uri": hook.url, "method": "POST", "headers": []}
    found = {
        "id": hook.pk,
        "name": hook.name,
        "description": None,
        "status": hook.status,
        "verificationStatus": hook.verification,
        "events": {
            "type": "EVENT_TYPE",
            "items": sorted(one.event_type for one in hook.types.all()),
            "filter": None,
        },
        "channel": {
            "type": "HTTP",
            "version": "1.0.0",
            "config": {**config, "authScheme": auth_shown(hook.auth_header)},
        },
        "created": in_milliseconds(hook.created),
        "createdBy": None,
        "lastUpdated": in_milliseconds(hook.last_updated),
        "_links": {
            "self": link(at, *READ_WRITE),
            "verify": link(f"{at}/lifecycle/verify", "POST"),
            **lifecycle_link(at, hook.status),
        },
    }
    return {**found, "signingSecret": secret} if secret else found


def hook_named(hook_id: str) -> EventHook:
    """The hook, or 404."""
    hook = EventHook.objects.prefetch_related("types").filter(pk=hook_id).first()
    if hook is None:
        raise missing(hook_id, KIND)
    return hook


class _HookAddressView(OktaView):
    """What lies at one hook's address, and the list."""

    shape = EventHookShape
    checked_url = ""

    def locked_row(self) -> Model | None:
        """The hook."""
        return hook_named(self.kwargs["hook_id"])

    def _change(
        self, handler: Callable[..., HttpResponse], request: Request, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The address is looked up first, outside of whatever the change is a part of."""
        if request.method == "PUT" or "hook_id" not in kwargs:
            url = fields_of(request)["url"]
            raise_if(url_problems(url))
            self.checked_url = url
        return super()._change(handler, request, *args, **kwargs)


class EventHooksView(_HookAddressView):
    """The list, and a new one."""

    @documented(
        "listEventHooks",
        "List event hooks",
        gives=EventHookShape(many=True),
        parameters=PAGES,
        tag="EventHook",
    )
    def get(self, request: Request) -> HttpResponse:
        return listed(request, EventHook.objects.prefetch_related("types"), PAGE, shown)

    @documented(
        "createEventHook",
        "Create an event hook; the answer has its signing secret, this once",
        takes=EventHookShape,
        gives=EventHookShape,
        tag="EventHook",
    )
    def post(self, request: Request) -> HttpResponse:
        parameters(request)
        hook, secret = create_event_hook(
            actor=actor_of(request), checked_url=self.checked_url, **fields_of(request)
        )
        return answer(shown(hook_named(hook.pk), secret))


class EventHookView(_HookAddressView):
    """One hook."""

    @documented("getEventHook", "Read an event hook", gives=EventHookShape, tag="EventHook")
    def get(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        return answer(shown(hook_named(hook_id)))

    @documented(
        "replaceEventHook",
        "Replace an event hook",
        takes=EventHookShape,
        gives=EventHookShape,
        is_change=True,
        tag="EventHook",
    )
    def put(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        update_event_hook(
            actor=actor_of(request),
            hook=hook_named(hook_id),
            checked_url=self.checked_url,
            **fields_of(request),
        )
        return answer(shown(hook_named(hook_id)))

    @documented(
        "deleteEventHook", "Delete an event hook", status=204, is_change=True, tag="EventHook"
    )
    def delete(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        delete_event_hook(actor=actor_of(request), hook=hook_named(hook_id))
        return no_content()


class ActivateEventHookView(_HookAddressView):
    """Told of events again."""

    @documented(
        "activateEventHook", "Activate an event hook", gives=EventHookShape, tag="EventHook"
    )
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        activate_event_hook(actor=actor_of(request), hook=hook_named(hook_id))
        return answer(shown(hook_named(hook_id)))


class DeactivateEventHookView(_HookAddressView):
    """Told of nothing for now."""

    @documented(
        "deactivateEventHook",
        "Deactivate an event hook",
        gives=EventHookShape,
        is_change=True,
        tag="EventHook",
    )
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        deactivate_event_hook(actor=actor_of(request), hook=hook_named(hook_id))
        return answer(shown(hook_named(hook_id)))


class VerifyEventHookView(AskingView, _HookAddressView):
    """Ask the receiver whether it is the one; 400 when it doesn't give the challenge back."""

    @documented("verifyEventHook", "Verify an event hook", gives=EventHookShape, tag="EventHook")
    def post(self, request: Request, hook_id: str) -> HttpResponse:
        parameters(request)
        verify_event_hook(actor=actor_of(request), hook=hook_named(hook_id))
        return answer(shown(hook_named(hook_id)))
