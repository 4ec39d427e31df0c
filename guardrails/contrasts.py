"""Words of which one can't stand for another in a rule: opposites, and members of one closed choice."""

from typing import Final

OPPOSITES: Final = """
    increase decrease
    raise lower
    incoming outgoing
    inbound outbound
    domestic international
    domestic foreign
    include exclude
    approve refuse reject deny
    accept reject refuse
    open close
    buy sell
    debit credit
    deposit withdraw withdrawal
    optin optout
    minimum maximum
    gain loss
    profit loss
    allow forbid prohibit
    send receive
    lend borrow
    creditor consumer applicant borrower debtor
    lessor lessee
    lender borrower
    merchant cardholder
    payer payee
    sender recipient
    teller manager supervisor analyst officer compliance security auditor director board secretary
    bank customer merchant regulator police
    institution consumer
    bank consumer applicant cardholder
    bank branch
    attorney principal
    landlord tenant
    employer employee
    buyer seller
    parent child minor
    principal guarantor
    public private
    internal external
    oral written
    telephone letter email person online fax post visit
    joint sole
    joint single
    joint individual
    current savings
    open-end closed-end
    fixed variable
    secured unsecured
    consumer business
    consumer commercial
    stolen lost found
    temporary permanent
    provisional final
    present absent
    positive negative
    active dormant
    active inactive
    primary secondary
    single joint
    direct indirect
    manual automatic
    paper electronic
    mandatory optional
    mandatory voluntary
    partial full
    initial subsequent final
    short long
    old new
    large small
    high low
    above below
    over under
    more less
    more fewer
    before after
    early late
    first second third last
    begin end
    automatic request
    initial continued
    older younger
    right wrong
    guilty innocent
    true false
    valid invalid
    known unknown
    day week month quarter year hour minute
    daily weekly monthly quarterly annual
    monday tuesday wednesday thursday friday saturday sunday weekday weekend
    january february march april may june july august september october november december
    original copy duplicate
    death marriage divorce birth retirement
    add remove
    grant revoke
    lock unlock
    rise fall
    upper lower
    inside outside
    import export
    half twice
    half double
    majority minority
    adult minor
    red amber yellow green
    simple compound
    gross net
    credit debit prepaid
    mother father
    husband wife
    buyer seller
    return keep
    best worst
    success failure
    encourage discourage
    pass fail
    win lose
    arrive depart
    employee customer
    compliance audit legal finance
    registered unregistered
"""
