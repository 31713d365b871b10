"""Rows of API tokens."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.directory.models import User
from apps.systemlog.ids import IdDefault


class ApiToken(models.Model):
    """A token as a digest; it may do what its owner may do at that moment (row 261)."""

    id = models.CharField(primary_key=True, max_length=20, default=IdDefault("00T"), editable=False)
    name = models.CharField(max_length=100)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(max_length=4, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)  # to the minute
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("API token")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
