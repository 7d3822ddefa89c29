"""What is wrong with a rule, and where."""


class RuleError(ValueError):
    """`path` leads to the offending place, e.g. `rule.all[0].within_days`."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
