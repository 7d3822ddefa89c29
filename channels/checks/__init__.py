"""What speaks against a content before it is approved: one list, in plain words, per channel.

    check(blocks, ["email", "print_mailing"], people={"email": 20_000}, arrives_in_days={"print_mailing": 12})

Each check is a small function of one View: a content as one channel shows it in one language, with the circumstances of
the campaigns that use it. `listed` holds them all, `circumstances` reads from the database what they need to know.
"""

from .checking import check, of_content
from .circumstances import Circumstances
from .listed import Stage

__all__ = ["Circumstances", "Stage", "check", "of_content"]
