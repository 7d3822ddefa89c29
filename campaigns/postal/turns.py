"""What is done at once, and what one after the other: the same comes of it as if each were done in its turn; pure."""

from collections.abc import Collection, Hashable, Sequence


def in_turns(touched: Sequence[Collection[Hashable]]) -> list[list[int]]:
    """Positions by turn, from what each of them reads or changes.

    Two that touch the same thing are in different turns, in their order. So most are in the first, and the number of turns is
    that of those who depend on each other.
    """
    turns: list[list[int]] = []
    last: dict[Hashable, int] = {}
    for position, things in enumerate(touched):
        turn = 1 + max((last.get(thing, -1) for thing in things), default=-1)
        last.update(dict.fromkeys(things, turn))
        if turn == len(turns):
            turns.append([])
        turns[turn].append(position)
    return turns
