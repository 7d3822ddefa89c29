"""Reference client of the print vendor API, for vendors to use or to copy; docs/vendor-api.md describes both.

    VENDOR_KEY=... python -m channels.vendor_client --url https://steering.example.com --folder jobs [--produce]

`client` has one method a call, `downloads` files that are resumed and verified, `opening` decrypts and reads them, `work`
is a whole day of a vendor. The standard library does all of it but age (the package pyrage, or the program of that name),
OpenPGP (the program gpg) and spreadsheets (openpyxl).
"""

from .client import Client, Job, Refused
from .downloads import BadFileError, Downloaded
from .opening import Opener, OpeningError, of_age, of_openpgp, plain_only, rows_of
from .work import Desk

__all__ = [
    "BadFileError",
    "Client",
    "Desk",
    "Downloaded",
    "Job",
    "Opener",
    "OpeningError",
    "Refused",
    "of_age",
    "of_openpgp",
    "plain_only",
    "rows_of",
]
