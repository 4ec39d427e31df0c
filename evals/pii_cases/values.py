"""Values of structured personal data, drawn by a seed: well formed, of nobody, in the spellings that people use."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from guardrails.checksums import iban, luhn, routing_number

_DIGITS: Final = "0123456789"

# Scheme: prefixes and lengths.
_CARDS: Final = (
    (("4",), (13, 16, 16, 16, 19)),
    (("51", "52", "53", "54", "55", "2221", "2300", "2720"), (16,)),
    (("34", "37"), (15,)),
    (("6011", "65", "644"), (16,)),
    (("3528", "3589", "3540"), (16,)),
    (("2131", "1800"), (15,)),
    (("300", "305", "36", "38"), (14,)),
    (("5018", "5020", "5038", "6304", "6759"), (12, 13, 16, 18, 19)),
    (("62",), (16, 17, 19)),
)

# Country: length of the IBAN; `a`: letters stand behind the check digits.
_IBANS: Final = (
    ("DE", "n" * 18), ("FR", "n" * 10 + "a" * 11 + "nn"), ("GB", "aaaa" + "n" * 14), ("ES", "n" * 20),
    ("IT", "a" + "n" * 22), ("NL", "aaaa" + "n" * 10), ("BE", "n" * 12), ("CH", "n" * 17), ("AT", "n" * 16),
    ("PL", "n" * 24), ("SE", "n" * 20), ("NO", "n" * 11), ("DK", "n" * 14), ("FI", "n" * 14), ("PT", "n" * 21),
    ("IE", "aaaa" + "n" * 14), ("CZ", "n" * 20), ("GR", "n" * 23), ("HU", "n" * 24),
    ("MT", "aaaa" + "n" * 5 + "n" * 18), ("SA", "nn" + "n" * 18), ("AE", "n" * 19), ("TR", "n" * 22),
    ("LU", "nnn" + "n" * 13), ("EE", "n" * 16), ("RO", "aaaa" + "n" * 16), ("BG", "aaaa" + "n" * 14),
    ("HR", "n" * 17), ("LV", "aaaa" + "n" * 13), ("LI", "n" * 17), ("SK", "n" * 20), ("BR", "n" * 23 + "an"),
    ("IL", "n" * 19),
)  # fmt: skip

_PHONES: Final = (
    "(###) ###-####", "###-###-####", "###.###.####", "### ### ####", "+1 ### ### ####", "+1-###-###-####",
    "1-###-###-####", "+1 (###) ###-####", "001-###-###-####x###", "###-###-####x####", "(###) ###-#### ext. ###",
    "+1.###.###.####", "+44 20 #### ####", "+44 7### ######", "020 7### ####", "07### ######", "0161 ### ####",
    "+44 (0)161 ### ####", "01632 ######", "+49 30 ########", "+49 (0)89 #######", "0170 #######", "030/#######",
    "+33 6 ## ## ## ##", "06 ## ## ## ##", "01.##.##.##.##", "+34 6## ### ###", "+39 06 ########", "+31 6 ########",
    "06-########", "+41 44 ### ## ##", "+43 1 ### ## ##", "+46 8-### ### ##", "+48 ## ### ## ##",
    "+351 21 ### ####", "+353 1 ### ####", "+45 ## ## ## ##", "+358 9 #### ####", "+61 2 #### ####",
    "(02) #### ####", "+91 ##### #####", "+81 3-####-####", "00 44 20 #### ####", "0049 30 #######",
    "+420 ### ### ###", "+1##########", "+44##########", "(0##) ### ## ##", "0### ### ## ##", "+30 21# ### ####",
)  # fmt: skip
_BARE_PHONES: Final = ("##########", "0##########", "#### ####", "### ## ###", "###-####", "1##########")
"""Only a word beside them says what they are."""

_MAILBOXES: Final = (
    "jo",
    "ann.lee",
    "m_brandt",
    "kim+bank",
    "info",
    "o'hara",
    "a.b-c",
    "lee%desk",
    "j.Müller",
    "x9",
    "rené",
    "SALES",
)
_HOSTS: Final = (
    "example.com", "mail.example.org", "a-b.example.net", "post.co.uk", "sub.dept.example.edu", "beispiel.de", "x.io",
    "bücher.example",
    "EXAMPLE.COM", "my-bank.example.bank", "mail.museum", "192-168.example",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """A value as it stands in a text, and the type of its span. `needs_word`: its form alone says too little."""

    text: str
    type: str
    needs_word: bool = False


def card(chance: Random) -> Drawn:
    prefixes, lengths = chance.choice(_CARDS)
    length, start = chance.choice(lengths), chance.choice(prefixes)
    body = start + _digits(chance, length - len(start) - 1)
    number = next(body + last for last in _DIGITS if luhn(body + last))
    return Drawn(_grouped(number, chance), "CREDIT_CARD")


def _grouped(number: str, chance: Random) -> str:
    sign = chance.choice(["", "", " ", "-", "\N{NO-BREAK SPACE}", "."])
    if not sign:
        return number
    shape = (
        (4, 6, 5)
        if len(number) in (14, 15)
        else chance.choice([(4, 4, 4, 4, 4), (4, 4, 4, 4, 4), (6, 6, 7), (8, 8, 3)])
    )
    groups: list[str] = []
    for size in shape:
        groups.append(number[:size])
        number = number[size:]
    return sign.join(group for group in groups if group)


def ssn(chance: Random) -> Drawn:
    area = chance.choice([n for n in range(1, 900) if n != 666])
    parts = f"{area:03}", f"{chance.randint(1, 99):02}", f"{chance.randint(1, 9999):04}"
    sign = chance.choice(["-", "-", " ", ""])
    return Drawn(sign.join(parts), "US_SSN", needs_word=sign != "-")


def phone(chance: Random) -> Drawn:
    is_bare = chance.random() < 0.15
    shape = chance.choice(_BARE_PHONES if is_bare else _PHONES)
    text = "".join(str(chance.randint(2, 9)) if c == "#" else c for c in shape)
    return Drawn(text, "PHONE_NUMBER", needs_word=is_bare or text[0] == "0" or " " in shape)


def email(chance: Random) -> Drawn:
    return Drawn(
        f"{chance.choice(_MAILBOXES)}{chance.choice(['', '7', '.x'])}@{chance.choice(_HOSTS)}", "EMAIL_ADDRESS"
    )


def ip(chance: Random) -> Drawn:
    v4 = ".".join(str(chance.randint(1, 254)) for _ in range(4))
    groups = [f"{chance.randrange(1, 65536):x}" for _ in range(8)]
    v6 = chance.choice(
        [":".join(groups), ":".join(groups[:3]) + "::" + groups[4], "fe80::" + groups[1], "2001:db8::" + groups[0]]
    )
    if chance.random() < 0.15:
        v6 = v6.upper()
    shapes = [v4, v4, v4, f"{v4}:8443", f"{v4}/24", f"[{v4}]", v6, v6, f"[{v6}]:443", f"{v6}/64"]
    return Drawn(chance.choice(shapes), "IP_ADDRESS")


def account_iban(chance: Random) -> Drawn:
    country, shape = chance.choice(_IBANS)
    body = "".join(chance.choice("ABCDEFGHKLMNPRSTUVWX") if c == "a" else chance.choice(_DIGITS) for c in shape)
    text = next(f"{country}{n:02}{body}" for n in range(2, 99) if iban(f"{country}{n:02}{body}"))
    if chance.random() < 0.5:
        text = chance.choice([" ", " ", "-"]).join(text[i : i + 4] for i in range(0, len(text), 4))
    return Drawn(text.lower() if chance.random() < 0.15 else text, "IBAN_CODE")


def routing(chance: Random) -> Drawn:
    while True:
        number = f"{chance.choice([*range(1, 13), *range(21, 33)]):02}{_digits(chance, 7)}"
        if routing_number(number):
            sign = chance.choice(["", "", "", "-", " "])
            text = sign.join((number[:4], number[4:8], number[8])) if sign == "-" else number
            return Drawn(
                f"{number[:3]} {number[3:6]} {number[6:]}" if sign == " " else text, "ABA_ROUTING_NUMBER", True
            )


def account(chance: Random) -> Drawn:
    number = _digits(chance, chance.randint(7, 14))
    number = ("7" if number[0] == "0" else number[0]) + number[1:]
    shape = chance.choice(["", "", "", " ", "-"])
    if shape:
        number = shape.join(number[i : i + 4] for i in range(0, len(number), 4))
    return Drawn(number, "US_BANK_NUMBER", needs_word=True)


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choice(_DIGITS) for _ in range(count))


DRAWS: Final[dict[str, Callable[[Random], Drawn]]] = {
    "card": card,
    "ssn": ssn,
    "phone": phone,
    "email": email,
    "ip": ip,
    "iban": account_iban,
    "routing": routing,
    "account": account,
}
