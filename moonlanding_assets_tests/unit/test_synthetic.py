"""The demo source: exact counts, same seed same documents, all that the contract declares.

The staging documents are made once for the process (some two seconds).
"""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from moonlanding_assets.contract.catalogue import BY_KEY, COLLECTIONS, match
from moonlanding_assets.contract.language import Collection, Field
from moonlanding_assets.contract.references import candidate_paths, references
from moonlanding_assets.contract.unknown import unknown_fields
from moonlanding_assets.errors import SettingsError
from moonlanding_assets.source.value import canonical
from moonlanding_assets.synthetic.clock import EXPORT_STARTED_US
from moonlanding_assets.synthetic.scale import FULL, STAGING, scale_of
from moonlanding_assets.synthetic.world import plan_world
from moonlanding_assets_tests.staging import SEED, Value, both, id_of, staging


def test_same_seed_same_documents_and_another_seed_others() -> None:
    small = scale_of("600")
    first, again, other = both(1, small), both(1, small), both(2, small)
    assert [(p, canonical(f)) for p, f in first["mwr"]] == [
        (p, canonical(f)) for p, f in again["mwr"]
    ]
    assert first["friday"] == again["friday"]
    assert {p for p, _ in first["friday"]} != {p for p, _ in other["friday"]}


@pytest.mark.parametrize("total", [400, 401, 777, 2_000])
def test_any_scale_has_exactly_its_documents_and_every_collection(total: int) -> None:
    scale = scale_of(str(total))
    assert scale.friday + scale.mwr == total
    seen = set()
    for system, documents in both(3, scale).items():
        paths = {path for path, _ in documents}
        assert len(documents) == len(paths) == getattr(scale, system)
        seen |= {found.key for path in paths if (found := match(system, path))}
    assert seen == set(BY_KEY)


def test_staging_and_full_have_the_agreed_numbers() -> None:
    assert (STAGING.friday, STAGING.mwr) == (8_770, 7_965)
    assert (FULL.friday, FULL.mwr) == (180_000, 50_000)
    counts = {system: 0 for system in ("friday", "mwr")}
    for key, documents in staging().items():
        counts[key.split("/")[0]] += len(documents)
    assert counts == {"friday": 8_770, "mwr": 7_965}


def test_the_plan_of_full_adds_up_without_writing_it() -> None:
    world = plan_world(SEED, FULL)
    assert len(world.engagements) > 1_000
    assert len(world.reviews) > 2_500
    assert world.friday_logs > 0 < world.mwr_logs


@pytest.mark.parametrize("scale", ["399", "-1", "huge", "", "4e3"])
def test_other_scales_are_refused(scale: str) -> None:
    with pytest.raises(SettingsError, match="staging, full"):
        scale_of(scale)


def _needed(field: Field, path: str) -> Iterator[str]:
    yield from (f"{path} {kind}" for kind in field.kinds)
    yield from (f"{path}[] {kind}" for kind in field.element_kinds)
    yield from (f"{path} = {spelling}" for spelling in field.enum)
    for item in field.items:
        # The two spellings of a JSON-made timestamp are asserted once, not for every time.
        if not item.name.endswith("seconds"):
            yield from _needed(item, f"{path}.{item.name}")


def _occurring(field: Field, value: Value, path: str) -> Iterator[str]:
    (name, content), *_ = value.items()
    kind = name.removesuffix("Value")
    yield f"{path} {kind}"
    for element in content["values"] if kind == "array" else ():
        yield f"{path}[] {next(iter(element)).removesuffix('Value')}"
    for element in content["values"] if kind == "array" else (value,):
        yield f"{path} = {element.get('stringValue', element.get('integerValue'))}"
        for inner, below in element.get("mapValue", {}).get("fields", {}).items():
            if inner in field.by_name:
                yield from _occurring(field.by_name[inner], below, f"{path}.{inner}")


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda one: str(one.key))
def test_every_declared_field_kind_and_spelling_occurs(collection: Collection) -> None:
    documents = staging()[collection.key]
    assert documents
    occurring = {
        seen
        for _, fields in documents
        for name, value in fields.items()
        for seen in _occurring(collection.by_name[name], value, name)
    }
    needed = {one for field in collection.fields for one in _needed(field, field.name)}
    assert needed - occurring == set()


def test_nothing_undeclared_occurs() -> None:
    for key, documents in staging().items():
        for path, fields in documents:
            assert not list(unknown_fields(BY_KEY[key], fields)), path


def test_no_reference_dangles_but_the_planned_ones() -> None:
    paths = {path for documents in staging().values() for path, _ in documents}
    dangling = Counter(
        (key, refers.to[0])
        for key, documents in staging().items()
        for path, fields in documents
        for refers, keys in references(BY_KEY[key], fields, document_id=id_of(path))
        for one in (keys if refers.by == "id" else ())
        if paths.isdisjoint(candidate_paths(refers, one, document_path=path))
    )
    assert set(dangling) == {
        ("friday/engagements", "mwr/reviews"),
        ("friday/engagements", "friday/users"),
        ("mwr/reviews", "friday/engagements"),
        ("mwr/users", "mwr/reviews"),
        ("mwr/logs", "mwr/reviews"),
    }
    assert dangling.total() - dangling["mwr/logs", "mwr/reviews"] < 100


def test_no_time_is_younger_than_the_export() -> None:
    latest = "2026-02-05T22"
    assert EXPORT_STARTED_US == 1_770_328_800_000_000
    for key, documents in staging().items():
        for _, fields in documents:
            for stamp in re.findall(r'"timestampValue":"([^"]+)"', canonical(fields)):
                assert stamp < latest, key
