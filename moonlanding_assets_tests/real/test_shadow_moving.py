"""Shadow reads while people change the old systems and the forward sync follows; few of them.

The ten thousand that leaving S3 asks are `python -m moonlanding_assets_tests.measure_shadow`.
"""

import asyncio
from pathlib import Path

import pytest

from moonlanding_assets.parallel.gateway.documents import Write
from moonlanding_assets.parallel.gateway.moonlanding import MoonlandingDocuments
from moonlanding_assets.parallel.gateway.router import Tools
from moonlanding_assets_tests.emulator import FirestoreEmulator
from moonlanding_assets_tests.kept_documents import served
from moonlanding_assets_tests.moving_firm import (
    MovingFirm,
    ask_all,
    changing,
    followed,
    moving_firm,
    shadowing,
    sides_of,
    until_followed,
)
from moonlanding_assets_tests.syncing import make_rig

READS = 200


@pytest.fixture
def firm(emulator: FirestoreEmulator, tmp_path: Path) -> MovingFirm:
    return moving_firm(emulator, make_rig(tmp_path / "firm"), name="shadow", seed=3)


def test_no_read_differs_while_documents_change(firm: MovingFirm, tmp_path: Path) -> None:
    async def script(new: MoonlandingDocuments, sides: dict[str, object]) -> None:
        tools = Tools(pause=until_followed(firm, new), poll_seconds=30)
        router = shadowing(firm, sides, tmp_path, tools)
        async with served(router, health_path="friday/settings") as client:
            with changing(firm, changes_a_second=5):
                await ask_all(client, router, firm, compared=READS, least=2)
            evidence = router.measuring.shadow.counts.evidence()
            assert router.measuring.shadow.counts.mismatches == []
            assert evidence["shadow_mismatches"] == 0
            assert firm.changes > 0
            path = a_rogue_row(new)
            async with client.get(f"/documents/{path}") as answer:
                assert answer.status == 200
            await router.settled()
            [mismatch] = router.measuring.shadow.counts.mismatches
            assert (mismatch.path, mismatch.fields) == (path, ("message",))

    def a_rogue_row(new: MoonlandingDocuments) -> str:
        new.fence(0)
        path = next(one for one in sorted(firm.old.documents) if "/chat/" in one)
        fields = {"message": {"stringValue": "Rogue"}}
        new.write(Write(path=path, fields=fields, key=path), epoch=0)
        return path

    with followed(firm), sides_of(firm, tmp_path) as sides:
        new = sides["NEW"]
        assert isinstance(new, MoonlandingDocuments)
        asyncio.run(script(new, sides))
