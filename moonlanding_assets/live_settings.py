"""How live Firestore is read: which projects, at which moment, how fast. One frozen Live.

Part of the settings (settings.py reads the environment). Holds no request and no default project.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from moonlanding_assets.errors import SettingsError

DEFAULT_DATABASE = "(default)"
DEFAULT_PAGE_SIZE = 1000
DEFAULT_PARALLEL = 4
LARGEST_PAGE = 5000  # documents; the emulator's reads get cheaper up to there, Firestore's do not
MOST_PARALLEL = 32
HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Live:
    """What reading live needs to know.

    `read_time`: RFC 3339 with an offset or Z, "" for the server's now; `emulator`: host:port, ""
    for Firestore itself; `page_size`: documents; `parallel`: pages asked for at once;
    `max_reads_per_second`: 0 for no limit. The sync reads each system whole, and compares every
    row, `whole_reading_seconds` and `row_sweep_seconds` after the last time.
    """

    friday_project: str = ""
    mwr_project: str = ""
    database: str = DEFAULT_DATABASE
    read_time: str = ""
    emulator: str = ""
    page_size: int = DEFAULT_PAGE_SIZE
    parallel: int = DEFAULT_PARALLEL
    max_reads_per_second: int = 0
    whole_reading_seconds: int = HOUR_SECONDS
    row_sweep_seconds: int = HOUR_SECONDS

    def __post_init__(self) -> None:
        _within("the page size", self.page_size, 1, LARGEST_PAGE)
        _within("the number of pages at once", self.parallel, 1, MOST_PARALLEL)
        _within("the limit of reads per second", self.max_reads_per_second, 0, 10**9)
        _within("the seconds between whole readings", self.whole_reading_seconds, 1, 10**6)
        _within("the seconds between sweeps of the rows", self.row_sweep_seconds, 1, 10**6)

    def project(self, system: str) -> str:
        """The project of a system; raises SettingsError where none is named."""
        project = self.friday_project if system == "friday" else self.mwr_project
        if not project:
            raise SettingsError(
                f"reading live needs the project of {system}: --{system}-project, or "
                f"MOONLANDING_{system.upper()}_PROJECT"
            )
        return project


def read_live(env: Mapping[str, str]) -> Live:
    """From MOONLANDING_* variables and FIRESTORE_EMULATOR_HOST; raises SettingsError."""
    return Live(
        friday_project=env.get("MOONLANDING_FRIDAY_PROJECT", ""),
        mwr_project=env.get("MOONLANDING_MWR_PROJECT", ""),
        database=env.get("MOONLANDING_FIRESTORE_DATABASE") or DEFAULT_DATABASE,
        read_time=env.get("MOONLANDING_READ_TIME", ""),
        emulator=env.get("FIRESTORE_EMULATOR_HOST", ""),
        page_size=_number(env, "MOONLANDING_PAGE_SIZE", DEFAULT_PAGE_SIZE),
        parallel=_number(env, "MOONLANDING_PARALLEL", DEFAULT_PARALLEL),
        max_reads_per_second=_number(env, "MOONLANDING_MAX_READS_PER_SECOND", 0),
        whole_reading_seconds=_number(env, "MOONLANDING_WHOLE_READING_SECONDS", HOUR_SECONDS),
        row_sweep_seconds=_number(env, "MOONLANDING_ROW_SWEEP_SECONDS", HOUR_SECONDS),
    )


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise SettingsError(f"{name} must be a whole number, for example {default}")
    return int(text)


def _within(what: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        raise SettingsError(f"{what} lies between {least} and {most}; {number} does not")
