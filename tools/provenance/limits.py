"""Numbers that decide where a value came from; each with where it came from. None was fitted to attack examples."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ProvenanceLimits:
    # The longest identifiers: an e-mail address in practice, an IBAN has 34. What is longer is prose.
    identifier_characters: int = 100
    # How far back a message may complete the one before it ("C-1042" after "Which case?").
    completed_messages: int = 3
    # A message without an order and with at most this many words completes the one before it.
    completion_words: int = 8
    # How many words may stand between "her e-mail address" and "is", or between "card" and "4411".
    words_between: int = 8
    near_words: int = 3
    # After the colon of an order begins what is to be written; up to this many words it may still name a thing.
    named_after_colon: int = 4
    # Digits in a row (blanks aside) that make a number worth dialling or paying to: phone numbers and accounts.
    dialable_digits: int = 7
    # The longest sentences of people have about 80 words; orders are looked for up to here.
    sentence_words: int = 200
    # The oldest messages of a long conversation are not read: nobody refers back that far.
    messages: int = 8
    # A message is at most 8,000 characters at the door; a longer one is cut.
    message_characters: int = 10_000
    # A record's name shorter than this ("me", "A") is said too easily.
    selector_characters: int = 3
    # With more figures of one account than these, nearly every sum would be the sum or difference of two.
    figures: int = 6


PROVENANCE = ProvenanceLimits()
