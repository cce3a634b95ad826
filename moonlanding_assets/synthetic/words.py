"""Invented names and prose: syllables and word lists, combined by a seeded stream.

Holds no documents. Nothing here is a real person, firm or address.
"""

import random
from dataclasses import dataclass

from moonlanding_assets.synthetic.chance import between, pick, stream


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words("Ka Lo Mi Tha Ve Zu Ri No Sa Be Du Fe Ya Jo Pe Li Ora Ti Ne Su")
_MIDDLE = _words("ra li no ve mba du se to ri ka lu nta vi so")
_LAST = _words("n ri so la do ndi k th mo ne va ley")
_FAMILY = _words("Bre Dlo Ver Mak Nor Sil Tor Hal Wen Gru Pil Osk Zim Fal Ken Rus")
_FAMILY_END = _words("borne dani mann sley vuka ridge stad wyk lund gren zola mere")

_KIND_OF_FIRM = """
Amber|Blue Crane|Cedar|Dune|Ember|Fynveld|Granite|Harbour|Indigo|Juniper|Kestrel|Lantern|Marula|
Northwind|Ochre|Pebble|Quartz|Rooibos|Sable|Thornbush|Umber|Vlei|Willow|Yellowwood
""".replace("\n", "").split("|")
_TRADE = """
Bakery|Carriers|Dairies|Engineering|Fisheries|Foods|Freight|Glassworks|Holdings|Irrigation|
Joinery|Logistics|Milling|Orchards|Packaging|Plumbing|Properties|Roofing|Solar|Textiles|Tiling|
Tyres|Vineyards
""".replace("\n", "").split("|")
_LEGAL = ("(Pty) Ltd", "(Pty) Ltd", "CC", "Trust", "NPC", "Inc.")
_STREET = _words("Acacia Beacon Copper Delta Elm Fig Garnet Heron Ivory Jackal")
_TOWN = _words("Noordvale Suidpoort Klipmond Bergrivier Duinestad Witfontein")

PAPERS = (
    "Bank statements", "Trial balance", "Fixed asset register", "Debtors age analysis",
    "Creditors listing", "Lease agreement", "VAT returns", "Payroll summary", "Loan agreement",
    "Inventory count sheets", "Directors resolution", "Share register", "Insurance schedule",
    "Management accounts", "Tax assessment", "Contracts register",
)  # fmt: skip
_ASK = (
    "Please provide the {paper} for the period ended 28 February {year}",
    "Kindly upload signed copies of the {paper} as at year end {year}",
    "We could not agree the {paper} to the ledger for {year}; please explain the difference",
    "Confirm whether the {paper} for {year} is complete and who prepared it",
    "Provide a reconciliation between the {paper} and the trial balance of {year}",
)
_ANSWER = (
    "Please find the {paper} attached",
    "The {paper} was sent to the team last week, see the second page for the totals",
    "We are still waiting for our bookkeeper to finalise the {paper}",
    "The difference in the {paper} relates to an accrual that was reversed after year end",
    "Attached as requested, the signed {paper} will follow by courier",
)
_SAY = (
    "Has anybody looked at the {paper} yet",
    "The client will send the {paper} before Friday",
    "Partner wants the {paper} cleared before sign-off",
    "I have agreed the {paper} to the general ledger without exception",
    "Can we move the deadline for the {paper} by two days",
    "Thanks, noted on the {paper}",
)
_REMARK = (
    "This note does not agree to the {paper}",
    "Please cross-reference to the {paper}",
    "Comparative figure differs from the signed {paper}",
    "Spelling, and align the columns with the {paper}",
    "Disclosure of the {paper} is incomplete, see the checklist",
    "Casting error of one rand in the {paper}",
)
_TAIL = (
    "", "", ".", " - urgent.", ", thank you.", " (see also the previous year).",
    " before the planning meeting.", "; the working paper is referenced in the file.",
    ". If it is not available, give the reason and the expected date.",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Prose:
    """Ready sentences to draw from; a pool each for questions, answers, messages, remarks."""

    questions: tuple[str, ...]
    answers: tuple[str, ...]
    messages: tuple[str, ...]
    remarks: tuple[str, ...]


def prose(seed: int) -> Prose:
    """The pools of one demo."""
    rng = stream(seed, "prose")
    return Prose(
        questions=_pool(rng, _ASK),
        answers=_pool(rng, _ANSWER),
        messages=_pool(rng, _SAY),
        remarks=_pool(rng, _REMARK),
    )


def _pool(rng: random.Random, patterns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_sentence(rng, patterns) for _ in range(240))


def _sentence(rng: random.Random, patterns: tuple[str, ...]) -> str:
    paper = pick(rng, PAPERS).lower()
    return pick(rng, patterns).format(paper=paper, year=between(rng, 2022, 2025)) + pick(rng, _TAIL)


def paragraph(rng: random.Random, pool: tuple[str, ...], *, longest: int) -> str:
    """One to `longest` sentences of a pool."""
    count = between(rng, 1, longest)
    return " ".join(pick(rng, pool) for _ in range(count))


def person_name(rng: random.Random) -> str:
    """A given and a family name; now and then with an accent or a double name."""
    given = pick(rng, _FIRST) + pick(rng, _MIDDLE) + pick(rng, _LAST)
    family = pick(rng, _FAMILY) + pick(rng, _FAMILY_END)
    draw = rng.random()
    if draw < 0.04:
        given = given.replace("e", "é").replace("o", "ö")
    elif draw < 0.08:
        family = f"van {family}"
    return f"{given} {family}"


def firm_name(rng: random.Random) -> str:
    """The name of a client company."""
    return f"{pick(rng, _KIND_OF_FIRM)} {pick(rng, _TRADE)} {pick(rng, _LEGAL)}"


def address_lines(rng: random.Random) -> tuple[str, str, str, str]:
    """Street, suburb, town and postal code; none of them exists."""
    street = f"{between(rng, 1, 240)} {pick(rng, _STREET)} Street"
    return street, f"{pick(rng, _STREET)} Park", pick(rng, _TOWN), f"{between(rng, 0, 9999):04d}"


def phone_number(rng: random.Random) -> str:
    """A South African number of the range that no subscriber has (000)."""
    return f"+27 00 000 {between(rng, 0, 9999):04d}"


def pool_names(number: int) -> str:
    """The name of the paper at a position; they repeat."""
    return PAPERS[number % len(PAPERS)]
