"""Samples of small random snapshots: closed, nested, the same in any order, with everything in.

The worlds are drawn over the real contract and pass through real exports. Whether a sample is
closed is judged here by brute force over the contract's references, not by the planner's SQL.
"""

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlanding_assets.contract.catalogue import BY_KEY, pattern_key
from moonlanding_assets.contract.references import (
    candidate_paths,
    normalised_email,
    references,
)
from moonlanding_assets.settings import FRACTIONS
from moonlanding_assets.source.sampling import plan
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.value import (
    Fields,
    array,
    canonical,
    double,
    integer,
    map_,
    null,
    parse,
    string,
)
from moonlanding_assets_tests.snapshots import snapshot_of

COPIES = 6
OWN = "\N{CIRCLED DIGIT ONE}"  # in an id, e-mail or name: another one in each copy of the world
IDS = st.sampled_from([f"a{OWN}", f"b{OWN}", f"c{OWN}", "shared", "gone"])
EMAILS = st.sampled_from([f"x{OWN}@example.com", f" X{OWN}@Example.com", "y@example.com", ""])
NAMES = st.sampled_from([f"Ann{OWN}", f" Ann{OWN} ", "Bea"])
World = dict[str, dict[str, Fields]]

texts_of = {"id": IDS.map(string), "email": EMAILS.map(string), "name": NAMES.map(string)}
ids = st.lists(texts_of["id"], max_size=2).map(array)


def record(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Fields]:
    return st.fixed_dictionaries({}, optional=fields)


def maps(strategy: st.SearchStrategy[Fields]) -> st.SearchStrategy[Any]:
    return st.lists(strategy.map(map_), max_size=2).map(array)


person = record(cloud_id=texts_of["id"], email=texts_of["email"])
number = st.sampled_from([integer(1), double(0.5), double(float("nan")), double(-0.0)])
rect = record(x1=number, y1=number)
position = record(boundingRect=rect.map(map_), rects=maps(rect))
highlight = record(
    email=texts_of["email"], position=position.map(map_), fileId=st.just(string("general"))
)
chat = record(user_email=texts_of["email"], reply_to=texts_of["id"])

KINDS: dict[str, tuple[str, st.SearchStrategy[Fields]]] = {
    "user": (
        "friday/users/list/{}",
        record(
            email=texts_of["email"],
            role=texts_of["id"],
            teams=ids,
            clients=maps(person),
            photo=st.just(null()),
        ),
    ),
    "role": ("friday/users/permissions/{}", record(name=texts_of["name"])),
    "team": ("friday/teams/list/{}", record(users=st.one_of(ids, maps(person)))),
    "clients": ("friday/clients", st.just({})),
    "client": (
        "friday/clients/list/{}",
        record(name=texts_of["name"], users=ids, engagements=ids, created_by=texts_of["id"]),
    ),
    "engagement": (
        "friday/engagements/list/{}",
        record(
            client_id=texts_of["id"],
            client_name=texts_of["name"],
            review_link=texts_of["id"],
            previous_year_review_link=texts_of["id"],
            users=ids,
            team=texts_of["id"],
            rfis_linked=ids,
        ),
    ),
    "rfi": (
        "friday/engagements/list/{}/rfis/{}",
        record(section_cloud_id=texts_of["id"], review_id=texts_of["id"], users=ids),
    ),
    "section": ("friday/engagements/list/{}/sections/{}", st.just({})),
    "message": ("friday/engagements/list/{}/chat/{}", chat),
    "strange": ("friday/engagements/list/{}/strange/{}", record(x=number)),
    "library": ("friday/rfis/list/{}", record(engagement_id=texts_of["id"])),
    "remark": ("friday/rfis/list/{}/remarks/{}", record(x=number)),
    "notice": ("friday/recreationLogs/list/{}", record(engagementId=texts_of["id"])),
    "mail": (
        "emails/{}",
        record(to=st.one_of(texts_of["email"], st.lists(texts_of["email"], max_size=2).map(array))),
    ),
    "reviewer": (
        "myworkreview/users/list/{}",
        record(email=texts_of["email"], name=texts_of["name"], priorityReviews=ids, teams=ids),
    ),
    "group": ("myworkreview/teams/list/{}", record(users=maps(person))),
    "review": (
        "myworkreview/reviews/list/{}",
        record(
            friday_link=texts_of["id"],
            user=texts_of["name"],
            highlights=maps(highlight),
            team=texts_of["id"],
        ),
    ),
    "reply": ("myworkreview/reviews/list/{}/chat/{}", chat),
    "removed": ("myworkreview/removedHighlights/list/{}", record(highlights=maps(highlight))),
    "log": ("myworkreview/logs/list/{}", record(review=texts_of["id"], email=texts_of["email"])),
    "other": ("myworkreview/other/list/{}", record(x=number)),
}


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A few documents, and copies of them under other ids: what one shows, others show as well,
    so that a sample is far from everything."""
    world: World = {
        "friday": {"friday/settings": {"version": string("1")}},
        "mwr": {"myworkreview/settings/list/settings": {}},
    }
    for pattern, strategy in KINDS.values():
        documents = draw(st.lists(st.tuples(IDS, IDS, strategy), max_size=3))
        system = "mwr" if pattern.startswith("myworkreview") else "friday"
        for one, other, fields in documents:
            world[system][pattern.format(one, other)] = fields
    return {system: _copied(documents) for system, documents in world.items()}


def _copied(documents: dict[str, Fields]) -> dict[str, Fields]:
    return {
        path.replace(OWN, str(n)): parse(canonical(fields).replace(OWN, str(n)))
        for path, fields in documents.items()
        for n in range(COPIES)
    }


def snapshots_of(directory: Path, world: World, **options: Any) -> dict[str, Snapshot]:
    return {
        system: snapshot_of(directory, system, documents, project=f"demo-{system}", **options)
        for system, documents in world.items()
    }


def paths(directory: Path, fraction: str) -> set[str]:
    table = pq.read_table(directory / fraction / "plan.parquet")
    found = table.column("path").to_pylist()
    assert len(found) == len(set(found))
    return set(found)


def led_to(world: World) -> dict[str, set[str]]:
    """For each path all existing documents that it names, by brute force."""
    documents = {path: (s, fields) for s, found in world.items() for path, fields in found.items()}
    by_email: dict[str, set[str]] = defaultdict(set)
    by_name: dict[tuple[str, str], set[str]] = defaultdict(set)
    for path, (system, fields) in documents.items():
        key = pattern_key(system, path)
        by_name[key, fields.get("name", {}).get("stringValue", "").strip()].add(path)
        if key in ("friday/users", "mwr/users"):
            by_email[normalised_email(fields.get("email", {}).get("stringValue", ""))].add(path)
    found = {}
    for path, (system, fields) in documents.items():
        named = set(_parents(path))
        declared = BY_KEY.get(pattern_key(system, path))
        for refers, keys in (
            references(declared, fields, document_id=path.rsplit("/", 1)[-1]) if (declared) else ()
        ):
            for key in keys:
                named.update(candidate_paths(refers, key, document_path=path))
                if refers.by == "email":
                    named |= by_email[key]
                if refers.by == "name":
                    named.update(*(by_name[target, key] for target in refers.to))
        found[path] = named & documents.keys()
    return found


def _parents(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:length]) for length in range(2, len(parts), 2))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), seed=st.integers(0, 9))
def test_samples_are_closed_nested_and_have_everything(world: World, seed: int) -> None:
    every = {path: pattern_key(s, path) for s, found in world.items() for path in found}
    leads = led_to(world)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        snapshots = snapshots_of(directory, world)
        samples = []
        for fraction in FRACTIONS:
            report = plan(snapshots, fraction=fraction, seed=seed, directory=directory / fraction)
            assert report.features_sampled == report.features
            samples.append(paths(directory, fraction))
    one, ten, whole = samples
    assert one <= ten <= whole == every.keys()
    for chosen in (one, ten):
        for path in chosen:
            assert leads[path] <= chosen, path
        assert {every[path] for path in chosen} == set(every.values())


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(world=worlds(), seed=st.integers(0, 9), random=st.randoms())
def test_the_order_of_the_input_does_not_matter(world: World, seed: int, random: Any) -> None:
    shuffled: World = {}
    for system, documents in reversed(world.items()):
        order = list(documents)
        random.shuffle(order)
        shuffled[system] = {path: documents[path] for path in order}
    found = []
    for documents, size in ((world, 5000), (shuffled, 3)):
        with tempfile.TemporaryDirectory() as name:
            snapshots = snapshots_of(Path(name), documents, documents_per_shard=size)
            plan(snapshots, fraction="10%", seed=seed, directory=Path(name) / "plan")
            found.append((Path(name) / "plan" / "plan.parquet").read_bytes())
    assert found[0] == found[1]
