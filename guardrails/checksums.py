"""Check digits of numbers that identify people and accounts."""

_IBAN_LENGTHS = (15, 34)


def digits_of(text: str) -> str:
    """Only the ASCII digits."""
    return "".join(c for c in text if c.isascii() and c.isdigit())


def luhn(number: str) -> bool:
    """Card numbers (ISO/IEC 7812-1): the weighted digit sum is a multiple of ten. Digits only."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return bool(number) and total % 10 == 0


def iban(text: str) -> bool:
    """ISO 13616: the rearranged number is 1 modulo 97. Blanks and dashes are ignored."""
    compact = "".join(c for c in text.upper() if c.isalnum())
    if not _IBAN_LENGTHS[0] <= len(compact) <= _IBAN_LENGTHS[1] or not compact.isascii():
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1


def routing_number(number: str) -> bool:
    """ABA routing transit number: nine digits with weights 3, 7, 1, and a Federal Reserve prefix."""
    if len(number) != 9 or not number.isdigit():
        return False
    prefix = int(number[:2])
    if not (0 < prefix <= 12 or 21 <= prefix <= 32 or 61 <= prefix <= 72 or prefix == 80):
        return False
    return sum(int(d) * w for d, w in zip(number, (3, 7, 1) * 3, strict=True)) % 10 == 0
