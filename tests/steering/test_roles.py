"""Each role may do what its work needs and nothing else."""

import pytest
from django.contrib.auth.models import Group, User

from steering import roles

pytestmark = pytest.mark.django_db


def may(role: str, permission: str) -> bool:
    user = User.objects.create_user(f"{role}-{permission}", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user.has_perm(permission)


@pytest.mark.parametrize("role", roles.ROLES)
def test_every_role_exists_after_migrating(role: str) -> None:
    assert Group.objects.get(name=role).permissions.exists()


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("Campaign manager", "campaigns.run_wave"),
        ("Content editor", "campaigns.change_content"),
        ("Approver", "campaigns.approve_wave"),
        ("Analyst", "steering.promote_modelversion"),
        ("Service agent", "campaigns.add_objection"),
        ("Privacy officer", "campaigns.view_suppression"),
    ],
)
def test_a_role_may_do_its_work(role: str, permission: str) -> None:
    assert may(role, permission)


@pytest.mark.parametrize(
    ("role", "permission"),
    [
        ("Campaign manager", "campaigns.approve_wave"),
        ("Campaign manager", "campaigns.view_identifier"),
        ("Content editor", "campaigns.view_customer"),
        ("Approver", "campaigns.change_campaign"),
        ("Analyst", "campaigns.view_customer"),
        ("Service agent", "campaigns.view_campaign"),
        ("Privacy officer", "campaigns.run_wave"),
    ],
)
def test_a_role_may_not_do_what_belongs_to_others(role: str, permission: str) -> None:
    assert not may(role, permission)


def test_running_it_again_takes_back_what_was_added_by_hand() -> None:
    from django.contrib.auth.models import Permission

    editors = Group.objects.get(name="Content editor")
    editors.permissions.add(Permission.objects.get(codename="approve_wave"))
    roles.ensure()
    assert not editors.permissions.filter(codename="approve_wave").exists()


def test_roles_name_only_permissions_that_exist() -> None:
    from django.contrib.auth.models import Permission

    known = set(
        Permission.objects.filter(content_type__app_label__in=roles.OUR_APPS).values_list("codename", flat=True)
    )
    named = {f"{verb}_{model}" for models in roles.ROLES.values() for model, verbs in models.items() for verb in verbs}
    assert named <= known
