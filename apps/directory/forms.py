"""Forms of users and groups; each calls the services."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.directory import roles
from apps.directory.models import Group, GroupMembership, User
from apps.directory.owners import may_set_owners
from apps.directory.roles import role_named, role_of
from apps.directory.services import (
    create_group,
    create_user,
    set_administrator,
    set_password,
    update_group,
    update_user,
)
from apps.systemlog.admin.choosing import ChooseOne, ChooseSeveral
from apps.systemlog.admin.service import BackMixin, ProblemsMixin, ServiceForm
from apps.systemlog.entries import Actor
from authzsite.domain.validation import InvalidError

PERSON = ("login", "email", "first_name", "last_name", "profile")
MEMBER = GroupMembership._meta.get_field("user")
GROUP = GroupMembership._meta.get_field("group")


NOBODY = dict.fromkeys(roles.AUDITOR.flags, False)


def role_choices() -> list[tuple[str, str]]:
    """The roles of administrators, and none."""
    return [("", _("None")), *((role.name, role.label) for role in roles.ROLES)]


def users_field(**kwargs: Any) -> forms.ModelMultipleChoiceField:
    """Any number of users, found by typing."""
    widget = ChooseSeveral(MEMBER, admin.site)
    return forms.ModelMultipleChoiceField(User.objects.all(), widget=widget, **kwargs)


def groups_field(**kwargs: Any) -> forms.ModelMultipleChoiceField:
    """Any number of groups, found by typing."""
    widget = ChooseSeveral(GROUP, admin.site)
    return forms.ModelMultipleChoiceField(Group.objects.all(), widget=widget, **kwargs)


def owners_field() -> forms.ModelMultipleChoiceField:
    """The groups that own a server or a client."""
    help_text = gettext_lazy(
        "Administrators in these groups may change it and all that belongs to it."
    )
    return groups_field(required=False, label=gettext_lazy("Owned by"), help_text=help_text)


def keep_for_superusers(form: forms.BaseForm, user: Any, *names: str) -> None:
    """Fields that an owner reads and doesn't set: nobody hands on what was given (row 260)."""
    for name in names:
        if name in form.fields and not may_set_owners(user):
            form.fields[name].disabled = True


def user_field(**kwargs: Any) -> forms.ModelChoiceField:
    """One user, found by typing."""
    widget = ChooseOne(MEMBER, admin.site)
    return forms.ModelChoiceField(User.objects.all(), widget=widget, **kwargs)


def group_field(**kwargs: Any) -> forms.ModelChoiceField:
    """One group, found by typing."""
    widget = ChooseOne(GROUP, admin.site)
    return forms.ModelChoiceField(Group.objects.all(), widget=widget, **kwargs)


class ProfileField(forms.JSONField):
    """The attributes without a column, as a JSON object."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "class": "mono"})
        super().__init__(widget=widget, required=False, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Indented, to be read."""
        if isinstance(value, dict):
            return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) if value else ""
        return super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        """An object, or nothing."""
        found = super().clean(value)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise forms.ValidationError(
                _('This must be a JSON object, such as {"department": "A"}.')
            )
        return found


class UserForm(ServiceForm):
    """Who a user is, and what they may do in this console."""

    profile = ProfileField(
        label=gettext_lazy("Other attributes"),
        help_text=gettext_lazy(
            "A JSON object. Claims may use its members, such as department or locale."
        ),
    )
    role = forms.ChoiceField(
        choices=role_choices,
        required=False,
        label=gettext_lazy("Administration"),
        widget=forms.RadioSelect,
    )

    places = {"is_superuser": "role", "is_staff": "role", "is_help_desk": "role"}

    class Meta:
        model = User
        fields = ["login", "email", "first_name", "last_name"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user = self.instance
        self.initial["profile"] = user.profile
        role = role_of(user)
        self.initial["role"] = role.name if role else ""

    @property
    def privileges(self) -> dict[str, Any]:
        """The flags that the role stands for."""
        role = role_named(self.cleaned_data["role"])
        return {**(role.flags if role else NOBODY)}

    def perform(self) -> User:
        """Profile and role, together or not at all."""
        user = update_user(actor=self.actor, user=self.instance, **self.given(*PERSON))
        if "role" in self.changed_data:
            user = set_administrator(actor=self.actor, user=user, **self.privileges)
        return user


class NewUserForm(UserForm):
    """A new user."""

    password = forms.CharField(
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 12 characters. Without one the user has to be given one later."
        ),
    )
    activate = forms.BooleanField(
        required=False,
        initial=True,
        help_text=gettext_lazy("May sign in at once, when there is a password."),
    )
    groups = groups_field(required=False, help_text=gettext_lazy("Everybody is in Everyone."))

    def perform(self) -> User:
        """Create the user with all that the form says."""
        values = self.cleaned_data
        return create_user(
            actor=self.actor,
            **self.given(*PERSON),
            password=values["password"] or None,
            activate=values["activate"],
            groups=[group for group in values["groups"] if not group.is_everyone],
            **self.privileges,
        )


class PasswordForm(BackMixin, ProblemsMixin, forms.Form):
    """A new password for somebody."""

    password = forms.CharField(
        strip=False,
        label=gettext_lazy("New password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 12 characters. Servers may end the user's tokens with it."
        ),
    )

    def perform(self, actor: Actor, user: User) -> bool:
        """Set it; False, with the reasons at the field, when it is refused."""
        try:
            set_password(actor=actor, user=user, password=self.cleaned_data["password"])
        except InvalidError as error:
            self.add_problems(error)
            return False
        return True


class GroupForm(ServiceForm):
    """A group's name and what it is for."""

    class Meta:
        model = Group
        fields = ["name", "description"]

    def perform(self) -> Group:
        """Create or change the group."""
        if self.is_new:
            return create_group(actor=self.actor, **self.given("name", "description"))
        values = self.given("name", "description")
        return update_group(actor=self.actor, group=self.instance, **values)


class MembersForm(BackMixin, forms.Form):
    """Users to put into a group."""

    users = users_field(label=gettext_lazy("Users"))


class JoinForm(BackMixin, forms.Form):
    """Groups to put a user into."""

    groups = groups_field(label=gettext_lazy("Groups"))
