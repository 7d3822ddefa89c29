"""By when production must start so that a wave arrives on its day: from the lead times of the postal product."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from campaigns.models import Option, Wave

from .. import postage


def derived(wave: Wave, option: Option) -> datetime | None:
    """None where the wave has no day of arrival or the option no product, or where it is too late to be in time.

    What is late already is printed all the same: a cut-off that is over would end the job at once.
    """
    product = postage.ordered(option.settings)
    if wave.arrives_on is None or product is None:
        return None
    at = postage.of_product(product).start_by(wave.arrives_on)
    soonest = timezone.now() + timedelta(minutes=settings.PRINT_GATHER_MINUTES)
    return at if at > soonest else None
