"""What a channel answered, in the words of the ledger."""

from dataclasses import dataclass

from ..base import ChannelError, NotTakenError, Receipt, UncertainError, UnreachableError
from .arrows import State

Answer = Receipt | tuple[int, ChannelError]


@dataclass(frozen=True)
class Outcome:
    """What became of one dispatch that was being sent."""

    dispatch_id: int
    state: State
    provider_id: str = ""
    code: str = ""
    answer: str = ""
    is_try: bool = True  # False: the provider would not hear of it, so no attempt is used up


def outcome_of(answer: Answer) -> Outcome:
    """Read a channel's answer. A temporary refusal means queued; the ledger ends it when the attempts are used up."""
    if isinstance(answer, Receipt):
        return Outcome(answer.dispatch_id, State(answer.state), answer.provider_id, answer=answer.answer)
    dispatch_id, error = answer
    if isinstance(error, UncertainError):
        state = State.UNCERTAIN
    elif isinstance(error, UnreachableError):
        state = State.BOUNCED
    else:
        state = State.FAILED if error.permanent else State.QUEUED
    return Outcome(dispatch_id, state, code=error.code, answer=str(error), is_try=not isinstance(error, NotTakenError))
