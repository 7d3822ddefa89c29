"""Users and roles. Roles are declared in steering.roles and made anew after every migration."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

admin.site.unregister(User)
admin.site.unregister(Group)

OF_SUPERUSERS_ONLY = ("is_superuser", "user_permissions", "groups", "is_staff")


@admin.register(User)
class StaffAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("username",)
    filter_horizontal = ("user_permissions",)
    add_fieldsets = (
        (None, {"fields": ("username", "password1", "password2", "is_staff", "groups"), "classes": ("wide",)}),
    )

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """The few roles are ticked; permissions one by one are for exceptions."""
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        told = {"label": "Roles", "help_text": "What somebody may do is the sum of what their roles may"}
        widget = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs, **told, widget=widget)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody gives themselves, or others, more than they have."""
        return (*super().get_readonly_fields(request, obj), *(() if request.user.is_superuser else OF_SUPERUSERS_ONLY))

    @display(description="Roles")
    def roles(self, user: User) -> str:
        return "superuser" if user.is_superuser else ", ".join(group.name for group in user.groups.all())


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    """Shows what each role may do. Changes by hand to a shipped role last until the next migration."""
