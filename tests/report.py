"""Reads the JUnit reports of the suites: `report.py tally|faults REPORT`, `report.py slowest COUNT REPORT...`."""

import sys
import xml.etree.ElementTree as tree
from pathlib import Path


def cases(report):
    return list(tree.parse(report).iter("testcase"))


def fault(case):
    """What went wrong. A skipped test proves nothing, so that it counts as failed."""
    return next((case.find(mark) for mark in ("failure", "error", "skipped") if case.find(mark) is not None), None)


def name(case):
    return f'{case.get("classname")}: {case.get("name")}'


def tally(report):
    """How many passed and failed."""
    bad = sum(fault(case) is not None for case in cases(report))
    print(len(cases(report)) - bad, bad)


def faults(report):
    """Which tests failed, and how each began to: the end of the output is what is read first."""
    for case in cases(report):
        found = fault(case)
        if found is not None:
            told = (found.text or found.get("message") or "skipped").strip().splitlines()
            print(name(case), *(f"    {line}" for line in told[:30]), sep="\n")


def slowest(count, *reports):
    """The tests that took longest, of all suites."""
    timed = [(float(case.get("time") or 0), Path(report).stem, name(case)) for report in reports for case in cases(report)]
    for seconds, suite, test in sorted(timed, reverse=True)[: int(count)]:
        print(f"{seconds:7.1f} s  {suite}: {test}")


{"tally": tally, "faults": faults, "slowest": slowest}[sys.argv[1]](*sys.argv[2:])
