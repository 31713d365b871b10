"""A server's claims: forms; their table is a tab of the server's page."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.servers.admin.page import PartAdmin
from apps.servers.forms import CLAIM, ClaimForm
from apps.servers.models import Claim
from apps.servers.services import delete_claim
from apps.systemlog.entries import Actor


@admin.register(Claim)
class ClaimAdmin(PartAdmin):
    """What tokens say."""

    form = ClaimForm
    fields = CLAIM
    tab, label = "claims", _("claim")

    def remove(self, actor: Actor, obj: Any) -> None:
        """Later tokens don't say it; nothing dies."""
        delete_claim(actor=actor, server_id=obj.server_id, claim_id=obj.pk)
