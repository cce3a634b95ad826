"""Claims: which source values a column gives back exactly, found by running its inverse.

Holds no rule and no residue: a claim only says what the rows carry.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from moonlanding_assets.mapping.language import (
    Reference,
    Rule,
    Take,
    User,
)
from moonlanding_assets.mapping.transform import SqlValue, Value
from moonlanding_assets.normalize.exact import never, shortcut
from moonlanding_assets.normalize.give_back import give_back, same
from moonlanding_assets.normalize.row import Path, Segment, SourceRow, Work, is_plain_name

Claim: TypeAlias = str | Mapping[Segment, "Claim"]


def settle(rule: Rule, row: SourceRow, value: SqlValue, *, chosen: int) -> None:
    """Claim what the column gives back exactly; "form" where the residue keeps the spelling.

    "alias" and "form_alias" also say that the value came by the rule's second or later name.
    """
    work = row.work
    stored = _as_stored(rule, value) if work.whole_seconds else value
    for name, given in give_back(rule, stored, chosen=chosen, directory=work.directory):
        source, path = row.find(name)
        if source is None:
            if given is not None:
                work.absent.append(path)
        elif given is None:
            work.claim(path, "form_alias" if chosen else "form")
        elif claim_alike(work, path, source, given) and chosen:
            work.aliases.append(path)
        elif chosen:
            work.claim(path, "form_alias")


Settle = Callable[[SourceRow, SqlValue, Value], None]


def settler(rule: Rule, chosen: int) -> Settle:
    """As settle, for the source value of the chosen name, with what the rule decides decided."""
    if getattr(rule, "is_copy", False) or (isinstance(rule, Take) and rule.by[chosen].one_way):
        return _nothing_to_settle
    is_exact = shortcut(rule.by[chosen]) if isinstance(rule, Take) else never
    name = rule.names[chosen] if isinstance(rule, Take | Reference | User) else ""
    is_first = isinstance(rule, User) and rule.first  # then the source is inside the named array
    is_plain = not chosen and not is_first and is_plain_name(name)

    def settles(row: SourceRow, value: SqlValue, source: Value) -> None:
        stored = _as_stored(rule, value) if row.work.whole_seconds else value
        if is_plain and is_exact(source, stored):
            row.claim_field(name)
        elif is_plain and "mapValue" not in source and "arrayValue" not in source:
            row.claim_field(name, _claim_on_scalar(rule, row.work, stored, source))
        else:
            settle(rule, row, value, chosen=chosen)

    return settles


def _nothing_to_settle(row: SourceRow, value: SqlValue, source: Value) -> None:
    """One way: the inverse gives nothing back."""


def _claim_on_scalar(rule: Rule, work: Work, stored: SqlValue, source: Value) -> str:
    [(_, given)] = give_back(rule, stored, chosen=0, directory=work.directory)
    return "" if given is not None and same(source, given) else "form"


def claim_alike(work: Work, path: Path, source: Value, given: Value) -> bool:
    """Claim the leaves that are the same in both; False when nothing can be told apart inside.

    Maps and arrays are gone into, so that one leaf that JSON cannot hold (a timestamp, NaN) does
    not take its neighbours into the residue.
    """
    claim = _alike(work, path, source, given)
    _put(work, path, claim)
    return claim != "form"


def _alike(work: Work, path: Path, source: Value, given: Value) -> Claim:
    """The claim on a value, or the claims inside it where only a part is the same."""
    before, after = _members(source, given)
    if not before:
        return "" if same(source, given) else "form"
    extra = [(*path, segment) for segment in after if segment not in before]
    claims = {
        segment: _alike(work, (*path, segment), value, after[segment])
        if segment in after
        else "form"
        for segment, value in before.items()
    }
    work.absent.extend(extra)
    return claims if extra or any(claims.values()) else ""


def _members(source: Value, given: Value) -> tuple[Mapping[Segment, Value], ...]:
    """The members of two maps, or of two arrays of one length; nothing for any other pair."""
    if "mapValue" in source and "mapValue" in given:
        return source["mapValue"]["fields"], given["mapValue"]["fields"]
    if "arrayValue" in source and "arrayValue" in given:
        left, right = source["arrayValue"]["values"], given["arrayValue"]["values"]
        if len(left) == len(right):
            return dict(enumerate(left)), dict(enumerate(right))
    return {}, {}


def _put(work: Work, path: Path, claim: Claim) -> None:
    if isinstance(claim, str):
        work.claim(path, claim)
        return
    for segment, inside in claim.items():
        _put(work, (*path, segment), inside)


def settle_best(rule: Rule, row: SourceRow, value: SqlValue) -> None:
    """As settle, for a value that may come from another document: the name that fits best.

    A name whose value was refused fits never: its claim says so, and nothing of an alias.
    """
    refused = {one.field for one in row.work.rejects}
    stored = _as_stored(rule, value) if row.work.whole_seconds else value
    present = None
    for chosen, name in enumerate(getattr(rule, "names", ())):
        source = row.value(name)
        if source is None or name in refused:
            continue
        present = chosen if present is None else present
        given = dict(give_back(rule, stored, chosen=chosen, directory=row.work.directory))
        back = given.get(name)
        if back is not None and same(source, back):
            settle(rule, row, value, chosen=chosen)
            return
    settle(rule, row, value, chosen=present or 0)


def _as_stored(rule: Rule, value: SqlValue) -> SqlValue:
    """Times lose their fraction where the target stores whole seconds."""
    if isinstance(rule, Take) and isinstance(value, str) and rule.by[0].meaning == "time":
        return f"{value[:19]}.000Z"
    return value
