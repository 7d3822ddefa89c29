"""One table says what a failed delivery means for the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.email.bounce_rules import MILD_FIRST, NOT_SAID, RULES, Severity, judge, mildest


@pytest.mark.parametrize(
    ("status", "text", "severity", "reason"),
    [
        # the address does not work
        ("5.1.1", "", "hard", "unknown recipient"),
        ("5.1.10", "550 5.1.10 RESOLVER.ADR.RecipientNotFound", "hard", "unknown recipient"),
        ("5.1.0", "550 5.1.0 Address rejected", "hard", "unknown recipient"),
        ("5.1.0", "550 5.1.0 sender rejected", "block", "our sender address is refused"),
        ("5.1.2", "", "hard", "unknown domain"),
        ("5.2.1", "550 5.2.1 The email account that you tried to reach is disabled", "hard", "mailbox disabled"),
        ("5.7.17", "550 5.7.17 Mailbox owner has changed", "hard", "the address or its domain has another owner"),
        ("5.0.0", "550 unknown user", "hard", "unknown recipient"),
        ("5.0.0", "550 Unrouteable address", "hard", "unknown recipient"),
        ("", "554 delivery error: dd This user doesn't have a yahoo.com account", "hard", "unknown recipient"),
        ("", "550 sorry, no mailbox here by that name. (#5.1.1)", "hard", "unknown recipient"),
        ("", "550 5.4.1 Recipient address rejected: Access denied. [x.protection.outlook.com]", "hard", "unknown recipient"),
        ("5.4.4", "Host or domain name not found. Name service error for name=x.example", "hard", "unknown domain"),
        ("", "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table", "hard", "unknown recipient"),
        # not now
        ("5.2.2", "", "soft", "mailbox full"),
        ("4.2.2", "452 4.2.2 The email account that you tried to reach is over quota", "soft", "mailbox full"),
        ("", "552 Requested mail action aborted: exceeded storage allocation, mailbox full", "soft", "mailbox full"),
        ("4.4.7", "delivery temporarily suspended: connect to mx: Connection timed out", "soft", "server not reached in time"),
        ("5.4.7", "message expired", "soft", "server not reached in time"),
        ("5.3.0", "550 5.3.0 mail system trouble", "soft", "mail system trouble"),
        ("5.0.0", "550 Requested action not taken", "soft", NOT_SAID),
        ("", "", "soft", NOT_SAID),
        ("4.1.1", "450 4.1.1 user unknown, try later", "soft", "unknown recipient"),
        ("5.1.1", "450 4.1.1 user unknown", "soft", "unknown recipient"),  # the milder of two
        # somebody refuses us
        ("5.7.1", "550 5.7.1 Service unavailable; client host blocked using Spamhaus", "block", "refused by policy"),
        ("5.7.26", "550-5.7.26 This mail is unauthenticated", "block", "refused by policy"),
        ("", "554 5.7.9 Message not accepted for policy reasons", "block", "refused by policy"),
        ("5.0.0", "554 Your IP has a poor reputation", "block", "refused by policy"),
        ("5.7.1", "550 5.7.1 user unknown", "block", "refused by policy"),
        ("5.1.8", "", "block", "our sender address is refused"),
        ("5.6.0", "", "block", "message refused for its content or size"),
        ("5.3.4", "message size exceeds limit", "block", "message refused for its content or size"),
        ("", "421 4.7.0 Try again later, rate limited", "block", "refused by policy"),
    ],
)  # fmt: skip
def test_what_servers_say(status, text, severity, reason):
    verdict = judge(status, text)
    assert (verdict.severity, verdict.reason) == (severity, reason)


def test_the_code_that_decided_is_kept():
    assert judge("5.0.0", "550 5.1.1 no such user").code == "5.1.1"
    assert judge("", "550 no such user").code == "550"


@pytest.mark.parametrize("text", ["sent at 10:04:550", "version 1.5.5.1.1", "192.0.2.5.1.1"])
def test_other_numbers_are_no_codes(text):
    assert judge("", text).code == ""


@given(
    st.sampled_from(["4.1.1", "4.2.1", "4.1.2", "4.1.10", "4.7.17"]),
    st.sampled_from(["", "user unknown", "no such domain", "mailbox disabled"]),
)
def test_nothing_temporary_is_ever_hard(status, text):
    assert judge(status, f"450 {status} {text}").severity != Severity.HARD


@given(st.integers(2, 5), st.integers(0, 999), st.integers(0, 999), st.text(max_size=200))
def test_anything_is_judged_and_a_policy_never_speaks_against_the_address(klass, subject, detail, text):
    verdict = judge(f"{klass}.{subject}.{detail}", text)
    assert verdict.reason in {rule.reason for rule in RULES} | {NOT_SAID}
    if subject == 7 and detail not in (17, 18) and not text:
        assert verdict.severity == Severity.BLOCK


@given(st.lists(st.sampled_from(["5.1.1", "5.2.2", "5.7.1"]), min_size=1))
def test_the_mildest_of_several_counts(statuses):
    verdicts = [judge(status) for status in statuses]
    found = mildest(verdicts)
    assert all(MILD_FIRST.index(found.severity) <= MILD_FIRST.index(one.severity) for one in verdicts)


@given(st.text(alphabet="a550 .\n-<>@:;", max_size=3000))
def test_long_answers_are_judged_quickly(text):
    judge("", text * 20)
