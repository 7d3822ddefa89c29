"""Browsers of staff for tests of the admin: logged in as a superuser, in a role, or with some permissions."""

from django.contrib.auth.models import Group, User
from django.test import Client

from tests import builders


def superuser() -> Client:
    return _logged_in(User.objects.create_superuser(f"root-{next(builders.number)}"))


def in_role(role: str) -> Client:
    person = User.objects.create_user(f"{role}-{next(builders.number)}", is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    return _logged_in(person)


def with_permissions(*permissions: str) -> Client:
    person = builders.user(*permissions)
    person.is_staff = True
    person.save()
    return _logged_in(person)


def _logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    client.user = person
    return client


def said(response) -> list[str]:
    """The messages that the page shows next."""
    return [str(message) for message in response.wsgi_request._messages]
