"""Messages, and what the built-in planner makes of them over the shipped catalogue."""

from typing import Any

Calls = list[tuple[str, dict[str, Any]]]


def note(text: str, case: str = "C-1042") -> tuple[str, dict[str, Any]]:
    return "case_add_note", {"case_id": case, "text": text}


def block(reason: str = "stolen") -> tuple[str, dict[str, Any]]:
    return "card_block", {"customer_id": "31-7750", "last4": "4417", "reason": reason}


def limit(amount: int, kind: str = "daily_card", customer: str = "88-1204") -> tuple[str, dict[str, Any]]:
    return "limit_change", {"customer_id": customer, "kind": kind, "amount": amount}


def task(title: str, **more: str) -> tuple[str, dict[str, Any]]:
    return "task_create", {"title": title, **more}


CASE = ("case_lookup", {"case_id": "C-1042"})
CUSTOMER = ("customer_lookup", {"customer_id": "31-7750"})

ASKED: dict[str, Calls] = {
    "Add a note to case C-1042: address proof is missing": [note("address proof is missing")],
    "Add a note to case C-1042: Address proof is missing.": [note("Address proof is missing.")],
    "note on case C-1042 that the address proof is missing": [note("the address proof is missing")],
    "Note to case C-1042: done.": [note("done.")],
    "please add a note that the address proof is missing to case c-1042": [note("the address proof is missing")],
    'Add "Address proof missing." as a note to case C-1042': [note("Address proof missing.")],
    "Add the note “ID expired” to case C-1042, please": [note("ID expired")],
    "Add a note to case C-1042, address proof is missing.": [note("address proof is missing.")],
    "Add a note to case C-1042 - address proof is missing": [note("address proof is missing")],
    "I want to leave a comment on C-1042 saying she'll call at 10:30": [note("she'll call at 10:30")],
    "put a note in case c-1042 that docs arrived": [note("docs arrived")],
    "Add a note to case C-1042\nAddress proof is missing.": [note("Address proof is missing.")],
    "Add a note: address proof is missing\nC-1042": [note("address proof is missing")],
    "Add a note\nC-1042\nshe says: hello": [note("she says: hello")],
    "Add a note to case C-1042: first line\nsecond line": [note("first line\nsecond line")],
    "Add a note to case C-1042: what did the customer send?": [note("what did the customer send?")],
    "Add a note to C-1042: pays with [card number 1]": [note("pays with [card number 1]")],
    "C-1042: add a note that the passport expired": [note("the passport expired")],
    "For case C-1042, add the note: passport expired": [note("passport expired")],
    "On case C-1042, please write a note saying that the passport expired.": [note("the passport expired.")],
    "record on case C-1042 that the passport expired": [note("the passport expired")],
    "The customer called about case C-1043. Add a note to case C-1042: called.": [note("called.")],
    "Please block the card ending 4417 of customer 31-7750, it was stolen": [block()],
    "card 4417 of customer 31-7750 was stolen, please block it": [block()],
    "Customer 31-7750 lost card 4417. Please block it.": [block("lost")],
    "can you freeze the card ending in 4417 for customer 31-7750? It was stolen.": [block()],
    "Block card 4417\ncustomer 31-7750\nstolen": [block()],
    "Freeze card no. 4417 of client 31-7750: suspected fraud": [block("suspected_fraud")],
    "Her card was stolen on Monday. Please block card 4417 of customer 31-7750.": [block()],
    "Block card 4417 of customer 31-7750, it was not stolen but lost": [block("lost")],
    "Block card 4417 of customer 31-7750 because it was lost. Should I inform compliance?": [block("lost")],
    "Raise the daily card limit of customer 88-1204 to $2,500": [limit(2500)],
    "88-1204: raise daily card limit to $2,500": [limit(2500)],
    "Could you please lower the daily transfer limit of customer 88-1204 from 5,000 to 1,000 dollars?": [
        limit(1000, "daily_transfer")
    ],
    "Set the card limit for customer 88-1204 to USD 12,000.00": [limit(12000)],
    "Create a task for customer 31-7750: call back about the utility bill": [
        task("call back about the utility bill", customer_id="31-7750")
    ],
    "Remind me to call back customer 31-7750": [task("call back customer 31-7750", customer_id="31-7750")],
    "Set up a reminder for 2026-12-01: send the letter": [task("send the letter", due_on="2026-12-01")],
    "Remind me to check case C-1042 by 2026-12-01": [
        task("check case C-1042 by 2026-12-01", due_on="2026-12-01", case_id="C-1042")
    ],
    "Add to my tasks: call the notary": [task("call the notary")],
    "What is the state of case C-1042?": [CASE],
    "show case C-1042": [CASE],
    "Is case C-1042 still open?": [CASE],
    "When was case C-1042 opened?": [CASE],
    "What's going on with case C-1042": [CASE],
    "C-1042": [CASE],
    "Look up customer 31-7750": [CUSTOMER],
    "Which cards does customer 31-7750 have?": [CUSTOMER],
    "Tell me about customer 31-7750": [CUSTOMER],
    "A customer is on the phone. Show customer 31-7750": [CUSTOMER],
    "who is customer 31-7750?": [CUSTOMER],
    "Look up customer 31-7750 and block card 4417, it was stolen": [CUSTOMER, block()],
    "Add a note to case C-1042: card stolen, and block card 4417 of customer 31-7750": [note("card stolen"), block()],
    "Add a note to case C-1042: she called. Also block card 4417 of customer 31-7750, stolen": [
        note("she called."),
        block(),
    ],
    "What is the state of case C-1042, and add a note to it: looks fine": [CASE, note("looks fine")],
}

CASE_MISSING = "Say which case the note is for: its number looks like C-1042."
NOTE_MISSING = "Write what the note should say after a colon: Add a note to case C-1042: …"
WHOSE_LIMIT = "Say whose limit it is: the customer number looks like 31-7750."
WHICH_CARD = "Say which card: the last four digits of its number, such as 4417."
WHY = "Say why: it was lost, it was stolen, or fraud is suspected."
AMOUNT = "Say the new limit in whole dollars, such as $2,500."
DAY = "Write the day by which it is due in the form 2026-12-01."

INCOMPLETE: dict[str, str] = {
    "Add a note to case C-1042": NOTE_MISSING,
    "Add a note: address proof is missing": CASE_MISSING,
    "Add a note to case C-104: address proof is missing": CASE_MISSING,
    "Add a note": f"{CASE_MISSING} {NOTE_MISSING}",
    "Add a note to the cases C-1042 and C-1043: done": "Give only one value for “Case”.",
    "Block card 4417 of customer 31-7750": WHY,
    "Block card 4417 of customer 31-7750, lost or stolen": "Give only one value for “Reason”.",
    "Block cards 4417 and 4418 of customer 31-7750, stolen": "Give only one value for “Card ending in”.",
    "Block the card [card number 1] of customer 31-7750, stolen": WHICH_CARD,
    "Raise the daily card limit of customer 88-1204 by $500": AMOUNT,
    "Set the daily card limit of customer 88-1204 to 2500.50": AMOUNT,
    "Set the daily card limit of customer 88-1204 to 5k": AMOUNT,
    "Set the daily card limit of customer 88-1204 to €2,500": AMOUNT,
    "Raise the daily card limit to $2,500": WHOSE_LIMIT,
    "Her income is $90,000. Raise the daily card limit of customer 88-1204.": AMOUNT,
    "Create a task for tomorrow: call back": DAY,
    "Look up the customer": "Say which customer: the customer number looks like 31-7750.",
    "Add a note to case C-1042: she called, and block card 4417 of customer 31-7750": WHY,
}

NOT_ASKED = (
    "How do I add a note to a case?",
    "When must a card be blocked?",
    "What limit changes need approval?",
    "Who may raise the daily card limit of a customer?",
    "Who approves a limit change for customer 88-1204?",
    "Can I add a note to case C-1042?",
    "Should I block card 4417 of customer 31-7750?",
    "May I close case C-1042?",
    "What is the policy for case C-1042?",
    "When must case C-1042 be escalated?",
    "What must a note on case C-1042 say?",
    "Show me how to close case C-1042",
    "Do not block card 4417 of customer 31-7750",
    "Don't add a note to case C-1042: done",
    "Unblock card 4417 of customer 31-7750",
    "If he calls again, block card 4417 of customer 31-7750",
    "Block card 4417 of customer 31-7750 if he calls again",
    "Block card 4417 of customer 31-7750: what do I need?",
    "The customer writes, block card 4417 of customer 31-7750, it was stolen",
    "When he calls, block card 4417 of customer 31-7750",
    "What is phishing? Block card 4417 of customer 31-7750",
    "block card lost stolen fee",
    "Block card procedure",
    "raise credit limit documents",
    "Can you block a card for a customer who is abroad?",
    "Can you raise a limit over the phone?",
    "Add a note to a case: what do I have to write?",
    "Explain how to add a note to case C-1042",
    "What happens when a card is blocked?",
    "Is a supervisor needed to raise a limit?",
    "Close case C-1042",
    "Delete case C-1042",
    "Open an account for customer 31-7750",
    "Transfer $500 from customer 31-7750 to customer 88-1204",
    "Note that a customer needs ID",
    "How long do we keep the notes of a case?",
    "What does the card replacement of customer 31-7750 cost?",
    "Does customer 31-7750 need to show ID for 5,000 dollars?",
    "Customer 31-7750 needs a power of attorney, which form?",
    "I blocked card 4417 of customer 31-7750 yesterday. What else must I do?",
    "The customer asks us to block her card. What do I do?",
    "Block a customer's card when the family reports the death",
    "Remind me how long we keep case notes",
    "show me the policy on card blocks",
    "look up the rule on dormant accounts",
    "Set the record straight on limits",
    "Create a report on case C-1042",
    "Hello",
    "",
)
