"""Those who work with the platform in the demo: two people, so that one approves what the other planned, and partners."""

from dataclasses import dataclass
from pathlib import Path

import pyrage
from django.contrib.auth.models import Group, User

from channels import encryption_keys, keys
from channels.models import ApiKey, Vendor
from channels.postage import examples

MARK = "Demo: "  # before every name that the demo gives
MANAGER, APPROVER, PRIVACY = "demo-manager", "demo-approver", "demo-privacy-officer"
ROLES = {
    MANAGER: ("Campaign manager", "Content editor", "Analyst"),
    APPROVER: ("Approver",),
    PRIVACY: ("Privacy officer",),
}
PRESS, CARRIER = "druckhaus-muster", "verteiler-muster"
VENDORS = {PRESS: "Druckhaus Muster", CARRIER: "Verteiler Muster"}


@dataclass(frozen=True)
class Staff:
    """Keys as they were shown once; nothing but this process knows them."""

    manager: User
    approver: User
    vendor_keys: dict[str, str]  # by the vendor's slug
    vendor_identities: dict[str, Path]  # the files with the secret keys to which vendors get their files encrypted
    shop_key: str  # may report events
    till_key: str  # may redeem coupons


def hire(folder: Path) -> Staff:
    """The people cannot log in: `make run` says how to. Secret keys of vendors lie in the folder."""
    privacy = _person(PRIVACY)
    vendors = {slug: _vendor(slug, name) for slug, name in VENDORS.items()}
    return Staff(
        manager=_person(MANAGER),
        approver=_person(APPROVER),
        vendor_keys={slug: _vendor_key(vendor) for slug, vendor in vendors.items()},
        vendor_identities={slug: _identity(vendor, folder, by=privacy) for slug, vendor in vendors.items()},
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


def _vendor(slug: str, name: str) -> Vendor:
    vendor = Vendor.objects.create(name=f"{MARK}{name}", slug=slug, processing_contract="made up for the demo")
    examples.give(vendor)
    return vendor


def _vendor_key(vendor: Vendor) -> str:
    return keys.create(name=vendor.name, scope=ApiKey.Scope.VENDOR, vendor=vendor)[1]


def _identity(vendor: Vendor, folder: Path, *, by: User) -> Path:
    """As age-keygen writes it; the public half is registered, and confirmed by somebody who compared the fingerprint."""
    made = pyrage.x25519.Identity.generate()
    path = folder / f"{vendor.slug}.age-identity"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"{made}\n")
    known = encryption_keys.register(vendor, str(made.to_public()))
    encryption_keys.confirm(known.pk, fingerprint=known.fingerprint, by=by)
    return path
