"""What came back is understood as the systems that sent it mean it, and nothing that a stranger sends breaks us."""

import base64
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.inbound import arf, dsn, message, reading
from channels.email.inbound.message import UnreadableError
from channels.email.inbound.reading import Kind
from tests.channels.email.inbound import samples


def judged(raw: bytes) -> tuple[str, str, str]:
    """Action, severity and reason."""
    read = reading.read(raw)
    assert read.kind == Kind.BOUNCE
    if read.plain:
        return "delayed" if read.plain.is_delay else "failed", read.plain.verdict.severity, read.plain.verdict.reason
    action, verdict = dsn.about(read.reports, samples.RECIPIENT)
    return (action, verdict.severity, verdict.reason) if verdict else (action, "", "")


class TestDeliveryStatus:
    def test_a_recipient_is_read_with_all_its_fields(self):
        (one,) = reading.read(samples.dsn()).reports
        assert (one.action, one.status, one.final, one.original) == (
            "failed", "5.1.1", samples.RECIPIENT, samples.RECIPIENT,
        )  # fmt: skip
        assert one.diagnostic.startswith("550 5.1.1 <erika@kunde.example>")

    @pytest.mark.parametrize("system", samples.BY_SYSTEM)
    def test_every_system_is_understood(self, system):
        text, severity, reason = samples.BY_SYSTEM[system]
        assert judged(samples.system(text)) == ("failed", severity, reason)

    @pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "DELAYED"])
    def test_what_did_not_fail_has_no_verdict(self, action):
        assert judged(samples.dsn(action=action, status="4.4.1")) == (action.lower(), "", "")

    @pytest.mark.parametrize(("status", "action"), [("5.1.1", "failed"), ("4.2.2", "delayed"), ("2.0.0", "delivered")])
    def test_without_an_action_the_status_says_it(self, status, action):
        assert judged(samples.dsn(action="", status=status))[0] == action

    def test_comments_and_case_do_not_matter(self):
        raw = samples.dsn(status="5.1.1 (bad destination mailbox address)", action="Failed (permanently)")
        assert judged(raw) == ("failed", "hard", "unknown recipient")

    def test_of_several_recipients_the_one_that_we_wrote_to_counts(self):
        others = "".join(
            f"Final-Recipient: rfc822; {name}\nAction: {action}\nStatus: {status}\n\n"
            for name, action, status in [
                ("other@kunde.example", "delivered", "2.0.0"),
                (samples.RECIPIENT.upper(), "failed", "5.1.1"),
                ("third@kunde.example", "failed", "5.2.2"),
            ]
        )
        assert judged(samples.dsn(recipients=others)) == ("failed", "hard", "unknown recipient")

    def test_a_mail_passed_on_to_several_has_arrived_where_one_of_them_got_it(self):
        others = "Final-Recipient: rfc822; a@list.example\nAction: failed\nStatus: 5.1.1\n\n"
        others += "Final-Recipient: rfc822; b@list.example\nAction: relayed\nStatus: 2.1.9\n\n"
        assert judged(samples.dsn(recipients=others)) == ("relayed", "", "")

    def test_of_several_failures_the_mildest_counts(self):
        others = "".join(
            f"Final-Recipient: rfc822; {name}@list.example\nAction: failed\nStatus: {status}\n\n"
            for name, status in [("a", "5.1.1"), ("b", "5.2.2")]
        )
        assert judged(samples.dsn(recipients=others)) == ("failed", "soft", "mailbox full")

    def test_an_encoded_report_is_decoded(self):
        report = b"Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n"
        raw = (
            b"From: mailer-daemon@x.example\nMIME-Version: 1.0\n"
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            b"--b\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(report) + b"\n--b--\n"
        )  # fmt: skip
        assert judged(raw) == ("failed", "hard", "unknown recipient")

    def test_an_internationalised_report_is_read(self):
        raw = samples.dsn().replace(b"message/delivery-status", b"message/global-delivery-status")
        raw = raw.replace(b"rfc822; erika@", "utf-8; érika@".encode())
        assert judged(raw) == ("failed", "hard", "unknown recipient")

    def test_the_last_attempt_is_when_it_happened(self):
        assert reading.read(samples.system(samples.GMAIL)).at == datetime(2026, 11, 25, 10, tzinfo=UTC)

    def test_a_report_cut_off_in_the_middle_is_still_read(self):
        raw = samples.dsn()
        assert judged(raw[: raw.index(b"--4XyZ.1764/mx.example.com\nContent-Description: Undelivered")])[0] == "failed"

    def test_a_report_enclosed_in_the_mail_that_came_back_is_not_believed(self):
        inner = samples.dsn().decode()
        raw = f"From: a@b.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: message/rfc822\n\n{inner}\n--x--\n"
        assert reading.read(raw.encode()).kind == Kind.OTHER


class TestInWords:
    def test_a_delay_is_no_failure(self):
        assert judged(samples.system(samples.DELAYED_IN_WORDS))[0] == "delayed"

    def test_what_the_copy_of_our_mail_says_does_not_count(self):
        raw = samples.system(samples.QMAIL).replace(b"Hi. This", b"Hi. Mailbox full. This")
        assert judged(raw) == ("failed", "hard", "unknown recipient")

    def test_a_person_who_mentions_a_code_is_no_bounce(self):
        assert reading.read(samples.system(samples.PERSON)).kind == Kind.OTHER

    @pytest.mark.parametrize(
        "subject", ["Undeliverable: x", "Mail delivery failed", "Unzustellbar: x", "failure notice"]
    )
    def test_a_home_made_bounce_with_a_code(self, subject):
        raw = f"Return-Path: <>\nFrom: server@x.example\nSubject: {subject}\n\n550 5.1.1 unknown user\n"
        assert judged(raw.encode()) == ("failed", "hard", "unknown recipient")


class TestAutomaticAnswers:
    @pytest.mark.parametrize("text", [samples.AUTO_REPLY, samples.VACATION_WITHOUT_HEADER])
    def test_out_of_office_is_neither_bounce_nor_for_a_person(self, text):
        assert reading.read(samples.system(text)).kind == Kind.AUTOMATIC

    @pytest.mark.parametrize(
        "header", ["Auto-Submitted: auto-generated", "X-Autoreply: yes", "Precedence: auto_reply", "X-Autorespond: x"]
    )
    def test_every_mark_counts(self, header):
        assert reading.read(f"From: a@b.example\n{header}\n\nhello".encode()).kind == Kind.AUTOMATIC

    def test_auto_submitted_no_is_a_person(self):
        assert reading.read(b"From: a@b.example\nAuto-Submitted: no\n\nhello").kind == Kind.OTHER


class TestComplaints:
    @pytest.mark.parametrize(
        ("kind", "means"),
        [
            ("abuse", "abuse"),
            ("Fraud", "fraud"),
            ("not-spam", "not-spam"),
            ("opt-out", "opt-out"),
            ("made-up", "other"),
        ],
    )
    def test_the_type_is_read(self, kind, means):
        complaint = arf.read(message.parse(samples.arf(kind=kind)))
        assert complaint is not None
        assert (complaint.type, complaint.user_agent) == (means, "SomeGenerator/1.0")

    def test_a_report_without_its_second_part_is_something_else(self):
        raw = samples.arf().replace(b"Content-Type: message/feedback-report", b"Content-Type: text/plain")
        assert reading.read(raw).kind == Kind.OTHER


class TestMalformed:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\n\n\n",
            b"no header at all",
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(500)),
            b"Content-Type: message/rfc822\n\n" * 5000,
            b"A: b\nContent-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 1000,
        ],
        ids=["empty", "blank", "no header", "nested multiparts", "nested messages", "many parts"],
    )
    def test_what_cannot_be_taken_apart_says_so(self, raw):
        with pytest.raises(UnreadableError):
            reading.read(raw)

    @pytest.mark.parametrize(
        "raw",
        [
            b"Subject: =?x-made-up?b?!!!?=\n\nx",
            b"Subject: \xff\xfe\x00\nFrom: \x80\n\n\x00\xff",
            b"A: b\nContent-Type: text/plain; charset=made-up\n\n\xff",
            b"A: b\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n***",
            b'A: b\nContent-Type: multipart/report; boundary=""; report-type=delivery-status\n\n--\n',
            b"A: b\nContent-Type: multipart/mixed\n\nno boundary",
            b"A: b\nContent-Type: \n\n",
            b"A: b\nContent-Type: text/plain; charset*=utf-8''%ff\n\nx",
            b"A: b\nDate: Wed, 99 Foo 2026 99:99\n\n",
            b"\xef\xbb\xbfFrom: a@b.example\nTo: x\n\nx",
        ],
    )
    def test_what_is_only_odd_is_read(self, raw):
        assert reading.read(raw).kind in Kind

    def test_nothing_that_is_read_holds_what_the_database_refuses(self):
        raw = samples.dsn(diagnostic="smtp; 550 5.1.1 a\x00b").replace(b"User", b"\x00\xed\xa0\x80")
        (one,) = reading.read(raw).reports
        one.diagnostic.encode()
        assert "\x00" not in one.diagnostic

    @given(st.binary(max_size=2000))
    @settings(max_examples=150)
    def test_any_bytes_are_read_or_refused(self, raw):
        with suppress(UnreadableError):
            assert reading.read(raw).kind in Kind

    @given(st.data())
    @settings(max_examples=150)
    def test_a_real_bounce_with_bytes_changed_is_read_or_refused(self, data):
        raw = bytearray(data.draw(st.sampled_from([samples.dsn(), samples.arf(), samples.system(samples.GMAIL)])))
        for _ in range(data.draw(st.integers(1, 12))):
            at = data.draw(st.integers(0, len(raw) - 1))
            raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
        with suppress(UnreadableError):
            assert reading.read(bytes(raw)).kind in Kind


@pytest.mark.parametrize(
    "raw",
    [
        b"X-A: b\n" * 300_000 + b"\nx",
        b"X-A: " + b"b" * 2_000_000 + b"\n\nx",
        b"X-A: b\n" + b" b\n" * 300_000 + b"\n\nx",
        b"Subject: " + b"=?utf-8?q?a?= " * 100_000 + b"\n\nx",
    ],
    ids=["many headers", "a long header", "a header folded often", "many encoded words"],
)
@pytest.mark.timeout(60)  # what grows with the square of its size would take hours
def test_headers_of_any_number_and_length_are_read_or_refused(raw):
    with suppress(UnreadableError):
        assert reading.read(raw).kind in Kind
