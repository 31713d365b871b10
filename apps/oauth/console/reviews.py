"""Changes that wait for a second person: the list, and the page where one is decided.

What it would do is computed anew each time, by the form that its author posted, as somebody who
decides would post it now.
"""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.oauth.console.page import may_change, permission, render
from apps.oauth.console.replayed_post import carry_out
from apps.servers.admin.page import SERVER, tab_url
from apps.servers.models import AuthorizationServer, Review
from apps.servers.services import reviews
from apps.systemlog.admin.before import Look, posted
from apps.systemlog.admin.confirm import ask, said_of
from apps.systemlog.admin.parts import (
    badge,
    change_url,
    link,
    list_url,
    moment,
    state,
    table,
    text,
)
from apps.systemlog.admin.reach import register_sender
from apps.systemlog.admin.service import actor_of, attempt

PLACE, LIST = "admin:servers_review_decide", "admin:reviews"
SHOWN = 100


@register_sender
def send(request: HttpRequest, look: Look) -> HttpResponse:
    """Keep what was posted; nothing of it has been saved."""
    review = reviews.send_for_review(
        actor=actor_of(request),
        server_id=look.second_person[0],
        title=said_of(request),
        path=request.get_full_path(),
        fields=posted(request),
        shown=look.radius.totals,
        changes=look.changes,
    )
    messages.success(request, _("Sent for review: somebody else can approve it now."))
    return HttpResponseRedirect(reverse(PLACE, args=[review.pk]))


def waiting() -> QuerySet[Review]:
    """Those that can be decided."""
    return Review.objects.filter(state=Review.State.OPEN, expires_at__gt=timezone.now())


def open_badge(request: HttpRequest) -> int | None:
    """How many wait for somebody else than this person, for the menu; None for none."""
    others = waiting().exclude(author_id=str(request.user.pk))
    return others.count() or None


def reviews_page(request: HttpRequest) -> HttpResponse:
    """What waits, and what was decided lately; `?server=` for one server."""
    if not request.user.has_perm(permission(AuthorizationServer, "view")):
        raise PermissionDenied
    found = Review.objects.select_related("server").order_by("-created")
    if server := request.GET.get("server", ""):
        found = found.filter(server=server)
    open_ = list(found.filter(pk__in=waiting().values("pk"))[:SHOWN])
    rest = found.exclude(pk__in=[one.pk for one in open_])[:SHOWN]
    title = _("Changes for review")
    sections = [
        {"heading": _("Waiting"), "table": _table(open_, _("No change waits for anybody"))},
        {"heading": _("Decided"), "table": _table(rest, _("Nothing has been decided"))},
    ]
    crumbs = [{"label": _("Authorization servers"), "href": list_url(SERVER)}, {"label": title}]
    context = {"title": title, "page": {"title": title}, "crumbs": crumbs, "sections": sections}
    return render(request, "admin/console/tab.html", context)


def _table(found: Any, empty: str) -> dict[str, Any]:
    rows = [
        [
            link(one.title, reverse(PLACE, args=[one.pk])),
            link(one.server.name, change_url(SERVER, one.server_id)),
            text(one.author_name),
            text(moment(one.created)),
            {"badge": _state(one), "hint": one.note},
        ]
        for one in found
    ]
    heads = (_("Change"), _("Server"), _("By"), _("Sent"), _("State"))
    return table(heads, rows, empty={"title": empty})


def _state(review: Review) -> dict[str, str]:
    if review.state == Review.State.OPEN and review.expires_at <= timezone.now():
        return badge(_("Too old"), "warn")
    return state(review.state, review.get_state_display())


def review_page(request: HttpRequest, object_id: str) -> HttpResponse:
    """What it does now, and the decision."""
    review = _review(request, object_id)
    if request.method == "POST":
        return _decide(request, review)
    own = review.author_id == str(request.user.pk)
    is_open = waiting().filter(pk=review.pk).exists()
    may_decide = is_open and may_change(request, AuthorizationServer, review.server)
    response = ask(
        request,
        title=review.title,
        body=_words(review),
        button=_("Approve and save"),
        back=reverse(LIST),
        change=(lambda: _approve(request, review)) if may_decide and not own else None,
        fields=[("verb", "approve")],
        crumbs=[
            {"label": _("Authorization servers"), "href": list_url(SERVER)},
            {"label": review.server.name, "href": tab_url(review.server_id, "settings")},
            {"label": _("Changes for review"), "href": reverse(LIST)},
            {"label": review.title},
        ],
    )
    return _with_decision(response, review, is_own=own, may_decide=may_decide)


def _review(request: HttpRequest, object_id: str) -> Review:
    """For who may see the server; to decide, for who may change it."""
    if not request.user.has_perm(permission(AuthorizationServer, "view")):
        raise PermissionDenied
    review = Review.objects.select_related("server").filter(pk=object_id).first()
    if review is None:
        raise Http404
    if request.method == "POST" and not may_change(request, AuthorizationServer, review.server):
        raise PermissionDenied
    return review


def _with_decision(
    response: TemplateResponse, review: Review, *, is_own: bool, may_decide: bool
) -> TemplateResponse:
    context: dict[str, Any] = response.context_data or {}
    context["page"] |= {"status": _state(review)}
    context["decision"] = {
        "may_approve": may_decide and not is_own,
        "may_reject": may_decide and not is_own,
        "may_withdraw": may_decide and is_own,
        "sent": review.changes if not (may_decide and not is_own) else [],
        "note": review.note,
    }
    return response


def _words(review: Review) -> str:
    """Who sent it when, and what it would have ended then."""
    words = _("%(author)s sent this for review on %(sent)s; it can be approved until %(until)s.")
    said = words % {
        "author": review.author_name,
        "sent": moment(review.created),
        "until": moment(review.expires_at),
    }
    if review.decided_at:
        decided = {"by": review.decided_by, "at": moment(review.decided_at)}
        return f"{said} {_('Decided by %(by)s on %(at)s.') % decided}"
    grants, tokens = (*review.shown, 0, 0)[:2]
    ended = {
        "grants": ngettext("%(n)s grant", "%(n)s grants", grants) % {"n": f"{grants:,}"},
        "tokens": ngettext("%(n)s opaque access token", "%(n)s opaque access tokens", tokens)
        % {"n": f"{tokens:,}"},
    }
    return f"{said} {_('It would have ended %(grants)s and %(tokens)s then.') % ended}"


def _approve(request: HttpRequest, review: Review) -> bool:
    reviews.approve(
        actor=actor_of(request),
        review_id=review.pk,
        carry_out=lambda row: carry_out(request, row.path, row.fields),
    )
    return True


def _decide(request: HttpRequest, review: Review) -> HttpResponse:
    here, server = reverse(PLACE, args=[review.pk]), tab_url(review.server_id, "settings")
    actor = actor_of(request)
    match request.POST.get("verb", ""):
        case "approve":
            done = attempt(request, lambda: _approve(request, review), _("Approved."))
            return HttpResponseRedirect(_left(review, server) if done else here)
        case "reject":
            note = request.POST.get("note", "")
            attempt(
                request,
                lambda: reviews.reject(actor=actor, review_id=review.pk, note=note),
                _("Rejected."),
            )
        case "withdraw":
            attempt(
                request,
                lambda: reviews.withdraw(actor=actor, review_id=review.pk),
                _("Withdrawn."),
            )
        case _:
            messages.error(request, _("Nothing was decided."))
    return HttpResponseRedirect(here)


def _left(review: Review, server: str) -> str:
    """The server, unless it went with the change."""
    is_there = AuthorizationServer.objects.filter(pk=review.server_id).exists()
    return server if is_there else list_url(SERVER)
