"""Tenders: reviews of the type tender have details and flags of their own.

Holds the embedded maps only.
"""

import random

from moonlanding_assets.source import value as v
from moonlanding_assets.synthetic.chance import between
from moonlanding_assets.synthetic.clock import DAY_US, dmy_date, iso_date
from moonlanding_assets.synthetic.review_plans import ReviewPlan
from moonlanding_assets.synthetic.words import address_lines, person_name, phone_number

FLAGS = ("Open", "Closed", "Missed", "Declined", "Won", "Lost", "Awaiting Adjudication")
CUSTOM_FLAGS = ("Urgent: directors", "Second partner review")


def flags(plan: ReviewPlan) -> v.Value:
    """The tender's outcome, or flags that the firm made up itself."""
    if plan.kind == "tender":
        return v.array([v.string(FLAGS[plan.index // 4 % len(FLAGS)])])
    if plan.index % 4 == 2:
        return v.array(v.string(one) for one in CUSTOM_FLAGS[: 1 + plan.index // 4 % 2])
    return v.array(())


def tender_details(rng: random.Random, plan: ReviewPlan) -> v.Fields:
    """The details of a tender, nothing for other reviews."""
    if plan.kind != "tender":
        return {}
    price = between(rng, 40, 4_000) * 1_000
    prices = (v.integer(price), v.double(price + 0.99), v.string(f"R {price:,}".replace(",", " ")))
    number = plan.index // 4
    contact = person_name(rng)
    write = iso_date if number % 2 else dmy_date
    deadline = write(plan.published_us + 40 * DAY_US)
    details: v.Fields = {
        # One tender in thirty was entered without its deadline.
        "deadline_date": v.string("" if number % 30 == 7 else deadline),
        "announcement_date": v.string(write(plan.published_us - 10 * DAY_US)),
        "contact_person": v.string(contact),
        "contact_number": v.string(phone_number(rng)),
        "email": v.string(f"{contact.lower().replace(' ', '.')}@tenders.example.net"),
        "address": v.string(", ".join(address_lines(rng))),
        "price": prices[number % len(prices)],
    }
    if number % 4 != 3:
        details["winning_price"] = prices[(number + 1) % len(prices)]
    return {"tender_details": v.map_(details)}
