"""How the people of a block can be recognised and reached, what they agreed to, and what they refused."""

from dataclasses import dataclass

import numpy as np

from .people import People

EMAIL_DOMAINS = ("post.example", "mail.example", "netz.example", "briefkasten.example")
# Numbers that the German regulator set aside for films; with more digits behind them they still ring nowhere.
PHONE_RANGES = ("+493023125", "+496990009", "+494066969", "+498999998")
CONSENT_CHANNELS = ("email", "social", "banner")
NOT_WITHDRAWN = -1


@dataclass(frozen=True)
class Reach:
    """Who has which identifier; everybody has a postal address."""

    email: np.ndarray
    phone: np.ndarray
    loyalty_card: np.ndarray
    cookie: np.ndarray
    social_handle: np.ndarray
    product: np.ndarray


@dataclass(frozen=True)
class Consents:
    """Consents to one channel as columns: whose (index in the block), on which ground, given and withdrawn when."""

    channel: str
    person: np.ndarray
    is_existing_customer: np.ndarray
    given_days_ago: np.ndarray
    withdrawn_days_ago: np.ndarray  # or NOT_WITHDRAWN


@dataclass(frozen=True)
class Refusals:
    """Indices in the block: who objected to what, whose addresses must not be used, who called service why."""

    objects: np.ndarray
    objects_to: np.ndarray
    bounced: np.ndarray
    on_opt_out_list: np.ndarray
    returned: np.ndarray
    case: np.ndarray
    case_is_complaint: np.ndarray
    case_days_ago: np.ndarray
    case_is_open: np.ndarray


def reach(people: People, rng: np.random.Generator) -> Reach:
    count, older = len(people), np.clip((people.age - 60) / 30, 0, 1)

    def has(share: np.ndarray | float) -> np.ndarray:
        return rng.random(count) < share

    return Reach(
        email=has(0.93 - 0.25 * older),
        phone=has(0.55),
        loyalty_card=has(0.50 - 0.25 * people.online),
        cookie=has(0.40 + 0.45 * people.online),
        social_handle=has(np.clip(0.75 - 0.008 * (people.age - 20), 0.1, 0.75)),
        product=has(0.08),
    )


def consents(people: People, rng: np.random.Generator, *, reached: Reach, bought: np.ndarray) -> list[Consents]:
    """Two in three agree to e-mail; of those who did not but bought, some are mailed as existing customers."""
    count = len(people)
    agrees = {
        "email": reached.email & (rng.random(count) < 0.62),
        "social": rng.random(count) < 0.38 + 0.25 * people.online,
        "banner": rng.random(count) < 0.42 + 0.28 * people.online,
    }
    existing = reached.email & ~agrees["email"] & (bought > 0) & (rng.random(count) < 0.35)
    return [
        _of_channel(rng, channel, agrees[channel] | (existing if channel == "email" else False), existing=existing)
        for channel in CONSENT_CHANNELS
    ]


def _of_channel(rng: np.random.Generator, channel: str, has: np.ndarray, *, existing: np.ndarray) -> Consents:
    person = np.flatnonzero(has)
    is_existing = existing[person] if channel == "email" else np.zeros(len(person), dtype=bool)
    given = rng.integers(40, 1400, len(person))
    withdrawn = np.where(rng.random(len(person)) < 0.04, rng.integers(1, 39, len(person)), NOT_WITHDRAWN)
    return Consents(channel, person, is_existing, given, withdrawn)


def refusals(people: People, rng: np.random.Generator, *, reached: Reach) -> Refusals:
    count = len(people)
    objects = np.flatnonzero(rng.random(count) < 0.015)
    case = np.flatnonzero(rng.random(count) < 0.012)
    is_complaint = rng.random(len(case)) < 0.6
    listed = rng.random(count)
    return Refusals(
        objects=objects,
        objects_to=rng.choice(["", "email", "print_mailing"], len(objects), p=(0.6, 0.25, 0.15)),
        bounced=np.flatnonzero(reached.email & (rng.random(count) < 0.003)),
        on_opt_out_list=np.flatnonzero(listed < 0.004),
        returned=np.flatnonzero(listed > 0.998),
        case=case,
        case_is_complaint=is_complaint,
        case_days_ago=rng.integers(1, 400, len(case)),
        case_is_open=is_complaint & (rng.random(len(case)) < 0.35),
    )
