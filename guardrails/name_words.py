"""Words by which names are told without a model: given names, and words that no name is made of."""

from typing import Final

_GIVEN: Final = """
    aaron adam adrian agnes ahmed aisha alan albert alejandra alejandro alex alexander alexandra alfred ali
    alice alicia alison amanda amelia amina amir amy ana andrea andreas andrew angela angelica anita anja anna
    anne annette anthony antoine anton antonio arthur ashley astrid barbara beatrice beatriz ben benjamin
    bernard beth bettina birgit bjorn boris brandon brian brigitte bruno camila camille carl carla carlo
    carlos carmen carol carolina caroline catherine cecilia charles charlotte chloe chris christian christina
    christine christopher claire clara claudia claudio colin cristina cynthia daniel daniela danielle david
    deborah denis dennis diana diane diego dieter dimitri dolores dominik donald donna doris dorothy douglas
    eduardo edward eleanor elena elias elisa elizabeth ella ellen elsa emil emilia emily emma enrique eric
    erik erika ernest esther ethan eva evelyn fatima felix fernando fiona florian frances francesca francesco
    francis francisco franz frederick gabriel gabriela gary george georgia gerald gerard gerhard giorgio
    giovanni giulia gloria gregory guido gustav hannah hans harald harold harry hassan heather hector heidi
    heinrich helen helena helga henry herbert hugo ibrahim igor ines ingrid irene irina isabel isabella ivan
    jack jacob jacqueline jake james jan jane janet javier jean jennifer jenny jeremy jessica jesus jim joan
    joanna joao joel johan johann johanna john jonas jonathan jorge jose josef joseph joshua juan juana judith
    julia julian juliana julie jurgen karen karin karl karolina katarina kate katharina katherine kathleen
    kathryn katja keith kelly kenneth kevin kimberly klaus kristina kurt kyle larry lars laura lauren lena
    leon leonard leslie liam linda lisa lorenzo louis louise luca lucas lucia lucy luigi luis luisa lukas
    magdalena manuel marc marcel marco marcus margaret margarita maria mariam mariana marie marina mario
    marion markus marta martha martin martina mary mateo matthew matthias maureen max maximilian megan melanie
    melissa michael michaela michel michelle miguel mikhail milan mohamed mohammed monica monika muhammad
    nadia nancy natalia natalie nathan nicholas nicola nicolas nicole nikolai nina noah nora norbert norman
    olga oliver olivia omar oscar oskar otto pablo pamela paolo patricia patrick paul paula pauline pedro
    peter petra philip philipp phillip pierre rachel ralf ralph raphael raul raymond rebecca regina renate
    ricardo richard robert roberto rodrigo roger roland rolf ronald rosa rosemary ruth ryan samantha samir
    samuel sandra sara sarah sean sebastian sergei sergio sharon shirley silvia simon simone sofia sonia
    sophia sophie stefan stefanie stefano stella stephan stephanie stephen steven stuart susan susanne
    svetlana sylvia tamara tanja tatiana teresa theodor theresa thomas tim timothy tobias tom tomas tony tracy
    ulrich ulrike ursula valentina vanessa vera veronica victor victoria viktor vincent vincenzo virginia
    vladimir walter wanda wendy werner william wolfgang yasmin yolanda yusuf yvonne
"""
GIVEN_NAMES: Final = frozenset(_GIVEN.split())
"""Common in Europe and the Americas. Those that are ordinary words, months or places are left out."""

_ORDINARY: Final = """
    a about above access account accounts act action address adverse after agency agent agreement all also
    alternative american amex amount an and annex annual any appendix applicant applicants application
    applications april are area article as asset assets association at atm august authority authorized
    available bank banking banks basic be because before below beneficial benefit best board book branch
    branches branchs bureau business but by call can card cards care case cases cash center central
    certificate chapter charge check checking checks chief chip circular city class client clients closed co
    code commentary commission committee community company complaint complaints compliance condition conduct
    consent consumer consumers contact contract controls copy core corp corporate corporation could country
    county court credit currency current customer customers daily data date day days deadline dear debit
    december decision defense delivery department deposit deposits desk did director disclosure disclosures
    dispute disputes do document documents does domestic due during each early east edition effective
    electronic eligible email employee employees enhanced error escalation estate european evidence example
    executive exhibit express external fact facts fair family farm february federal fee fees file final
    finance financial first for foreign form forms foundation fraud free friday from front fund funds further
    general gift global gmbh gold government greetings group guide had handbook handling has have he head
    hello help her here hi high his hold home hours housing how hr human i identification identity if in inc
    income individual information initial institution institutions insurance interest internal international
    internet investigation investment is issue issuer it item its january job joint july june junior key kind
    know kyc large late law lawyer lead legal lender lending letter level life limit limited limits line list
    llc llp loan loans local lock long lost low ltd maestro main major management manager manual march master
    mastercard maximum may medical member memo mid middle military mini minimum minor mobile model monday
    money monitoring monthly mortgage must my national need new next no non normal north not note notes notice
    notices november number october of off offer office officer official old on once one online open
    operations option or order other our out over overdraft owner page part parties party passport pay payee
    payment payments paypal payroll pension per period permanent personal phone pin platinum plc please point
    policies policy political politically postal power premier premium prepaid president price privacy private
    procedure process product products professional program prohibited proof protection provider public
    purchase quarterly query question questions quick rate rates real receipt record records recovery
    reference refund reg regards regional register regulation regulations related report reports
    representative request requests reserve response retail return review right rights risk routing rule rules
    safe sale sample saturday saving savings schedule screening second secretary section secure security see
    senior sent september service services set settlement several shall she sheet short should sign signature
    simple sincerely small social some south special specific spending staff standard standards start state
    statement statements states status step stop student sub subject summary sunday supervisor supplement
    support suspicious system tax team technical temporary term terms test than thank thanks that the their
    them then there these they third this those thursday time title to today tokens top total trade training
    transaction transactions transfer transfers travel treasury trust tuesday two type under uniform union
    unit united university until up update us use user users value vendor verification version very view visa
    wages was we wealth web website wednesday weekly welcome were west what when where whether which who whom
    whose why wire with within would written year yearly yes you young your
"""
NO_NAMES: Final = frozenset(_ORDINARY.split())
"""Ordinary words of a bank's texts: a run of capitalised words with one of them is a title or a product."""
