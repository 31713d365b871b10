"""What forms of hooks share: an address is looked up, and that is done outside of any transaction.

Three places of the console would open one: the form's last check, Django's view of a form, and the
look before a change that revokes, which a hook's never does.
"""

from typing import Any

from django.http import HttpRequest

from apps.systemlog.admin.service import ServiceAdmin, ServiceForm
from authzsite.domain.validation import InvalidError


class OutwardForm(ServiceForm):
    """A form whose service looks an address up before it opens a transaction of its own."""

    def _post_clean(self) -> None:
        """As the form it is made from, without a transaction around it."""
        if self.errors:
            return
        try:
            self.instance = self.perform()
        except InvalidError as error:
            self.add_problems(error)


class OutwardAdmin(ServiceAdmin):
    """The table of such a form."""

    revokes_nothing = True

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Django's, without the transaction that it puts around a POST."""
        return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
