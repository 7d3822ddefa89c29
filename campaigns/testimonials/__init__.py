"""Praise from the service dialogue as testimonials: found by a classifier, and shown only while its customer permits it.

`passages` cuts messages up, `classifier` knows praise, `redaction` takes out who is who, `finding` proposes. `life` is the
only writer of states: proposed, asked, permitted, approved; `quotes` says what a content shows.
"""
