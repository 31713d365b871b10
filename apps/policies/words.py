"""What the core's conditions are called in forms, for translators to see: the core itself imports
nothing that translates. What it says of a decision (the steps of an explanation, its fixes, the
sentence of a rule) is kept in the log and answered by the API as it is, in English."""

from typing import Final

from django.utils.translation import gettext_noop as _

WORDS: Final = (
    _("Grant types"),
    _("How the token may be asked for."),
    _("People"),
    _("Users"),
    _("These users, whatever their groups."),
    _("Groups"),
    _("Members of these groups; EVERYONE is every user."),
    _("Except users"),
    _("Never these users."),
    _("Except groups"),
    _("Never members of these groups."),
    _("Scopes"),
    _("What may be asked for; * is any scope. OpenID scopes need no mention."),
    _("Valid"),
    _("Valid from"),
    _("Matches at this instant and after it."),
    _("Valid until"),
    _("Matches before this instant."),
)
