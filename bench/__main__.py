"""`python -m bench`: measures the chosen sections and writes docs/benchmarks.json and docs/benchmarks.md."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench import figures
from bench.lab import BenchLab, lab_network, temporary_lab
from bench.page import page
from bench.peers import BIN
from bench.quiet import Quiet
from bench.sections import ROOT, Bench, Measured, sections
from bench.stopwatch import Failed
from holdfast.lab.command import LabError
from holdfast.lab.preflight import problems

Say = Callable[[str], None]


def main(words: list[str]) -> int:
    """0 when every chosen section was measured, 1 when one was not, 2 for bad input."""
    given = _parser().parse_args(words)
    if given.page:
        write_page(Path(given.docs))
        return 0
    chosen = [s for s in sections() if not given.only or s.name in given.only]
    try:
        network = lab_network(given.cloud_network)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    say = _speaker()
    lacks = _lacks() if any(s.needs_lab for s in chosen) else ()
    for lack in lacks:
        say(f"sections that need a lab are left out: {lack}")
    able = [s for s in chosen if not (lacks and s.needs_lab)]
    docs = Path(given.docs)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with temporary_lab(network, say) as lab:
            failed = [s.name for s in able if not _measure(s, lab, given, docs, say)]
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    write_page(docs)
    if failed:
        say(f"not measured: {', '.join(failed)}")
    return 1 if failed or lacks else 0


def write_page(docs: Path) -> None:
    """The page anew from what is kept."""
    (docs / "benchmarks.md").write_text(page(figures.read(docs / "benchmarks.json"), sections()))


def _measure(section: Measured, lab: BenchLab, given: argparse.Namespace, docs: Path, say: Say) -> bool:
    kept = docs / "benchmarks.json"

    def keep(record: figures.Section) -> None:
        figures.merge(kept, section.name, record)
        write_page(docs)

    quiet = Quiet(Path(given.lock) if given.lock else None, say)
    before = figures.read(kept).get(section.name)
    bench = Bench(lab, quiet, say, keep, before, given.quick, given.repeats, tuple(given.fault))
    say(f"{section.name}: begins")
    try:
        section.run(bench)
    except (Failed, LabError, OSError) as error:
        say(f"{section.name}: {error}")
        return False
    say(f"{section.name}: done")
    return True


def _lacks() -> tuple[str, ...]:
    lacks = problems()
    if not (BIN / "ansible-playbook").exists():
        lacks += (f"{BIN} is missing: run `make bench`, or `make .venv-bench/.done`",)
    return lacks


def _speaker() -> Say:
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", file=sys.stderr, flush=True)

    return say


def _parser() -> argparse.ArgumentParser:
    names = [s.name for s in sections()]
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=names, help="measure this section; may be repeated"
    )
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page anew")
    parser.add_argument("--quick", action="store_true", help="everything once")
    parser.add_argument("--repeats", type=int, metavar="N", help="everything N times")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME",
                        help="failover: only this, NAME or NAME:TIMES; other rows stay")  # fmt: skip
    parser.add_argument("--cloud-network", default="198.18.20.0/24", metavar="CIDR", help="the lab's own /24")
    parser.add_argument("--lock", default=os.environ.get("HOLDFAST_BENCH_LOCK", ""), metavar="FILE",
                        help="hold this lock while measuring, as `flock FILE` does")  # fmt: skip
    parser.add_argument("--docs", default=str(ROOT / "docs"), metavar="FOLDER", help="where to write")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
