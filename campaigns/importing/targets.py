"""What a column of a file can mean, by kind of import, in the words of staff; and what its header probably means.

A target is named after its place in a mapping: `fields.last_name`, `identifiers.email`, `attributes.number`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from campaigns import identity
from campaigns.models import IdentifierKind, ImportKind

NOT_A_LETTER = re.compile(r"[\W_]+")
SHORTEST_PART = 5  # shorter words, as `name`, are part of many others


@dataclass(frozen=True)
class Target:
    """`words`: headers that mean it, folded and without blanks. `several`: more than one column may."""

    key: str
    label: str
    group: str
    words: frozenset[str] = frozenset()
    several: bool = False


def _targets(group: str, written: str, *, several: bool = False) -> list[Target]:
    """From lines of `key | label | headers`."""
    found = []
    for line in written.strip().splitlines():
        key, label, words = (part.strip() for part in line.split("|"))
        found.append(Target(key, label, group, frozenset(words.split()), several))
    return found


WHO = _targets(
    "Who it is",
    """
    customer_number | Customer number | kundennummer kundennr kundenid kdnr customernumber customerno customerid customer nr id number
    identifiers.email | E-mail address | email mail emailadresse emailaddress mailadresse
    identifiers.phone | Phone number | telefon telefonnummer tel phone phonenumber mobil mobile handy mobilnummer festnetz
    identifiers.loyalty_card | Loyalty card | kundenkarte kartennummer loyaltycard card cardnumber bonuskarte
    identifiers.cookie | Cookie | cookie cookieid visitorid besucherid
    identifiers.social_handle | Social network, as network:name | socialhandle instagram facebook
    identifiers.product | Connected product | seriennummer serialnumber geraet device
    """,
)
PERSON = _targets(
    "Person",
    """
    fields.salutation | Salutation | anrede salutation geschlecht gender sex
    fields.title | Title | titel title akademischertitel
    fields.first_name | First name | vorname firstname givenname forename rufname
    fields.last_name | Last name | nachname name lastname surname familyname familienname
    fields.born_on | Birthday | geburtsdatum geburtstag gebdatum bornon birthday birthdate dateofbirth dob
    fields.language | Language | sprache language lang
    fields.region | Region | region bundesland
    fields.customer_since_on | Customer since | kundeseit customersince customersinceon erstkauf angelegtam
    attributes.company | Company, above the name | firma firmenname company companyname organisation
    """,
)
ADDRESS = _targets(
    "Address",
    """
    address.street | Street and house number | strasse str street address adresse anschrift streetaddress addressline1 strassehausnummer
    address.number | House number, if apart | hausnummer hausnr hnr housenumber houseno
    address.postcode | Postcode | plz postleitzahl postcode zip zipcode postalcode
    address.city | Town | ort stadt wohnort city town place
    address.country | Country, as code or name | land country laenderkennzeichen countrycode landkz
    """,
)
MORE_OF_ADDRESS = _targets(
    "Address",
    """
    attributes.care_of | Care of (c/o) | co careof zusatz adresszusatz
    attributes.district | District, above the street | ortsteil stadtteil district
    address.latitude | Latitude of the house | latitude lat breitengrad
    address.longitude | Longitude of the house | longitude lon lng laengengrad
    """,
)
REFUSALS = _targets(
    "Permission",
    """
    objections.refused | Wants no advertising? (yes/no) | werbesperre keinewerbung werbewiderspruch widerspruch optout noadvertising donotcontact
    objections.allowed | Advertising allowed? (no: objection) | werbung werbungerlaubt advertising advertisingallowed
    """,
)
ATTRIBUTES = _targets(
    "Something else, kept under the column's name",
    """
    attributes.text | As text |
    attributes.number | As a number |
    attributes.date | As a date |
    attributes.boolean | As yes or no |
    """,
    several=True,
)
EVENT = _targets(
    "Event",
    """
    events.kind | What happened | ereignis event eventtype kind art typ
    events.occurred_at | When | datum zeitpunkt zeit date datetime timestamp occurredat kaufdatum bestelldatum orderdate purchasedate am
    events.value_cents | Value in money | umsatz betrag wert summe value amount total revenue price preis
    events.medium | Medium | medium kanal channel
    events.is_online | Online (yes or no) | online isonline
    events.source_key | The sender's own number of the event | bestellnummer bestellnr belegnummer belegnr auftragsnummer ordernumber orderid receipt sourcekey
    """,
)
NAME = [one for one in PERSON if one.key in ("fields.first_name", "fields.last_name")]
HASHES = _targets(
    "Hashed (SHA-256)",
    """
    hashes.email | E-mail address, hashed | emailsha256 emailhash sha256 hash
    hashes.phone | Phone number, hashed | phonesha256 phonehash telefonhash
    hashes.postal_address | Name and address, hashed | addresssha256 addresshash adresshash
    """,
)
AREA = _targets(
    "Delivery area",
    """
    fields.carrier | Carrier | carrier zusteller verteiler dienstleister
    fields.code | The carrier's code of the area | code gebiet gebietsnummer bezirk zustellbezirk areacode area
    fields.postcode | Postcode | plz postleitzahl postcode zip postalcode
    fields.place | Place | ort stadt gemeinde place city town
    fields.region | Region | region bundesland
    fields.households | Households | haushalte households hh anzahlhaushalte
    fields.refusing_households | Households that refuse advertising | werbeverweigerer verweigerer refusinghouseholds keinewerbung refusing
    fields.latitude | Latitude | latitude lat breitengrad
    fields.longitude | Longitude | longitude lon lng laengengrad
    fields.outline | Outline as GeoJSON | outline umriss geometry geometrie polygon
    """,
)
STREET = _targets(
    "Street of an area",
    """
    fields.carrier | Carrier | carrier zusteller verteiler dienstleister
    fields.code | The carrier's code of the area | code gebiet gebietsnummer bezirk zustellbezirk areacode area
    fields.postcode | Postcode | plz postleitzahl postcode zip postalcode
    fields.street | Street | strasse str street
    fields.first | First house number | von first from hausnummervon ab
    fields.last | Last house number | bis last to hausnummerbis
    fields.numbers | All, odd or even numbers | numbers seite gerade side geradeungerade
    """,
)
STATISTICS = _targets(
    "Something else", "statistics | A figure of the area, kept under the column's name |", several=True
)
OF_LISTS = (IdentifierKind.EMAIL, IdentifierKind.PHONE)
TARGETS: dict[str, Sequence[Target]] = {
    ImportKind.CUSTOMERS: (*WHO, *PERSON, *ADDRESS, *MORE_OF_ADDRESS, *REFUSALS, *ATTRIBUTES),
    ImportKind.EVENTS: (*WHO, *EVENT, *ATTRIBUTES),
    ImportKind.AREAS: (*AREA, *STATISTICS),
    ImportKind.STREETS: tuple(STREET),
    ImportKind.OPT_OUTS: (
        *(one for one in WHO if one.key.removeprefix("identifiers.") in OF_LISTS),
        *NAME,
        *ADDRESS,
        *HASHES,
    ),
}


def of(kind: str, *, channels: Iterable[tuple[str, str]] = ()) -> list[Target]:
    """Everything that a column can mean; `channels` are those to which a customer may consent, with their labels."""
    consents = [
        Target(f"consents.{name}", f"Consent to {label}: since when", "Permission", frozenset(_consent_words(name)))
        for name, label in channels
    ]
    return [*TARGETS[kind], *(consents if kind == ImportKind.CUSTOMERS else ())]


def guess(headers: Sequence[str], among: Sequence[Target]) -> list[str]:
    """A target for each header, empty where nothing is likely; each target at most once.

    A header that is a known word goes before one that only contains it.
    """
    found = [""] * len(headers)
    free = {one.key: one for one in among}
    for matches in (_is, _contains):
        for n, header in enumerate(headers):
            folded = squeezed(header)
            if not found[n] and (target := next((one for one in free.values() if matches(folded, one)), None)):
                found[n] = target.key
                del free[target.key]
    return found


def squeezed(header: str) -> str:
    """Letters and figures only, in lower case, ä as ae: `E-Mail_Adresse` is `emailadresse`."""
    return NOT_A_LETTER.sub("", identity.fold(header))


def _is(header: str, target: Target) -> bool:
    return header in target.words


def _contains(header: str, target: Target) -> bool:
    return any(len(word) >= SHORTEST_PART and word in header for word in target.words)


def _consent_words(channel: str) -> Iterator[str]:
    name = channel.replace("_", "")
    yield from (f"{name}consentat", f"{name}consent", f"{name}einwilligung", f"{name}optin")
    if channel == "email":
        yield from ("newsletter", "newsletterseit", "optin", "optindatum", "einwilligung")
