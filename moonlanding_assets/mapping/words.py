"""One rule of a mapping in people's words: from which fields, how, and what stands in for nothing.

Holds no mapping and no layout (describe.py). Words of transforms, fallbacks and combinations come
from their own docstrings, so that they are said once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moonlanding_assets.errors import DeclarationError
from moonlanding_assets.mapping.completions import COMPLETIONS_IN_WORDS
from moonlanding_assets.mapping.enumerations import Enumeration, Spelling
from moonlanding_assets.mapping.language import (
    Ancestor,
    Combine,
    Completed,
    Constant,
    Copy,
    Derive,
    Fallback,
    Key,
    Parent,
    Position,
    Reference,
    ReferenceList,
    Role,
    Rule,
    Take,
    Unset,
    User,
)
from moonlanding_assets.mapping.transform import Transform


@dataclass(frozen=True, kw_only=True)
class Words:
    """A rule in words. `names`: the source fields as the rule names them (see field_path).

    how: what is done with them. otherwise: what the column gets where they say nothing, "" where
    that is the column's default or NULL. is_copy: the value has its home in another column.
    takes_all: the fields are taken together, not the first of them that says something.
    """

    names: tuple[str, ...] = ()
    how: str
    otherwise: str = ""
    is_copy: bool = False
    takes_all: bool = False


def rule_words(rule: Rule) -> Words:
    """The words of any rule; DeclarationError where a fallback or completion has none."""
    return _WORDS[type(rule)](rule)


def spellings(transform: Transform) -> Mapping[str | int, tuple[Spelling, ...]]:
    """Word of the column → the source's spellings of it; empty where it is no enumeration."""
    enumeration = getattr(transform.forward, "__self__", None)
    return enumeration.words if isinstance(enumeration, Enumeration) else {}


def fallback_words(fallback: Fallback) -> str:
    """The rule's name and what it does, from the first line of its docstring."""
    return f"{fallback.rule}: {first_line(fallback.make, fallback.rule)}"


def completion_words(rule: str) -> str:
    """The completion's name and what it does."""
    words = COMPLETIONS_IN_WORDS.get(rule)
    if words is None:
        raise DeclarationError(f"completion {rule}: say in mapping/completions.py what it does")
    return f"{rule}: {words.rstrip('.')}"


def field_path(each: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The segments from the document to a field that a rule names.

    each: the arrays or maps that the mapping goes into. "^" before a name starts at the document,
    "." is the item itself.
    """
    inside = () if name.startswith("^") else each
    bare = name.removeprefix("^")
    below = () if bare == "." else (bare,)
    return tuple(segment for step in (*inside, *below) for segment in step.split("."))


def first_line(function: Callable[..., Any], name: str) -> str:
    """The first line of a docstring without its full stop; DeclarationError without one."""
    line = (function.__doc__ or "").strip().partition("\n")[0]
    if not line:
        raise DeclarationError(f"rule {name}: say in one line of a docstring what it does")
    return line.rstrip(".")


def _else(fallback: Fallback | None) -> str:
    return "" if fallback is None else fallback_words(fallback)


def transforms_words(by: tuple[Transform, ...]) -> str:
    """The transforms, each once: name, what it does, why there is no way back."""
    said = []
    for transform in dict.fromkeys(by):
        one_way = f" (one way, {transform.one_way})" if transform.one_way else ""
        said.append(f"{transform.name}: {transform.summary.rstrip('.')}{one_way}")
    return "; or ".join(said)


def _take(rule: Take) -> Words:
    otherwise = completion_words(rule.completed) if rule.completed else _else(rule.otherwise)
    return Words(names=rule.names, how=transforms_words(rule.by), otherwise=otherwise)


def _copy(rule: Copy) -> Words:
    how, otherwise = transforms_words(rule.by), _else(rule.otherwise)
    return Words(names=rule.names, how=how, otherwise=otherwise, is_copy=True)


def _combine(rule: Combine) -> Words:
    how = f"{rule.by.name}: {first_line(rule.by.forward, rule.by.name)}"
    return Words(names=rule.names, how=how, takes_all=True)


def _reference(rule: Reference) -> Words:
    how = f"the row of the document of {' or '.join(rule.to)} that it names"
    if rule.placeholder:
        how += f"; a document that does not exist gets a placeholder row in {rule.placeholder}"
    names = rule.names
    if rule.by_name:
        names = (*names, rule.by_name)
        how += f"; else the one document whose name is the text of {rule.by_name}"
    return Words(names=names, how=how, otherwise=_else(rule.otherwise), is_copy=rule.is_copy)


def _user(rule: User) -> Words:
    said = "e-mail address" if rule.by == "email" else "id"
    first = "the first of the list, " if rule.first else ""
    how = (
        f"the row of the user, {first}by {said}; a user who does not exist gets a placeholder row "
        "in users"
    )
    otherwise = _else(rule.otherwise)
    return Words(names=rule.names, how=how, otherwise=otherwise, is_copy=rule.is_copy)


def _list(rule: ReferenceList) -> Words:
    how = f"the rows of the documents of {rule.to} that it names, as a JSON array of ids"
    if rule.users:
        how += "; a user who does not exist gets a placeholder row in users"
    return Words(names=rule.names, how=how)


def _role(rule: Role) -> Words:
    how = f"the role that the id or name stands for in the role documents of {rule.to}"
    return Words(names=rule.names, how=how, otherwise=_else(rule.otherwise))


def _key(_: Key) -> Words:
    return Words(how="the id of the row: UUIDv5 of the path of the document, or of the item")


def _parent(rule: Parent) -> Words:
    what = f"the item ({rule.level} deep)" if rule.level else "the document"
    return Words(how=f"the row of {what} that encloses this one")


def _ancestor(rule: Ancestor) -> Words:
    how = f"the row of the document of {rule.to} above this one in the path"
    if rule.placeholder:
        how += f"; where it does not exist a placeholder row in {rule.placeholder}"
    return Words(how=how)


def _position(_: Position) -> Words:
    return Words(how="the index of the item in its array, from 0")


def _constant(rule: Constant) -> Words:
    return Words(how=f"always {rule.value!r}: {rule.why}")


def _derive(rule: Derive) -> Words:
    return Words(how=fallback_words(rule.make))


def _unset(_: Unset) -> Words:
    return Words(how="nothing in the source")


def _completed(rule: Completed) -> Words:
    return Words(how=f"when all documents are read, {completion_words(rule.rule)}")


_WORDS: dict[type, Callable[[Any], Words]] = {
    Take: _take,
    Copy: _copy,
    Combine: _combine,
    Reference: _reference,
    User: _user,
    ReferenceList: _list,
    Role: _role,
    Key: _key,
    Parent: _parent,
    Ancestor: _ancestor,
    Position: _position,
    Constant: _constant,
    Derive: _derive,
    Unset: _unset,
    Completed: _completed,
}
