"""What pytest needs while mutmut drives it; not used otherwise.

* Mutated code makes two calls where the real code makes one: recursion may go deeper.
* Mutants run in forks of a process that has run the tests before: what it cached must not answer.
* mutmut notes which functions a test calls, but a fixture of a module runs only for its first
  test: what it calls is noted for every test of the module. Tests of one module stay together,
  in the order of the modules in the configuration (cheap ones first).
"""

import sys
from collections import defaultdict
from collections.abc import Generator

import pytest
from mutmut.configuration import config
from mutmut.mutation.trampoline import get_mutant_under_test
from mutmut.state import state

_called_by_fixtures: defaultdict[str, set[str]] = defaultdict(set)


def pytest_sessionstart() -> None:
    """Allow deeper recursion, and forget what was cached before."""
    sys.setrecursionlimit(10_000)
    _forget()


def _forget() -> None:
    """Empty the caches of the code under test."""
    for name, module in list(sys.modules.items()):
        if name.startswith("moonlanding_assets."):
            for held in vars(module).values():
                getattr(held, "cache_clear", _nothing)()
            getattr(module, "_INVERTIBLE", {}).clear()


def _nothing() -> None:
    pass


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group the tests by module."""
    order = {file: place for place, file in enumerate(config().pytest_add_cli_args_test_selection)}
    items.sort(key=lambda item: order[_file(item)])


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Note what fixtures call; while notes are taken, every test fills the caches itself."""
    if get_mutant_under_test() == "stats":
        _forget()
    yield
    _called_by_fixtures[_file(item)] |= state()._stats


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Say of every test what the fixtures of its module call, before mutmut takes notes."""
    state()._stats |= _called_by_fixtures[_file(item)]
