"""Names of places in a sheet."""


def column_name(number: int) -> str:
    """Return 「AB」 for column 28; columns count from 1."""
    name = ""
    while number > 0:
        number, letter = divmod(number - 1, 26)
        name = chr(65 + letter) + name
    return name


def column_number(name: str) -> int:
    """Return 28 for 「AB」."""
    number = 0
    for letter in name:
        number = number * 26 + ord(letter) - 64
    return number


def range_of(row: int, column: int, last_row: int, last_column: int) -> str:
    """Return a range like `B3:D9`; all count from 1."""
    first = f"{column_name(column)}{row}"
    last = f"{column_name(max(column, last_column))}{last_row}"
    return first if first == last else f"{first}:{last}"
