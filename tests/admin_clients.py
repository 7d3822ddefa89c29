"""Browsers of staff for tests of the admin: logged in as a superuser, in a role, or with some permissions."""

from django.contrib.auth.models import Group, User
from django.http import HttpResponse
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


def save(client: Client, url: str, **changes: object) -> HttpResponse:
    """Send the form of a page as it is but for these changes, as a browser does."""
    page = client.get(url)
    form = page.context["adminform"].form
    sent = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    for inline in page.context["inline_admin_formsets"]:
        counts = inline.formset.management_form
        fields = counts.fields.items()
        sent |= {counts.add_prefix(name): counts.get_initial_for_field(field, name) for name, field in fields}
    sent |= changes
    return client.post(url, {name: value for name, value in sent.items() if value is not None and value is not False})


def _logged_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    client.user = person
    return client


def said(response) -> list[str]:
    """The messages that the page shows next."""
    return [str(message) for message in response.wsgi_request._messages]
