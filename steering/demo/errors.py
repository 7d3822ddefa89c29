"""What ends the demo with exit code 1."""


class DemoError(Exception):
    """The demo cannot go on, or something that must hold does not; the message says what."""
