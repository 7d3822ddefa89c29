"""Returned mail as real systems write it, with placeholders for what the mail that came back had of ours.

Written after the systems' sources and documentation, and RFC 3464, 5965 and 3834; no mail of anybody.
"""

from collections.abc import Mapping
from textwrap import dedent

RECIPIENT = "erika@kunde.example"
RETURN_PATH, MESSAGE_ID = (
    "bounce+aaaaaaaaaaaaaaaaaaaaaaaa@bounces.example.com",
    "<dispatch-0.none@steering.example.com>",
)


def _original(*, headers: str = "") -> str:
    return dedent(
        f"""\
        Return-Path: <{{return_path}}>
        Received: from worker (worker.example.com [192.0.2.1]) by mx.example.com with ESMTP id 4XyZ
        Message-ID: {{message_id}}
        From: Campaign Steering <news@example.com>
        To: {RECIPIENT}
        Subject: =?utf-8?q?Neues_f=C3=BCr_Sie?=
        {headers}"""
    ).rstrip()


def _filled(text: str, **values: str) -> str:
    return dedent(text).lstrip("\n").replace("@ORIGINAL@", values.pop("original", _original())).format(**values)


def dsn(
    *,
    status: str = "5.1.1",
    diagnostic: str = "smtp; 550 5.1.1 <erika@kunde.example>: Recipient address rejected: User unknown",
    action: str = "failed",
    return_path: str = RETURN_PATH,
    message_id: str = MESSAGE_ID,
    to: str = "",
    recipients: str = "",
) -> bytes:
    """As Postfix 3 writes it."""
    groups = recipients or (
        f"Final-Recipient: rfc822; {RECIPIENT}\nOriginal-Recipient: rfc822;{RECIPIENT}\nAction: {action}\n"
        f"Status: {status}\nRemote-MTA: dns; mx.kunde.example\nDiagnostic-Code: {diagnostic}\n"
    )
    head = _filled(
        """
        Return-Path: <>
        Date: Wed, 25 Nov 2026 10:11:12 +0100 (CET)
        From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: {to}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="4XyZ.1764/mx.example.com"
        Message-Id: <20261125091112.4XyZ@mx.example.com>

        This is a MIME-encapsulated message.

        --4XyZ.1764/mx.example.com
        Content-Description: Notification
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host mx.example.com.

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

        --4XyZ.1764/mx.example.com
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.com
        X-Postfix-Queue-ID: 4XyZ
        Arrival-Date: Wed, 25 Nov 2026 10:11:10 +0100 (CET)

        """,
        to=to or return_path,
    )
    tail = _filled(
        """

        --4XyZ.1764/mx.example.com
        Content-Description: Undelivered Message Headers
        Content-Type: text/rfc822-headers

        @ORIGINAL@

        --4XyZ.1764/mx.example.com--
        """,
        return_path=return_path,
        message_id=message_id,
    )
    return (head + groups + tail).encode()


EXIM = """
Return-path: <>
X-Failed-Recipients: erika@kunde.example
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@exim.example.net>
To: {return_path}
Content-Type: multipart/report; report-type=delivery-status; boundary=1764066000-eximdsn-1
MIME-Version: 1.0
Subject: Mail delivery failed: returning message to sender
Message-Id: <E1vNxyz-000000-0A@exim.example.net>
Date: Wed, 25 Nov 2026 10:00:00 +0000

--1764066000-eximdsn-1
Content-type: text/plain; charset=us-ascii

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  erika@kunde.example
    host mx.kunde.example [192.0.2.7]
    SMTP error from remote mail server after RCPT TO:<erika@kunde.example>:
    550 No such recipient here

--1764066000-eximdsn-1
Content-type: message/delivery-status

Reporting-MTA: dns; exim.example.net

Action: failed
Final-Recipient: rfc822;erika@kunde.example
Status: 5.0.0
Remote-MTA: dns; mx.kunde.example
Diagnostic-Code: smtp; 550 No such recipient here

--1764066000-eximdsn-1
Content-type: message/rfc822

@ORIGINAL@

Hallo

--1764066000-eximdsn-1--
"""
EXCHANGE = """
From: <postmaster@kunde.example>
To: {return_path}
Date: Wed, 25 Nov 2026 10:00:00 +0000
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="98a9f4b1-7a61-4b6c-9d58-3a0f5f3f9c11"
X-MS-Exchange-Message-Is-Ndr:
Content-Language: en-GB
Message-ID: <98a9f4b1@AM0PR01.eurprd01.prod.exchangelabs.com>
In-Reply-To: {message_id}
References: {message_id}
Subject: Unzustellbar: =?utf-8?q?Neues_f=C3=BCr_Sie?=
Auto-Submitted: auto-replied
MIME-Version: 1.0

--98a9f4b1-7a61-4b6c-9d58-3a0f5f3f9c11
Content-Type: multipart/alternative; differences=Content-Type;
\tboundary="inner"

--inner
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

Ihre Nachricht an erika=40kunde.example konnte nicht zugestellt werden.

--inner
Content-Type: text/html; charset="utf-8"

<html><body>Ihre Nachricht konnte nicht zugestellt werden.</body></html>
--inner--

--98a9f4b1-7a61-4b6c-9d58-3a0f5f3f9c11
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.eurprd01.prod.exchangelabs.com
Received-From-MTA: dns;mx.example.com
Arrival-Date: Wed, 25 Nov 2026 09:59:59 +0000

Final-Recipient: rfc822;erika@kunde.example
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient
 erika@kunde.example not found by SMTP address lookup
X-Display-Name: Erika

--98a9f4b1-7a61-4b6c-9d58-3a0f5f3f9c11
Content-Type: message/rfc822

@ORIGINAL@

Hallo
--98a9f4b1-7a61-4b6c-9d58-3a0f5f3f9c11--
"""
GMAIL = """
To: {return_path}
Auto-Submitted: auto-replied
Subject: Delivery Status Notification (Failure)
References: {message_id}
In-Reply-To: {message_id}
X-Failed-Recipients: erika@kunde.example
From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
Message-ID: <6743.0a0220.1234@mx.google.com>
Date: Wed, 25 Nov 2026 02:00:00 -0800 (PST)
MIME-Version: 1.0
Content-Type: multipart/report; boundary="000000000000f1e2d3"; report-type=delivery-status

--000000000000f1e2d3
Content-Type: multipart/related; boundary="000000000000f1e2d4"

--000000000000f1e2d4
Content-Type: text/plain; charset="UTF-8"

** Address not found **

Your message wasn't delivered to erika@kunde.example because the address couldn't be found, or is unable to receive mail.

--000000000000f1e2d4--

--000000000000f1e2d3
Content-Type: message/delivery-status

Reporting-MTA: dns; googlemail.com
Arrival-Date: Wed, 25 Nov 2026 01:59:59 -0800 (PST)
X-Original-Message-ID: {message_id}

Final-Recipient: rfc822; erika@kunde.example
Action: failed
Status: 5.2.1
Remote-MTA: dns; gmail-smtp-in.l.google.com. (192.0.2.27, the server for the domain kunde.example.)
Diagnostic-Code: smtp; 550-5.2.1 The email account that you tried to reach is inactive. For more
 550-5.2.1 information, go to
 550 5.2.1  https://support.google.com/mail/?p=DisabledUser
Last-Attempt-Date: Wed, 25 Nov 2026 02:00:00 -0800 (PST)

--000000000000f1e2d3
Content-Type: message/rfc822

@ORIGINAL@

--000000000000f1e2d3--
"""
SES = """
Return-Path: <>
Date: Wed, 25 Nov 2026 10:00:00 +0000
From: MAILER-DAEMON@amazonses.com
To: {return_path}
Message-ID: <0102019ab-000000@eu-west-1.amazonses.com>
Subject: Delivery Status Notification (Failure)
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="----=_Part_1_2.3"

------=_Part_1_2.3
Content-Type: text/plain; charset=us-ascii

An error occurred while trying to deliver the mail to the following recipients:
erika@kunde.example
------=_Part_1_2.3
Content-Type: message/delivery-status

Reporting-MTA: dsn; a7-12.smtp-out.eu-west-1.amazonses.com

Action: failed
Final-Recipient: rfc822; erika@kunde.example
Diagnostic-Code: smtp; 552 5.2.2 The email account that you tried to reach is over quota.
Status: 5.2.2

------=_Part_1_2.3
Content-Type: message/rfc822

@ORIGINAL@

------=_Part_1_2.3--
"""
QMAIL = """
Return-Path: <>
Received: (qmail 12345 invoked for bounce); 25 Nov 2026 10:00:00 -0000
Date: 25 Nov 2026 10:00:00 -0000
From: MAILER-DAEMON@qmail.example.org
To: {return_path}
Subject: failure notice

Hi. This is the qmail-send program at qmail.example.org.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<erika@kunde.example>:
192.0.2.9 does not like recipient.
Remote host said: 550 sorry, no mailbox here by that name. (#5.1.1)
Giving up on 192.0.2.9.

--- Below this line is a copy of the message.

@ORIGINAL@

Call 421 now for our offer.
"""
DELAYED_IN_WORDS = """
Return-Path: <>
Date: Wed, 25 Nov 2026 10:00:00 +0000
From: Mail Delivery System <Mailer-Daemon@exim.example.net>
To: {return_path}
Subject: Warning: message 1vNxyz-000000-0A delayed 24 hours

This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue.

  erika@kunde.example
    host mx.kunde.example [192.0.2.7]: 451 4.7.1 Greylisting in action

No action is required on your part. Delivery attempts will continue for some time.
"""
AUTO_REPLY = """
Return-Path: <>
From: Erika Muster <erika@kunde.example>
To: {return_path}
Date: Wed, 25 Nov 2026 10:00:00 +0000
Subject: Automatische Antwort: Neues
Auto-Submitted: auto-replied
X-Auto-Response-Suppress: All
In-Reply-To: {message_id}

Ich bin bis zum 550. Tag nicht im Haus. 550 5.1.1 ist meine Glückszahl.
"""
VACATION_WITHOUT_HEADER = """
From: Erika Muster <erika@kunde.example>
To: {return_path}
Subject: Out of Office: hello

I am away until Monday.
"""
PERSON = """
From: Erika Muster <erika@kunde.example>
To: {return_path}
Subject: Re: Neues
In-Reply-To: {message_id}

Bitte rufen Sie mich an, 550 Euro sind zu viel.
"""


def system(text: str, *, return_path: str = RETURN_PATH, message_id: str = MESSAGE_ID) -> bytes:
    """One of the samples above, about a mail with this return path and Message-ID."""
    return _filled(text, return_path=return_path, message_id=message_id, original=_original()).encode()


BY_SYSTEM: Mapping[str, tuple[str, str, str]] = {
    "Exim": (EXIM, "hard", "unknown recipient"),
    "Exchange Online": (EXCHANGE, "hard", "unknown recipient"),
    "Gmail": (GMAIL, "hard", "mailbox disabled"),
    "Amazon SES": (SES, "soft", "mailbox full"),
    "qmail": (QMAIL, "hard", "unknown recipient"),
}


def arf(
    *,
    kind: str = "abuse",
    return_path: str = "",
    message_id: str = "<somebody@else.example>",
    extra: str = "",
    recipient: str = RECIPIENT,
) -> bytes:
    """A report as RFC 5965 shows it; without a return path it is redacted."""
    mail_from = f"Original-Mail-From: <{return_path}>\n" if return_path else ""
    text = f"""\
From: <abusedesk@provider.example>
Date: Wed, 25 Nov 2026 10:00:00 +0000
Subject: FW: Neues
To: <fbl@example.com>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part1_13d"

--part1_13d
Content-Type: text/plain; charset="US-ASCII"

This is an email abuse report for an email message received from IP 192.0.2.1.

--part1_13d
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: SomeGenerator/1.0
Version: 1
{mail_from}Arrival-Date: Wed, 25 Nov 2026 09:00:00 +0000
Reported-Domain: example.com

--part1_13d
Content-Type: message/rfc822
Content-Disposition: inline

From: <news@example.com>
To: <{recipient}>
Subject: Neues
Message-ID: {message_id}
{extra}
Hallo
--part1_13d--
"""
    return text.encode()
