"""Tokens of a text where no server says how many, from its characters alone."""

import math

# Tokens a character: (most, middle). A tokenizer without Japanese in it takes a character as up to three bytes; what
# is held back for a call is settled down to the real number.
_OTHER = (1.5, 0.9)
_ASCII = (0.5, 0.28)
# What a provider puts around the texts of a call.
AROUND = 64
# The largest picture of the providers known, in their own counting.
PICTURE = 2_000


def most(text: str) -> int:
    """Return how many tokens a text takes at most, nearly always: to hold back before a call."""
    return _counted(text, 0)


def middle(text: str) -> int:
    """Return how many tokens a text takes, likely: to settle a call of which the server said nothing."""
    return _counted(text, 1)


def most_of(characters: int) -> int:
    """Return the same as `most` where only the number of characters is known."""
    return math.ceil(characters * _OTHER[0])


def middle_of(characters: int) -> int:
    """Return the same as `middle` where only the number of characters is known."""
    return math.ceil(characters * _OTHER[1])


def _counted(text: str, column: int) -> int:
    plain = len(text.encode("ascii", "ignore"))
    return math.ceil(plain * _ASCII[column] + (len(text) - plain) * _OTHER[column])
