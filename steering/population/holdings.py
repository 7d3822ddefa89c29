"""How the people of a block can be recognised and reached, what they agreed to, and what they refused."""

from dataclasses import dataclass

import numpy as np

from .people import People

EMAIL_DOMAINS = ("post.example", "mail.example", "netz.example", "briefkasten.example")
# Numbers that the German regulator set aside for films; with more digits behind them they still ring nowhere.
PHONE_RANGES = ("+493023125", "+496990009", "+494066969", "+492214710", "+498999998")
CONSENT_CHANNELS = ("email", "social", "banner")
NOT_WITHDRAWN = -1
DAY = 86_400


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
    """Consents to one channel as columns: whose (index in the block), on which ground; times in seconds ago."""

    channel: str
    person: np.ndarray
    is_existing_customer: np.ndarray
    asked_ago: np.ndarray  # when the person was asked to confirm, or shown the text
    given_ago: np.ndarray
    withdrawn_ago: np.ndarray  # or NOT_WITHDRAWN

    def __len__(self) -> int:
        return len(self.person)


@dataclass(frozen=True)
class Refusals:
    """Indices in the block: who objected to what, whose addresses must not be used, who called service why."""

    objects: np.ndarray
    objects_to: np.ndarray
    objected_days_ago: np.ndarray
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


def consents(
    people: People,
    rng: np.random.Generator,
    *,
    reached: Reach,
    since_days_ago: np.ndarray,
    first_bought_ago: np.ndarray,
) -> list[Consents]:
    """Two in three agree to e-mail; of those who did not but bought, some are mailed as existing customers."""
    count = len(people)
    agrees = {
        "email": reached.email & (rng.random(count) < 0.62),
        "social": rng.random(count) < 0.38 + 0.25 * people.online,
        "banner": rng.random(count) < 0.42 + 0.28 * people.online,
    }
    existing = reached.email & ~agrees["email"] & (first_bought_ago > 0) & (rng.random(count) < 0.35)
    nobody = np.zeros(count, dtype=bool)
    return [
        _of_channel(
            rng, channel, agrees[channel], since_days_ago,
            existing=existing if channel == "email" else nobody, sold_ago=first_bought_ago,
        )
        for channel in CONSENT_CHANNELS
    ]  # fmt: skip


def _of_channel(
    rng: np.random.Generator, channel: str, agrees: np.ndarray, since_days_ago: np.ndarray, *, existing: np.ndarray,
    sold_ago: np.ndarray,
) -> Consents:  # fmt: skip
    """Given since they are customers, but not longer than 1,400 days ago; one in 25 was withdrawn lately."""
    person = np.flatnonzero(agrees | existing)
    is_existing = existing[person]
    given = rng.integers(2 * DAY, DAY * np.minimum(since_days_ago[person], 1400))
    given = np.where(is_existing, sold_ago[person], given)
    asked = given + np.where(is_existing, 0, rng.integers(60, DAY, len(person)))
    ends = (rng.random(len(person)) < 0.04) & (given > 2 * DAY)
    withdrawn = rng.integers(DAY, np.maximum(np.minimum(39 * DAY, given), DAY + 1))
    return Consents(channel, person, is_existing, asked, given, np.where(ends, withdrawn, NOT_WITHDRAWN))


def refusals(people: People, rng: np.random.Generator, *, reached: Reach, since_days_ago: np.ndarray) -> Refusals:
    count = len(people)
    objects = np.flatnonzero(rng.random(count) < 0.015)
    case = np.flatnonzero(rng.random(count) < 0.012)
    is_complaint = rng.random(len(case)) < 0.6
    listed = rng.random(count)
    return Refusals(
        objects=objects,
        objects_to=rng.choice(["", "email", "print_mailing"], len(objects), p=(0.6, 0.25, 0.15)),
        objected_days_ago=rng.integers(1, np.minimum(since_days_ago[objects], 700)),
        bounced=np.flatnonzero(reached.email & (rng.random(count) < 0.003)),
        on_opt_out_list=np.flatnonzero(listed < 0.004),
        returned=np.flatnonzero(listed > 0.998),
        case=case,
        case_is_complaint=is_complaint,
        case_days_ago=rng.integers(1, np.minimum(since_days_ago[case], 400)),
        case_is_open=is_complaint & (rng.random(len(case)) < 0.35),
    )
