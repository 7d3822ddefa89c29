"""How much of this machine's memory the embedded PostgreSQL may take."""

import os
from pathlib import Path

MEGABYTE = 1024 * 1024
CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def available() -> int:
    """Bytes of this machine, or of the container if that may use less."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([machine, *(limit for limit in map(_limit, CGROUP_LIMITS) if limit)])


def settings(available_bytes: int) -> dict[str, str]:
    """An eighth for shared buffers within bounds; what one sort may take follows from it. Leaves room for the workers."""
    shared = _between(128, available_bytes // MEGABYTE // 8, 1024)
    return {
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{shared * 4}MB",
        "work_mem": f"{_between(16, shared // 8, 64)}MB",
        "maintenance_work_mem": f"{_between(64, shared // 4, 256)}MB",
    }


def _limit(path: str) -> int | None:
    try:
        return int(Path(path).read_text())
    except (OSError, ValueError):  # no such file, or "max"
        return None


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))
