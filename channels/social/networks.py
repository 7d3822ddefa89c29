"""The networks that we make custom-audience lists for, and the columns of their files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import hashing


@dataclass(frozen=True)
class Person:
    """What a network may match somebody by; empty where unknown or not to be used."""

    email: str = ""
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True)
class Network:
    """One network's file: its columns in order, each made from a person."""

    name: str
    label: str
    columns: Mapping[str, Callable[[Person], str]]

    @property
    def header(self) -> list[str]:
        return list(self.columns)

    def row(self, person: Person) -> list[str]:
        return [make(person) for make in self.columns.values()]

    def can_match(self, person: Person) -> bool:
        """By an address or a number: a name with a postcode matches hardly anybody, and the wrong ones."""
        return bool(person.email or (person.phone and self is not LINKEDIN))


META = Network(
    "meta",
    "Meta custom audience",
    {
        "email": lambda person: hashing.sha256(hashing.meta_email(person.email)),
        "phone": lambda person: hashing.sha256(hashing.meta_phone(person.phone)),
        "fn": lambda person: hashing.sha256(hashing.meta_name(person.first_name)),
        "ln": lambda person: hashing.sha256(hashing.meta_name(person.last_name)),
        "zip": lambda person: hashing.sha256(hashing.meta_zip(person.postcode, person.country)),
        "country": lambda person: hashing.sha256(hashing.meta_country(person.country)),
    },
)
GOOGLE = Network(
    "google",
    "Google Customer Match",
    {
        "Email": lambda person: hashing.sha256(hashing.google_email(person.email)),
        "Phone": lambda person: hashing.sha256(hashing.google_phone(person.phone)),
        "First Name": lambda person: hashing.sha256(hashing.google_name(person.first_name)),
        "Last Name": lambda person: hashing.sha256(hashing.google_name(person.last_name)),
        "Country": lambda person: person.country.upper(),
        "Zip": lambda person: person.postcode.strip(),
    },
)
LINKEDIN = Network(
    "linkedin",
    "LinkedIn matched audience",
    {"email": lambda person: hashing.sha256(hashing.linkedin_email(person.email))},
)
NETWORKS = {network.name: network for network in (META, GOOGLE, LINKEDIN)}
DEFAULT = META.name


def of_option(settings: Mapping[str, object]) -> Network:
    """Raises ValueError for a network that we do not know."""
    name = settings.get("network", DEFAULT)
    if name not in NETWORKS:
        raise ValueError(f'"network" must be one of {", ".join(NETWORKS)}, got "{name}"')
    return NETWORKS[str(name)]
