"""Whether something was fetched by a machine rather than seen by a person, as far as that can be known; pure.

By what the client calls itself: Apple's Mail Privacy Protection fetches every picture in advance as a bare "Mozilla/5.0";
scanners of links, previews of messengers and crawlers say what they are. Gmail's and Yahoo's image proxies fetch when the
person opens the mail, so theirs is a person's open. And by the moment (seen.py): scanners that look like a browser follow
all links of a mail within seconds of its sending. Who says nothing is taken for a person, and so is a program that somebody
runs (curl, a driven browser): whoever tries a link wants to see it counted.
"""

import re
from functools import lru_cache

SCANNED_WITHIN_SECONDS = 10  # of its sending; until then a mail has hardly been shown to anybody
SCANNED_LINKS = 3  # different links of one mail, followed in that time
MOST_READ = 400  # characters

FOR_A_PERSON = re.compile(r"GoogleImageProxy|YahooMailProxy", re.I)
PRIVACY_PROXY = re.compile(r"\s*Mozilla/5\.0\s*")
MACHINES = re.compile(
    r"(?<!cu)bot(?![a-z])|crawl|spider|slurp|scann|preview|facebookexternalhit|facebot|whatsapp/|embedly|link.?check|link.?protect|safe.?links|url.?defense|barracuda|mimecast"
    r"|proofpoint|symantec|trend ?micro|fireeye|zscaler|ironport|forcepoint|sophos|cloudmark|bitdefender|kaspersky"
    r"|virustotal|urlscan|microsoft office protocol discovery|microsoft url control",
    re.I,
)


def is_machine(user_agent: str) -> bool:
    """Whether whoever calls itself so is no person, and not fetching for one that is looking."""
    return _is_machine(user_agent[:MOST_READ])


@lru_cache(maxsize=2048)
def _is_machine(said: str) -> bool:
    """Thousands of people use the same program, and the search takes longer than all else that a request says."""
    if FOR_A_PERSON.search(said):
        return False
    return PRIVACY_PROXY.fullmatch(said) is not None or MACHINES.search(said.strip()) is not None
