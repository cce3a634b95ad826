"""A computer whose clock is wrong: a library that programs load before the system's own.

Holds no expectation. Clocks that only go forward stay as they are, and so do the times of files,
as on such a computer. Needs a C compiler: where there is none the test is skipped with the reason.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long wrong_by(void) {
    const char *seconds = getenv("CLOCK_WRONG_BY_SECONDS");
    return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, now);
    if (!code && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += wrong_by();
    return code;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    int code = clock_gettime(CLOCK_REALTIME, &found);
    (void)zone;
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return code;
}

time_t time(time_t *now) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (now) *now = found.tv_sec;
    return found.tv_sec;
}
"""


def wrong_clock(directory: Path, *, days: int) -> dict[str, str]:
    """The environment of programs that believe that it is so many days later."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("setting the clock back for one program needs a C compiler (cc)")
    source, library = directory / "clock.c", directory / "clock.so"
    source.write_text(_SOURCE)
    words = [compiler, "-shared", "-fPIC", "-O", "-o", str(library), str(source), "-ldl"]
    subprocess.run(words, check=True, capture_output=True)
    return {"LD_PRELOAD": str(library), "CLOCK_WRONG_BY_SECONDS": str(days * 86_400)}
