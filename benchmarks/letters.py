"""How many letters a core sets a second, as a stream of bounded PDFs; beside one document a letter, and reportlab.

    python -m benchmarks letters    LETTERS=100000 (1000000 shows whether memory stays flat), EACH=300 letters a PDF,
                                    PEER_LETTERS=1000 of reportlab, SINGLES=100 documents of one letter

Letters have an address window, personal text, an offer with a code of its own, and a QR code. Each is measured on one core,
by the seconds of that core's processor, so that other work beside it matters less; and in the same run.
"""

import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks._peer_python import python_with
from benchmarks._report import Result, told

HERE = Path(__file__).resolve().parent
SECONDS_BETWEEN = 0.1  # looks at the memory


@dataclass(frozen=True)
class Made:
    """What a process made."""

    letters: int
    per_second: float  # of a core's processor
    wall_per_second: float
    peak_mb: float  # of it and what it started, at the same moment
    growth_mb: float  # of the peak, from the first half to the second
    bytes_each: float

    def __str__(self) -> str:
        return (
            f"{self.per_second:7,.0f} a second and core, {self.wall_per_second:7,.0f} by the clock,"
            f" peak {self.peak_mb:4.0f} MB, {self.letters:,} letters"
        )


def main() -> Result:
    letters, each = _number("LETTERS", 100_000), _number("EACH", 300)
    peers, singles = _number("PEER_LETTERS", 1000), _number("SINGLES", 100)
    ours = _measured(_ours("bundles", letters, each))
    single = _measured(_ours("single", singles))
    peer = [python_with("letters"), "-m", "benchmarks._letters_peer", str(peers), str(each)]
    without, with_code = (_measured([*peer, codes]) for codes in ("0", "1"))
    print(f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, {each} letters a PDF")
    print(
        f"ours                      {ours}, {ours.growth_mb:+.0f} MB in the second half, {ours.bytes_each:,.0f} bytes each"
    )
    print(f"one document a letter     {single}; ours {ours.per_second / single.per_second:.1f} times")
    print(f"reportlab                 {with_code}; ours {ours.per_second / with_code.per_second:.1f} times")
    print(f"reportlab without code    {without}; ours {ours.per_second / without.per_second:.1f} times")
    figures = {
        "letters_per_second_core": ours.per_second,
        "letters_per_second": ours.wall_per_second,
        "peak_mb": ours.peak_mb,
        "growth_mb": ours.growth_mb,
        "bytes_per_letter": ours.bytes_each,
        "single_per_second_core": single.per_second,
        "reportlab_per_second_core": with_code.per_second,
        "reportlab_without_code_per_second_core": without.per_second,
        "ratio_single": ours.per_second / single.per_second,
        "ratio_reportlab": ours.per_second / with_code.per_second,
    }
    return Result("letters", figures, {"letters_per_second_core": with_code.per_second})


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name, default))


def _ours(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks._letters_worker", *map(str, arguments)]


def _measured(command: list[str]) -> Made:
    peaks: list[float] = []
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE) as running:
        watch = threading.Thread(target=_watch, args=(running, peaks))
        watch.start()
        output = running.stdout.read()
        watch.join()
    if running.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with exit code {running.returncode}")
    found = told(output)
    middle = len(peaks) // 2
    return Made(
        letters=found["letters"],
        per_second=found["letters"] / found["processor_seconds"],
        wall_per_second=found["letters"] / found["seconds"],
        peak_mb=max(peaks),
        growth_mb=max(peaks[middle:]) - max(peaks[: middle + 1]),
        bytes_each=found.get("bytes", 0.0),
    )


def _watch(running: subprocess.Popen, peaks: list[float]) -> None:
    """Notes how much memory it and what it started have of their own, until it ends."""
    process = psutil.Process(running.pid)
    while running.poll() is None:
        try:
            peaks.append(sum(map(_megabytes, [process, *process.children(recursive=True)])))
        except psutil.Error:
            continue
        try:
            running.wait(SECONDS_BETWEEN)
        except subprocess.TimeoutExpired:
            continue


def _megabytes(process: psutil.Process) -> float:
    """What processes share, such as one that was just forked, counts for each in part (PSS)."""
    try:
        return process.memory_full_info().pss / 2**20
    except psutil.Error:  # it has ended meanwhile
        return 0.0
