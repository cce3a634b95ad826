"""What a plan takes, why it says so, and what its census counts."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from moonlanding_assets.errors import SettingsError
from moonlanding_assets.source import sampling
from moonlanding_assets.source.census import PlanReport
from moonlanding_assets.source.sampling import plan
from moonlanding_assets.source.sampling_order import cover, is_below, rank, take, united
from moonlanding_assets.source.snapshot import Snapshot
from moonlanding_assets.source.survey import Job
from moonlanding_assets.source.value import Fields, array, double, integer, map_, string
from moonlanding_assets_tests.snapshots import snapshot_of

SEED = 3
Documents = dict[str, Fields]


def client(name: str, *, engagements: int = 2, rfis: int = 8) -> Documents:
    """A client, its engagements and their RFIs; each engagement has a user of its own."""
    documents: Documents = {f"friday/clients/list/{name}": {"name": string(name)}}
    for n in range(engagements):
        path = f"friday/engagements/list/{name}-{n}"
        user = f"{name}-{n}-user"
        documents[path] = {"client_id": string(name), "users": array([string(user)])}
        documents[f"friday/users/list/{user}"] = {"email": string(f"{user}@example.com")}
        for rfi in range(rfis):
            documents[f"{path}/rfis/r{rfi}"] = {"status": integer(0)}
    return documents


def review(name: str, *, link: str = "") -> Documents:
    path = f"myworkreview/reviews/list/{name}"
    fields: Fields = {"groupName": string(name)} | ({"friday_link": string(link)} if link else {})
    return {path: fields, f"{path}/chat/m": {"message": string("x")}}


def firms(clients: int = 40) -> tuple[Documents, Documents]:
    friday: Documents = {}
    mwr: Documents = {}
    for n in range(clients):
        friday |= client(f"c{n}")
        mwr |= review(f"r{n}", link=f"c{n}-0" if n % 2 else "")
    friday |= {f"friday/logs/list/l{n}": {"message": string("x")} for n in range(500)}
    return friday, mwr


def snapshots(directory: Path, friday: Documents, mwr: Documents) -> dict[str, Snapshot]:
    return {
        "friday": snapshot_of(directory, "friday", friday),
        "mwr": snapshot_of(directory, "mwr", mwr, project="demo-mwr"),
    }


def planned(directory: Path) -> dict[str, str]:
    table = pq.read_table(directory / "plan.parquet").to_pylist()
    return {row["path"]: row["why"] for row in table}


def make(
    directory: Path, friday: Documents, mwr: Documents, *, fraction: str, seed: int = SEED
) -> tuple[PlanReport, dict[str, str]]:
    found = snapshots(directory, friday, mwr)
    report = plan(found, fraction=fraction, seed=seed, directory=directory / "plan")
    return report, planned(directory / "plan")


class TestSize:
    def test_ten_percent_is_ten_percent_of_each_system(self, tmp_path: Path) -> None:
        report, chosen = make(tmp_path, *firms(), fraction="10%")
        assert 0.10 <= report.shares["friday"] < 0.14
        assert 0.10 <= report.shares["mwr"] < 0.20
        assert sum(report.sample.values()) == len(chosen)
        assert {why for counts in report.why.values() for why in counts} == set(chosen.values())

    def test_all_of_it_is_all(self, tmp_path: Path) -> None:
        friday, mwr = firms(4)
        report, chosen = make(tmp_path, friday, mwr, fraction="100%")
        assert chosen.keys() == friday.keys() | mwr.keys()
        assert set(chosen.values()) == {"all"}
        assert report.shares == {"friday": 1.0, "mwr": 1.0}

    def test_other_fractions_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="1%, 10%, 100%"):
            make(tmp_path, *firms(1), fraction="5%")

    def test_another_seed_takes_others(self, tmp_path: Path) -> None:
        found = {}
        for seed in (1, 2):
            _, chosen = make(tmp_path, *firms(), fraction="10%", seed=seed)
            found[seed] = {path for path, why in chosen.items() if why == "aggregate"}
        assert found[1]
        assert found[1] != found[2]

    def test_the_same_twice_gives_the_same_bytes(self, tmp_path: Path) -> None:
        found = snapshots(tmp_path, *firms(5))
        for name in ("one", "two"):
            plan(found, fraction="10%", seed=SEED, directory=tmp_path / name)
        for file in ("plan.parquet", "census.json"):
            one, two = (tmp_path / name / file for name in ("one", "two"))
            assert one.read_bytes() == two.read_bytes()

    def test_several_processes_make_the_same_plan(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = snapshots(tmp_path, *firms(5))
        plan(found, fraction="10%", seed=SEED, directory=tmp_path / "one")
        monkeypatch.setattr(sampling, "DOCUMENTS_FOR_WORKERS", 1)
        plan(found, fraction="10%", seed=SEED, directory=tmp_path / "two")
        assert (tmp_path / "one" / "plan.parquet").read_bytes() == (
            tmp_path / "two" / "plan.parquet"
        ).read_bytes()


class TestKeptSurvey:
    def test_all_fractions_come_of_one_survey(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = snapshots(tmp_path, *firms(5))
        for fraction in ("1%", "10%", "100%"):
            plan(found, fraction=fraction, seed=SEED, directory=tmp_path / fraction)
        surveyed: list[int] = []
        survey = sampling.survey

        def counted(jobs: tuple[Job, ...], directory: Path) -> None:
            surveyed.append(len(jobs))
            survey(jobs, directory)

        monkeypatch.setattr(sampling, "survey", counted)
        for fraction in ("1%", "10%", "100%"):
            where = tmp_path / "again" / fraction
            plan(found, fraction=fraction, seed=SEED, directory=where, kept=tmp_path / "kept")
            for file in ("plan.parquet", "census.json"):
                assert (where / file).read_bytes() == (tmp_path / fraction / file).read_bytes()
        assert len(surveyed) == 1

    def test_another_snapshot_is_surveyed_anew(self, tmp_path: Path) -> None:
        kept = tmp_path / "kept"
        for name, clients in (("one", 3), ("two", 4)):
            found = snapshots(tmp_path / name, *firms(clients))
            plan(found, fraction="100%", seed=SEED, directory=tmp_path / name / "p", kept=kept)
            plan(found, fraction="100%", seed=SEED, directory=tmp_path / name / "q")
            assert planned(tmp_path / name / "p") == planned(tmp_path / name / "q")

    def test_a_damaged_survey_is_made_again(self, tmp_path: Path) -> None:
        found = snapshots(tmp_path, *firms(3))
        kept = tmp_path / "kept"
        plan(found, fraction="10%", seed=SEED, directory=tmp_path / "one", kept=kept)
        next(kept.glob("documents-*.parquet")).unlink()
        plan(found, fraction="10%", seed=SEED, directory=tmp_path / "two", kept=kept)
        assert planned(tmp_path / "one") == planned(tmp_path / "two")

    def test_it_holds_nobody_s_address(self, tmp_path: Path) -> None:
        found = snapshots(tmp_path, *firms(3))
        kept = tmp_path / "kept"
        plan(found, fraction="10%", seed=SEED, directory=tmp_path / "one", kept=kept)
        tables = [pq.read_table(file).to_pylist() for file in kept.glob("*.parquet")]
        assert any(tables)
        assert "@example.com" not in str(tables)


class TestWhatComesAlong:
    def test_an_aggregate_comes_whole(self, tmp_path: Path) -> None:
        friday, mwr = firms()
        _, chosen = make(tmp_path, friday, mwr, fraction="10%")
        taken = [path for path, why in chosen.items() if why == "aggregate"]
        clients = {path.split("/")[3].split("-")[0] for path in taken if "/engagements/" in path}
        assert clients
        for name in clients:
            assert client(name).keys() <= chosen.keys()
            linked = f"myworkreview/reviews/list/r{name[1:]}"
            if "friday_link" in mwr[linked]:
                assert {linked, f"{linked}/chat/m"} <= chosen.keys()

    @pytest.mark.parametrize("link", ["review_link", "friday_link"])
    def test_a_review_is_joined_from_either_side(self, tmp_path: Path, link: str) -> None:
        friday: Documents = {}
        mwr: Documents = {}
        for n in range(40):
            friday |= client(f"c{n}", engagements=1)
            mwr |= review(f"r{n}", link=f"c{n}-0" if link == "friday_link" else "")
            if link == "review_link":
                friday[f"friday/engagements/list/c{n}-0"]["review_link"] = string(f"r{n}")
        _, chosen = make(tmp_path, friday, mwr, fraction="10%")
        self.assert_together(chosen, "friday/clients/list/c{}", "myworkreview/reviews/list/r{}")

    @pytest.mark.parametrize("is_unique", [True, False])
    def test_a_client_is_joined_by_a_name_that_it_alone_bears(
        self, tmp_path: Path, is_unique: bool
    ) -> None:
        friday: Documents = {}
        for n in range(40):
            name = string(f"client {n if is_unique else n % 2}")
            friday |= client(f"c{n}", engagements=1)
            friday[f"friday/clients/list/c{n}"] = {"name": name}
            friday[f"friday/engagements/list/c{n}-0"] = {"client_name": name}
        report, chosen = make(tmp_path, friday, review("r"), fraction="10%")
        assert report.aggregates == (40 if is_unique else 80) + 1
        if is_unique:
            clients, engagements = "friday/clients/list/c{}", "friday/engagements/list/c{}-0"
            self.assert_together(chosen, clients, engagements)

    def assert_together(self, chosen: dict[str, str], one: str, other: str) -> None:
        pairs = [(chosen.get(one.format(n)), chosen.get(other.format(n))) for n in range(40)]
        taken = [pair for pair in pairs if "aggregate" in pair]
        assert taken
        assert {why for pair in taken for why in pair} <= {"aggregate", "coverage"}

    def test_what_is_named_is_closure(self, tmp_path: Path) -> None:
        _, chosen = make(tmp_path, *firms(), fraction="10%")
        named = [why for path, why in chosen.items() if "/users/" in path]
        assert named
        assert set(named) == {"closure"}

    def test_what_belongs_to_nothing_goes_by_hash(self, tmp_path: Path) -> None:
        _, chosen = make(tmp_path, *firms(), fraction="10%")
        logs = [why for path, why in chosen.items() if "/logs/" in path]
        assert 20 < logs.count("hash") < 90
        assert set(logs) <= {"hash", "coverage"}

    def test_a_log_goes_with_the_review_that_it_speaks_of(self, tmp_path: Path) -> None:
        friday, mwr = firms()
        for n in range(40):
            mwr[f"myworkreview/logs/list/l{n}"] = {"review": string(f"r{n}")}
        _, chosen = make(tmp_path, friday, mwr, fraction="10%")
        for n in range(40):
            if chosen.get(f"myworkreview/reviews/list/r{n}") == "aggregate":
                assert chosen[f"myworkreview/logs/list/l{n}"] in ("aggregate", "coverage")
        assert list(chosen.values()).count("aggregate") > 0

    def test_removed_highlights_go_with_their_review(self, tmp_path: Path) -> None:
        friday, mwr = firms()
        for n in range(40):
            mwr[f"myworkreview/removedHighlights/list/r{n}"] = {}
        _, chosen = make(tmp_path, friday, mwr, fraction="10%")
        reviews = {n for n in range(40) if f"myworkreview/reviews/list/r{n}" in chosen}
        removed = {n for n in range(40) if f"myworkreview/removedHighlights/list/r{n}" in chosen}
        assert reviews == removed != set()

    def test_users_who_share_an_email_come_together(self, tmp_path: Path) -> None:
        friday, mwr = firms()
        twins: Documents = {}
        for n in range(40):
            path = f"myworkreview/users/list/u{n}"
            twins[path] = {"email": string(f" C{n}-0-USER@example.com")}
        _, chosen = make(tmp_path, friday, mwr | twins, fraction="10%")
        for n in range(40):
            twin = f"myworkreview/users/list/u{n}"
            assert (twin in chosen) == (f"friday/users/list/c{n}-0-user" in chosen)


class TestCoverage:
    def test_what_occurs_once_is_in_the_smallest_sample(self, tmp_path: Path) -> None:
        friday, mwr = firms()
        rect = map_({"x1": double(float("nan"))})
        highlight = map_({"position": map_({"boundingRect": rect, "rects": array([rect])})})
        odd: Documents = {
            "myworkreview/reviews/list/r7": mwr["myworkreview/reviews/list/r7"]
            | {"highlights": array([highlight])},
            "myworkreview/reviews/list/r8": mwr["myworkreview/reviews/list/r8"]
            | {"highlights": array([map_({"fileId": string("general")})])},
            "myworkreview/reviews/list/r9": mwr["myworkreview/reviews/list/r9"]
            | {"template_type": string("tender")},
            "myworkreview/unheard/list/u": {"a": integer(1)},
        }
        report, chosen = make(tmp_path, friday, mwr | odd, fraction="1%")
        assert {chosen[path] for path in odd} == {"coverage"}
        assert report.features_sampled == report.features

    def test_a_feature_that_the_sample_lacks_would_be_counted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The census measures; it does not repeat what the plan meant to do."""
        monkeypatch.setattr(sampling, "cover", lambda *_: [])
        friday, mwr = firms()
        friday["emails/m"] = {"subject": string("x")}
        report, chosen = make(tmp_path, friday, mwr, fraction="1%")
        assert "emails/m" not in chosen
        assert report.features_sampled == report.features - 2


class TestCensus:
    def test_it_counts_documents_by_collection_and_feature(self, tmp_path: Path) -> None:
        friday, mwr = firms()
        report, chosen = make(tmp_path, friday, mwr, fraction="10%")
        census = json.loads((tmp_path / "plan" / "census.json").read_text())
        engagements = sum(1 for path in chosen if path.count("/") == 3 and "/engagements/" in path)
        pair = {"snapshot": 80, "sample": engagements}
        assert census["collections"]["friday/engagements"] == pair
        assert census["features"]["friday/engagements"]["string at client_id"] == pair
        assert census["systems"]["mwr"]["snapshot"] == len(mwr)
        assert census["systems"]["mwr"]["why"] == report.why["mwr"]
        assert census["plan_sha256"] == report.sha256
        assert census["snapshots"] == report.snapshots

    def test_a_declared_thing_that_is_nowhere_is_listed_with_zero(self, tmp_path: Path) -> None:
        make(tmp_path, *firms(2), fraction="100%")
        census = json.loads((tmp_path / "plan" / "census.json").read_text())
        nothing = {"snapshot": 0, "sample": 0}
        features = census["features"]
        assert features["friday/emails"]["string at subject"] == nothing
        assert features["mwr/reviews"]["double at highlights[].position.boundingRect.x1"] == nothing
        assert "mwr/apis" not in features

    def test_a_special_value_counts_as_its_plain_kind_as_well(self, tmp_path: Path) -> None:
        friday, mwr = firms(2)
        friday["friday/users/list/x"] = {"type": string("client"), "email": string("A@b.example")}
        make(tmp_path, friday, mwr, fraction="100%")
        users = json.loads((tmp_path / "plan" / "census.json").read_text())["features"][
            "friday/users"
        ]
        assert users["string=client at type"]["snapshot"] == 1
        assert users["string at type"]["snapshot"] == 1
        assert users["string at email"]["snapshot"] == 5

    def test_no_personal_value_is_in_it(self, tmp_path: Path) -> None:
        friday, mwr = firms(2)
        friday["friday/users/list/x"] = {
            "email": string("canary@example.com"),
            "type": string("canary"),
            "canary@example.com": string("canary"),
            "risk": map_({"canary": string("canary")}),
        }
        make(tmp_path, friday, mwr, fraction="10%")
        assert "canary" not in (tmp_path / "plan" / "census.json").read_text()


class TestOrder:
    def test_united_names_a_group_by_its_smallest(self) -> None:
        found = united(["d", "c", "b", "a"], [("d", "c"), ("c", "b")])
        assert found == {"a": "a", "b": "b", "c": "b", "d": "b"}

    def test_cover_takes_few_and_light(self) -> None:
        shows = {"all": [1, 2, 3], "one": [1], "two": [2, 3], "none": [3]}
        ranks = dict.fromkeys(shows, "")
        weights = {"all": 100, "one": 1, "two": 1, "none": 1}
        assert sorted(cover(shows, weights, ranks)) == ["one", "two"]
        assert cover(shows, weights | {"all": 1}, ranks) == ["all"]
        assert cover({}, {}, {}) == []

    def test_cover_drops_what_later_ones_made_superfluous(self) -> None:
        shows = {"a": [1, 2, 3], "b": [1, 2, 4, 9], "c": [3, 5, 6, 8]}
        weights = {"a": 3, "b": 5, "c": 5}
        assert sorted(cover(shows, weights, dict.fromkeys(shows, ""))) == ["b", "c"]

    def test_take_stops_when_every_system_has_its_share(self) -> None:
        sizes = {name: {"friday": 10} for name in "abcdefghij"} | {"m": {"mwr": 1}, "n": {"mwr": 1}}
        order = [*"abcdefghij", "m", "n"]
        assert take(order, sizes, 0.1, ahead={}) == ["a", "m"]
        assert take(order, sizes, 0.25, ahead={}) == ["a", "b", "c", "m"]
        assert take(order, sizes, 0.25, ahead={"friday": 25, "mwr": 1}) == []
        assert take(order, sizes, 1.0, ahead={}) == order

    def test_ranks_are_spread_evenly_and_follow_the_seed(self) -> None:
        below = sum(is_below(rank(1, str(n)), 0.1) for n in range(5000))
        assert 420 < below < 580
        assert rank(1, "a") != rank(2, "a")
        assert not is_below(rank(1, "a"), 0.0)
        assert is_below("f" * 64, 1.0)
