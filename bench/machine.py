"""The machine a figure was measured on, said with every figure."""

import os
import platform
from pathlib import Path


def machine() -> str:
    """Return processor, cores in use, memory and Python of this machine, on one line."""
    processor = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor() or platform.machine(),
    )
    kilobytes = int(Path("/proc/meminfo").read_text().split()[1])
    cores = len(os.sched_getaffinity(0))
    return f"{processor}, {cores} cores, {kilobytes / 1_048_576:.0f} GiB, Python {platform.python_version()}"
