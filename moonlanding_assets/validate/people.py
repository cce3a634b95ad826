"""Who is one person: user documents of both systems brought together by e-mail, a second time.

Trimmed and lower-cased as Unicode has it, no plus or dot tricks. Holds no column rule.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from moonlanding_assets.validate.documents import Document, RawDocument
from moonlanding_assets.validate.evidence import Evidence
from moonlanding_assets.validate.identity import row_id
from moonlanding_assets.validate.values import Fields, text_of

USER_COLLECTIONS = ("friday/users", "mwr/users")


@dataclass(frozen=True, kw_only=True)
class People:
    """by_email: normal e-mail to its documents, unparsed, in path order. email_of: path to e-mail.

    without_email: paths of users that cannot be anybody. taken: paths of users whose row id
    somebody had before the migration.
    """

    by_email: dict[str, list[RawDocument]]
    email_of: dict[str, str]
    without_email: frozenset[str]
    taken: frozenset[str] = frozenset()

    def groups(self) -> Iterator[tuple[str, list[Document]]]:
        """Normal e-mail and documents of each person. Parsed one by one: they are many."""
        for address, documents in self.by_email.items():
            yield address, [one.parsed() for one in documents]


def people_of(evidence: Evidence) -> People:
    """Every user document of the fraction, grouped; read once."""
    return evidence.once(_people)


def _people(evidence: Evidence) -> People:
    by_email: dict[str, list[RawDocument]] = {}
    email_of: dict[str, str] = {}
    without: set[str] = set()
    taken: set[str] = set()
    raws = (raw for key in USER_COLLECTIONS for raw in evidence.raw_documents(key))
    for document in raws:
        address = email_in(document.parsed().fields)
        if evidence.theirs.holds("users", row_id(document.path)):
            taken.add(document.path)
        elif address:
            by_email.setdefault(address, []).append(document)
            email_of[document.path] = address
        else:
            without.add(document.path)
    return People(
        by_email=by_email,
        email_of=email_of,
        without_email=frozenset(without),
        taken=frozenset(taken),
    )


def people_before(evidence: Evidence) -> dict[str, str]:
    """Normal e-mail to user row, of the people whom the target had before the migration.

    Of one address in several spellings the plain one counts, else the smallest id. Read once.
    """
    return evidence.once(_known_before)


def _known_before(evidence: Evidence) -> dict[str, str]:
    found: dict[str, str] = {}
    rows = evidence.theirs.rows("users", "id", "email")
    for row, stored in sorted((str(row), str(stored)) for row, stored in rows):
        address = normal_email(stored)
        if address and (address not in found or stored == address):
            found[address] = row
    return found


def user_rows(evidence: Evidence) -> dict[str, str]:
    """Normal e-mail to the one user row of that person: the one that was there, else ours."""
    return {**dict(evidence.rows("users", "email", "id")), **people_before(evidence)}


def email_in(fields: Fields) -> str:
    """The normal form of the `email` field; "" when there is none."""
    return normal_email(text_of(fields.get("email")) or "")


def normal_email(text: str) -> str:
    """The address without blanks around it, in lower case; "" when it has no name or no host."""
    address = text.strip().lower()
    name, at_sign, host = address.rpartition("@")
    return address if name and at_sign and host else ""
