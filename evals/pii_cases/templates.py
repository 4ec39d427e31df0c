"""Sentences with a place for a value, of our own, in the ways in which people of a bank write.

`{card}`: a value that its form tells; `{card!}`: any spelling of it, since words beside it say what it is. Every second
sentence of each kind (the odd ones) is frozen: nothing was tuned on it.
"""

from typing import Final

CARD: Final = r"""
My card {card!} was swallowed by the machine.
Please block {card!}, it was stolen on the bus yesterday.
credit card no. {card!}, expires 08/29
The number on the front is {card}.
Why was {card} declined at the petrol station?
visa: {card!}
Customer paid with {card!} and wants the money back.
PAN={card!};status=blocked
Dear team, my debit card ({card!}) does not work abroad. Thank you.
two payments on {card} that I did not make
Card number\t{card!}\nHolder\tunknown
I see a charge of $42.10 on {card!} dated 2024-03-11.
What is the limit of {card}?
mastercard {card!}
12,{card!},blocked,2025-01-31
Is "{card}" still valid?
Reissue the card ending in the number {card!}!
The customer read out {card!} over the phone.
> my old one was {card!}, the new one {card!}
Type of card: debit\nNumber: {card!}\nPIN mailer: sent
can u check {card} for me pls
Amex {card!} in case C-1042
"""

SSN: Final = r"""
SSN {ssn!}
My social security number is {ssn!}, can I open an account?
Taxpayer id: {ssn!}
He wrote {ssn} on the form.
social {ssn!}
The applicant's SSN ({ssn!}) does not match.
SSN={ssn!}
Her social security no. is {ssn!}.
What does the field mean? I put {ssn} in it.
Social Security Number:\n{ssn!}
Name, SSN, State\nn/a, {ssn}, TX
Please correct my SSN to {ssn!}
ITIN/SSN: {ssn!}
last year I gave you {ssn} by mistake
Ss# {ssn!}
Verify the social security number {ssn!} of the co-borrower.
"""

PHONE: Final = r"""
Call me on {phone!} after six.
Phone: {phone!}
my number is {phone!}
Tel. {phone!} / Fax {phone!}
Please ring {phone!} if anything is missing.
The message should go to {phone} as before.
mobile {phone!}
You can reach her at {phone!}.
I never got a code on {phone}.
{phone} office
Contact: {phone!} (weekdays)
Her new phone number is {phone!}, please update it.
Text {phone!} when the card is there.
Best regards\nThe branch desk\n{phone}
whatsapp {phone!}
Is {phone} still the registered number?
telephone no {phone!}
the caller from {phone} asked for a loan
Cell {phone!}, home {phone!}
Fax: {phone!}
dial {phone!} to reach the fraud desk
Stop sending messages to {phone}!
"""

EMAIL: Final = r"""
Write to {email}.
e-mail: {email}
my address is {email}, please use it
{email} bounced twice
Send the statement to <{email}> today.
Contact ({email}) is wrong.
From: {email}\nTo: {email}
Is {email} registered?
mailto:{email}
'{email}'
Please change my email to {email}; the old one was {email}
id,email,state\n7,{email},open
"""

IP: Final = r"""
Login from {ip} at night.
IP: {ip}
The address {ip} was blocked.
ip={ip}
traffic between {ip} and {ip}
The server at {ip} does not answer.
Session opened from {ip}, device unknown.
Failed sign-in ({ip})
Please allow {ip} in the firewall.
2024-03-11T10:00:00Z {ip} GET /login 403
Who uses {ip}?
Source {ip}; target unknown.
"""

IBAN: Final = r"""
IBAN {iban}
Please pay to {iban}.
Transfer 200 euros from {iban} to {iban} tomorrow
Beneficiary account: {iban}
has anybody taken money from {iban}?
iban:{iban}
The payment to {iban} came back.
Standing order ({iban}), monthly.
My account is {iban} and I live abroad.
{iban},EUR,1200.00
Is {iban} a valid number?
Pay rent: {iban}, BIC unknown
"""

ROUTING: Final = r"""
Routing number {routing!}
ABA {routing!}
The ABA routing number of the bank is {routing!}.
routing no. {routing!}, checking
Wire to routing {routing!}.
RTN: {routing!}
Use routing transit number {routing!} for the transfer.
Our routing number changed to {routing!} in May.
aba/routing: {routing!}
Direct deposit, routing # {routing!}
Which bank has the routing number {routing!}?
bank routing code {routing!}
"""

ACCOUNT: Final = r"""
Account {account!}
account number: {account!}
Please close my savings account {account!}.
The money went to acct {account!}.
a/c no. {account!}
From account number {account!} to account number {account!}.
checking account #{account!}
My account no is {account!} and it is empty.
Acct# {account!}
Debit account {account!} on Friday.
loan account {account!} was paid off
The balance of account {account!} is wrong.
Bank account: {account!}
credited to the account {account!} of the payee
Deposit account number {account!}
What happened to acc. {account!}?
"""

NEGATIVES: Final = r"""
See § 1005.11(c)(1) and 1002.12(b)(1), 12 CFR part 1005.
On case C-1042 the proof of address is missing.
Case number 20240117 was closed.
Keep it 25 months, then $1,000.00 within 10 business days after 2018-01-01 or 01/02/2018.
Section 1005.33(c)(2)(iii)(B), circular 2024-117, version 3.2.1.
Form 8300 or Form W-8BEN-E, 2014 edition, OMB No. 1545-0074.
The rate is 4.250% or 12.5 percent; APR 19.99%.
ISBN 978-3-16-148410-0 is the handbook.
Order number 100045678 shipped on 11/12/2023.
Tracking number 9400110200881234567890 for the parcel.
Invoice 2024/000123 over EUR 12,500.00 is due.
At 2024-03-11T10:15:30Z the job ended, after 09:30-17:00.
Pages 112-118, 1005-1012 and 12 to 15.
The build 3.11.10.2 of the program and version 2.0.1 of the form.
Between 2011-12-30 and 2018-01-01 nothing changed.
Population 8 336 817, revenue $100 000 000, 1 500 000 customers.
Reference 123456789 or ticket 987654321.
Room 1204, floor 12, counter 10 20 30.
The password has 12 to 64 characters, of which 2 are digits.
15 U.S.C. 1693b, 12 U.S.C. 5512, 5581.
76 FR 81023, Dec. 27, 2011; 78 FR 6025, Jan. 29, 2013.
Chapter 12.3.4.5 of the manual has a table 7-2.
Loan of $250,000 over 360 months at 3.875 %.
Ticket INC0012345, change CHG0030045, customer 31-7750.
Task T-1004512 is due on 2026-12-01.
SKU 4006381333931, batch 20231105-77.
Coordinates 48.2082, 16.3738; altitude 171 m.
1234567 items were sold in 2023, 2345678 in 2024.
Regulation E, Regulation B and Regulation DD apply to accounts and cards.
Cards issued before 2019-07-01 expire by 06/2024.
The account is overdrawn by 1,234.56 since 12.03.2024.
Our account opening form 4506 has 3 pages and was revised in 2019.
At least 3 business days for 2 cards and 14 accounts.
Checks of $5,525.00 or more; availability 2 business days.
Wire transfers above $3,000 (31 CFR 1010.410(f)) need a record.
The call lasted 12:45 minutes; calls above 60 minutes end.
Card payments rose 12.5 % to 1.234.567 in 2023-2024.
A phone call within 30 days of 31 December 2024.
1-2-3 rule: 1 form, 2 signatures, 3 days.
ISO 20022, ISO 8583 and RFC 5322 are standards.
Serial 0000123456 rev B.
The card was used 4 times on 4 4 2024.
Commitment a3f5c9d2e1b04f7788990011aabbccddeeff0011 was kept.
UUID 3f2504e0-4f89-11d3-9a0c-0305e82c3301
Hash 9f86d081884c7d659a2feaa0c55ad015
Ratio 1:2:3, time 10:11:12, score 3:2.
An IP address is an identifier; a phone number or account number is personal data.
Use the std::vector and foo::bar classes.
"""

TEMPLATES: Final = {
    "card": CARD,
    "ssn": SSN,
    "phone": PHONE,
    "email": EMAIL,
    "ip": IP,
    "iban": IBAN,
    "routing": ROUTING,
    "account": ACCOUNT,
}

# Written after the others had been measured once, to be asked once: nothing was tuned on these either.
LATER: Final = {
    "card": r"""
Good morning, the shop says {card!} was declined twice, the card is brand new.
cc {card!}
Refund to Mastercard {card!} please, order 4417 came broken.
Which branch issued {card}?
Cards on file: {card!}, {card!}
I typed {card} by mistake in the chat.
""",
    "ssn": r"""
His Social Security Number, {ssn!}, was misspelt.
tax id {ssn!}
I am calling about {ssn}.
SSN of spouse: {ssn!}
""",
    "phone": r"""
If the line is busy try {phone!}.
Kindly give me a call back at {phone!}
{phone!} is my cell
Reception: tel {phone!}, open from 9 to 5
Somebody used {phone} to get the code.
Missed calls from {phone!} and {phone!} on 3 May 2024
""",
    "email": r"""
cc: {email}; {email}
Does {email} belong to the customer?
New contact: {email}, verified on 2024-05-03
""",
    "ip": r"""
Device fingerprint changed, last seen at {ip}
host {ip} port 22
The VPN gave me {ip}, is that yours?
""",
    "iban": r"""
Send the refund here: {iban}
Payer {iban} has no mandate.
My IBAN changed from {iban} to {iban}
""",
    "routing": r"""
The wire failed: routing number {routing!} unknown.
ABA no. {routing!} of the receiving bank
Please confirm the routing # {routing!}
""",
    "account": r"""
Move the money to my account no. {account!}.
The checking account {account!} was opened in 2019.
Savings acct {account!} shows a wrong rate
Acc: {account!}
""",
    "": r"""
Firmware 10.0.19041.1 runs on counter terminals.
See sections 4.2.1.3 and 4.2.1.4 of the handbook.
Your order 11408822 of 12/05/2024 costs 1 299,00 EUR.
The fee rose from 1.250 to 1.375 percent on 2024-06-30.
Circular 2023-0117 replaces circulars 2019-0044 to 2019-0051.
Cases C-1042, C-1060 and C-1063 wait since 03.05.2024.
About 45 000 cards and 120 000 accounts are affected.
Limits: $500 a day, $2,500 a week, $10,000 in 30 days.
A card expires at the end of 09/27 and is renewed 45 days before.
The text has 1205 words on pages 3-17, form 20-442 rev. 7.
Interest of 12.345,67 was credited to account holders in 2023.
12 CFR 1005.6(b)(1)-(3), 1005.11(c)(2)(i) and (ii) apply.
""",
}
