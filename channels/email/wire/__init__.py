"""Speaking SMTP with several servers at the same time from one thread.

`line` holds one conversation, written as generators that stop where they must wait; `loop` wakes whichever can go on;
`pool` keeps lines open between batches. Nothing here knows dispatches, providers or Django.
"""
