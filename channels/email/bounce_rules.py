"""What a failed delivery says about the address: one table, read from the top; the first rule that fits decides.

Codes are those of RFC 3463 with the IANA registry, without their class: `1.1` stands for 5.1.1 and 4.1.1. Words are how
Postfix, Exim, sendmail, qmail, Exchange, Gmail, Yahoo and Amazon SES put it. A temporary answer is never hard.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """From mild to severe."""

    BLOCK = "block"  # somebody refuses us or this message: says nothing about the address
    SOFT = "soft"  # not now; counted for the address
    HARD = "hard"  # the address does not work: suppressed at once

    @property
    def label(self) -> str:
        return f"{self} bounce" if self != Severity.BLOCK else "blocked"


MAILBOX_FULL, NOT_NOW = "mailbox full", "mailbox does not take it now"
OF_MAILBOX = (MAILBOX_FULL, NOT_NOW)
MILD_FIRST = (Severity.BLOCK, Severity.SOFT, Severity.HARD)


@dataclass(frozen=True)
class Verdict:
    severity: Severity
    reason: str  # a few words for staff, the same for every case of a rule
    code: str = ""  # what it was judged by: an enhanced status, else the code of SMTP

    @property
    def is_of_address(self) -> bool:
        """Whether it is about this address, its mailbox or the way to its domain (X.4, RFC 3463), and not about whoever was
        asked to take the message: that may be our own relay."""
        if self.severity == Severity.SOFT and self.code[1:3] == ".4":
            return True
        return self.severity == Severity.HARD or self.reason in OF_MAILBOX


@dataclass(frozen=True)
class Rule:
    severity: Severity
    reason: str
    codes: re.Pattern[str] | None = None
    words: re.Pattern[str] | None = None

    def fits(self, codes: list[str], text: str) -> bool:
        by_code = self.codes is not None and any(self.codes.fullmatch(code) for code in codes)
        return by_code or (self.words is not None and self.words.search(text) is not None)


def _rule(severity: Severity, reason: str, *, codes: str = "", words: str = "") -> Rule:
    return Rule(severity, reason, re.compile(codes) if codes else None, re.compile(words, re.I) if words else None)


RULES = (
    _rule(Severity.HARD, "the address or its domain has another owner", codes=r"7\.1[78]"),
    _rule(Severity.BLOCK, "our sender address is refused", codes=r"1\.[78]", words=r"sender (address )?(verify failed|rejected|denied)"),
    _rule(
        Severity.SOFT,
        MAILBOX_FULL,
        codes=r"2\.2",
        words=r"(over|exceed\w*( \w+)?|out of) (the |its |storage )?quota|quota (is )?(exceeded|full)|(mail|in)box (is |was )?full|full mailbox"
        r"|out of storage|storage limit|insufficient (disk|storage)",
    ),
    _rule(Severity.BLOCK, "refused by policy", codes=r"7\.\d+"),
    _rule(Severity.BLOCK, "message refused for its content or size", codes=r"2\.3|3\.4|6\.\d+"),
    # Exchange Online says so of recipients that do not exist (directory-based edge blocking).
    _rule(Severity.HARD, "unknown recipient", codes=r"1\.([136]|10)", words=r"recipient address rejected: access denied"),
    _rule(Severity.HARD, "mailbox disabled", codes=r"2\.1"),
    _rule(Severity.HARD, "unknown domain", codes=r"1\.2"),
    _rule(
        Severity.BLOCK,
        "refused by policy",
        words=r"\bspam\b|block ?list|black ?list|\bblocked\b|\bbanned\b|reputation|\bdmarc\b|\bspf\b|\bdkim\b|unauthenticated|policy"
        r"|rate limit|too many|unsolicited|reverse dns|\bptr\b|relay(ing)? (access )?denied|access denied|not authori[sz]ed|virus",
    ),
    _rule(
        Severity.HARD,
        "unknown recipient",
        codes=r"1\.0",
        words=r"(user|recipient|mailbox|account|address|alias|addressee)\b[^.;\n]{0,60}?\b(unknown|not found|invalid|(does|did)(n.t| not) exist"
        r"|no longer (exists?|available|valid)|not (known|exist|listed)|disabled|deactivated|inactive|discontinued)"
        r"|(unknown|invalid|no such|illegal|unrouteable|nonexistent|non-existent)( \w+){0,2} (user|recipient|mailbox|account|address|alias|local[- ]part)"
        r"|no mailbox (here )?by that name|not a valid (mailbox|user|recipient)|doesn.t have an? \S+ account|isn.t a \S+ user",
    ),
    _rule(
        Severity.HARD,
        "unknown domain",
        words=r"(host|domain)( or domain name)? (name )?(not found|does(n.t| not) (exist|accept mail))|unrouteable (mail )?domain|\bnxdomain\b"
        r"|no such (host|domain)|null ?mx|mx records point to non-existent",
    ),
    _rule(
        Severity.SOFT,
        "server not reached in time",
        codes=r"4\.\d+",
        words=r"timed? ?out|expired|connection refused|retry timeout|too long|unreachable|no route",
    ),
    _rule(Severity.SOFT, "mail system trouble", codes=r"[35]\.\d+"),
    _rule(Severity.SOFT, NOT_NOW, codes=r"2\.\d+"),
)  # fmt: skip
NOT_SAID = "reason not said"

ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d)")
SMTP = re.compile(r"(?<![\d.:])([245]\d\d)(?=[ \-#,;:]|$)", re.M)
READ = 4000  # characters of an answer; the rest is chatter


def judge(status: str, text: str = "") -> Verdict:
    """Judge a failure by its enhanced status (may be empty or imprecise) and by what the server said."""
    text = text[:READ]
    found = ENHANCED.findall(f"{status} {text}")
    precise = [one for one in found if one[1:] != ("0", "0")] or found
    smtp = SMTP.findall(text)
    codes = [f"{subject}.{detail}" for _, subject, detail in precise]
    shown = ".".join(precise[0]) if precise else (smtp[0] if smtp else "")
    rule = next((rule for rule in RULES if rule.fits(codes, text)), None)
    severity, reason = (rule.severity, rule.reason) if rule else (Severity.SOFT, NOT_SAID)
    # Where status and answer disagree, the milder one counts.
    is_temporary = any(one[0] == "4" for one in found) or (not found and smtp[:1] and smtp[0][0] == "4")
    if is_temporary and severity == Severity.HARD:
        severity = Severity.SOFT
    return Verdict(severity, reason, shown)


def mildest(verdicts: list[Verdict]) -> Verdict:
    return min(verdicts, key=lambda verdict: MILD_FIRST.index(verdict.severity))
