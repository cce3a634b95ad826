"""Who is one person: user documents of both systems brought together by e-mail, a second time.

Trimmed and lower-cased as Unicode has it, no plus or dot tricks. Holds no column rule.
"""

from dataclasses import dataclass

from moonlanding_assets.validate.evidence import Document, Evidence
from moonlanding_assets.validate.values import Fields, text_of

USER_COLLECTIONS = ("friday/users", "mwr/users")


@dataclass(frozen=True, kw_only=True)
class People:
    """by_email: normal e-mail to its documents, in path order. email_of: path to normal e-mail.

    without_email: paths of users that cannot be anybody.
    """

    by_email: dict[str, list[Document]]
    email_of: dict[str, str]
    without_email: frozenset[str]


def people_of(evidence: Evidence) -> People:
    """Every user document of the fraction, grouped."""
    by_email: dict[str, list[Document]] = {}
    email_of: dict[str, str] = {}
    without: set[str] = set()
    for document in evidence.documents(*USER_COLLECTIONS):
        address = email_in(document.fields)
        if address:
            by_email.setdefault(address, []).append(document)
            email_of[document.path] = address
        else:
            without.add(document.path)
    return People(by_email=by_email, email_of=email_of, without_email=frozenset(without))


def email_in(fields: Fields) -> str:
    """The normal form of the `email` field; "" when there is none."""
    return normal_email(text_of(fields.get("email")) or "")


def normal_email(text: str) -> str:
    """The address without blanks around it, in lower case; "" when it has no name or no host."""
    address = text.strip().lower()
    name, at_sign, host = address.rpartition("@")
    return address if name and at_sign and host else ""
