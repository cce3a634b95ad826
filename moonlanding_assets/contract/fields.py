"""Short ways to declare a Field: one function for each shape that the sources use.

Holds no field of a collection (shared.py, friday.py, mwr.py) and no reading of documents.
"""

from moonlanding_assets.contract.language import Field, Kind, Refers

#: What a timestamp becomes when a document went through JSON on its way.
SECONDS_MAP = (
    Field(name="_seconds", kinds=("integer",)),
    Field(name="_nanoseconds", kinds=("integer",)),
    Field(name="seconds", kinds=("integer",)),
    Field(name="nanoseconds", kinds=("integer",)),
)


def text(
    name: str,
    *,
    enum: tuple[str, ...] = (),
    refers: Refers | None = None,
    is_personal: bool = False,
    is_secret: bool = False,
    may_be_null: bool = False,
    note: str = "",
) -> Field:
    """A string; with `may_be_null` null stands for nothing."""
    kinds: tuple[Kind, ...] = ("string", "null") if may_be_null else ("string",)
    return Field(
        name=name,
        kinds=kinds,
        enum=enum,
        refers=refers,
        is_personal=is_personal,
        is_secret=is_secret,
        note=note,
    )


def private_text(name: str, *, refers: Refers | None = None, note: str = "") -> Field:
    """A string about a person, or written by one: never shown in messages."""
    return text(name, refers=refers, is_personal=True, note=note)


def url(name: str, *, may_be_null: bool = False, note: str = "") -> Field:
    """A download address, a storage path or a file id; its query string is withheld."""
    kinds: tuple[Kind, ...] = ("string", "null") if may_be_null else ("string",)
    return Field(name=name, kinds=kinds, is_url=True, is_personal=True, note=note)


def truth(name: str, *, note: str = "") -> Field:
    """A boolean."""
    return Field(name=name, kinds=("boolean",), note=note)


def whole(name: str, *, enum: tuple[str, ...] = (), note: str = "") -> Field:
    """An integer."""
    return Field(name=name, kinds=("integer",), enum=enum, note=note)


def number(name: str, *, may_be_text: bool = False, note: str = "") -> Field:
    """An integer or a double, with `may_be_text` also a string."""
    kinds: tuple[Kind, ...] = ("integer", "double")
    return Field(name=name, kinds=(*kinds, "string") if may_be_text else kinds, note=note)


def moment(name: str, *, may_be_null: bool = False, note: str = "") -> Field:
    """A timestamp, a local string ("" for not set), or the map that JSON makes of a timestamp."""
    kinds: tuple[Kind, ...] = ("timestamp", "string", "map")
    return Field(
        name=name, kinds=(*kinds, "null") if may_be_null else kinds, items=SECONDS_MAP, note=note
    )


def timestamp(name: str, *, note: str = "") -> Field:
    """A Firestore timestamp, or the map that JSON makes of it; never a string."""
    return Field(name=name, kinds=("timestamp", "map"), items=SECONDS_MAP, note=note)


def record(name: str, *items: Field, refers: Refers | None = None, note: str = "") -> Field:
    """A map with the given keys."""
    return Field(name=name, kinds=("map",), items=items, refers=refers, note=note)


def free_map(name: str, *, is_secret: bool = False, note: str = "") -> Field:
    """A map whose keys are data (ids, days, resources)."""
    return Field(name=name, kinds=("map",), has_any_keys=True, is_secret=is_secret, note=note)


def texts(
    name: str,
    *,
    enum: tuple[str, ...] = (),
    refers: Refers | None = None,
    is_personal: bool = False,
    note: str = "",
) -> Field:
    """An array of strings."""
    return Field(
        name=name,
        kinds=("array",),
        element_kinds=("string",),
        enum=enum,
        refers=refers,
        is_personal=is_personal,
        note=note,
    )


def records(name: str, items: tuple[Field, ...], *, refers: Refers | None = None) -> Field:
    """An array of maps with the given keys."""
    return Field(name=name, kinds=("array",), element_kinds=("map",), items=items, refers=refers)


def texts_or_records(
    name: str, items: tuple[Field, ...], *, refers: Refers | None = None, note: str = ""
) -> Field:
    """An array of ids, or of embedded maps, or of both."""
    return Field(
        name=name,
        kinds=("array",),
        element_kinds=("string", "map"),
        items=items,
        refers=refers,
        note=note,
    )
