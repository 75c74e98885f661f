"""Numbers that come as text in an address."""

# What a database key can hold, in digits.
KEY_DIGITS = 18


def key_in(text: str | None) -> int | None:
    """Return the row key that a query value names, None for anything that can be none."""
    return int(text) if text and text.isdecimal() and len(text) <= KEY_DIGITS else None
