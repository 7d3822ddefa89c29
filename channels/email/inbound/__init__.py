"""Mails that come back: bounces, complaints, automatic answers and requests to unsubscribe.

message, dsn, plain, arf, automatic and reading are pure: bytes in, frozen dataclasses out. origin finds the dispatch by
what we signed, recording writes down what follows, receiver and mailbox are the two ways in.
"""
