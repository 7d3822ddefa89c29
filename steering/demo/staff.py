"""Those who work with the platform in the demo: two people, so that one approves what the other planned, and partners."""

from dataclasses import dataclass

from django.contrib.auth.models import Group, User

from channels import keys
from channels.models import ApiKey, Vendor

MARK = "Demo: "  # before every name that the demo gives
MANAGER, APPROVER = "demo-manager", "demo-approver"
ROLES = {MANAGER: ("Campaign manager", "Content editor", "Analyst"), APPROVER: ("Approver",)}
PRESS, CARRIER = "druckhaus-muster", "verteiler-muster"
VENDORS = {PRESS: "Druckhaus Muster", CARRIER: "Verteiler Muster"}


@dataclass(frozen=True)
class Staff:
    """Keys as they were shown once; nothing but this process knows them."""

    manager: User
    approver: User
    vendor_keys: dict[str, str]  # by the vendor's slug
    shop_key: str  # may report events
    till_key: str  # may redeem coupons


def hire() -> Staff:
    """The people cannot log in: `make run` says how to."""
    return Staff(
        manager=_person(MANAGER),
        approver=_person(APPROVER),
        vendor_keys={slug: _vendor_key(slug, name) for slug, name in VENDORS.items()},
        shop_key=keys.create(name=f"{MARK}web shop", scope=ApiKey.Scope.EVENTS)[1],
        till_key=keys.create(name=f"{MARK}tills", scope=ApiKey.Scope.REDEMPTIONS)[1],
    )


def _person(name: str) -> User:
    person, is_new = User.objects.get_or_create(username=name, defaults={"is_staff": True})
    if is_new:
        person.set_unusable_password()
        person.save()
    person.groups.set(Group.objects.filter(name__in=ROLES[name]))
    return person


def _vendor_key(slug: str, name: str) -> str:
    vendor = Vendor.objects.create(name=f"{MARK}{name}", slug=slug, processing_contract="made up for the demo")
    return keys.create(name=f"{MARK}{name}", scope=ApiKey.Scope.VENDOR, vendor=vendor)[1]
