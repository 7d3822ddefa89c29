"""`make demo`: the whole platform at work on real processes, and its decisions checked against a known truth.

story.py tells what happens in which order; docs/demo.md says what is real, what is staged and what is assumed. Only
this package reads the truth about people; the product never sees it.
"""
