"""What a contact is expected to add to sales before anything was learned, in cents per contact; docs/targeting.md.

Low on purpose: they order the channels as experience does (addressed letters add most and cost most), and the first waves
explore anyway. A model believes them as much as it would believe `STRENGTH` contacted customers.
"""

STRENGTH = 400.0
UPLIFT_CENTS = {"email": 60.0, "banner": 25.0, "social": 35.0, "print_mailing": 260.0, "direct_post": 60.0}
ANY_OTHER_CENTS = 30.0


def uplift_cents(channel: str) -> float:
    return UPLIFT_CENTS.get(channel, ANY_OTHER_CENTS)


def standard_error_cents(channel: str) -> float:
    """How far the assumption may be off, one standard deviation: as much as it says."""
    return uplift_cents(channel)
