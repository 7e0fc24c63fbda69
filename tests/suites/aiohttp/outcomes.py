"""A plug-in of pytest's: writes how each test ended to the file that OUTCOMES names.

A line is written at once, so that a run that dies says how far it came.
"""
import os

import pytest

outcomes = open(os.environ["OUTCOMES"], "w", encoding="utf-8", buffering=1)  # pylint: disable=consider-using-with


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    # What is set up and taken down matters only where it goes wrong.
    if report.when != "call" and report.passed:
        return
    outcome = report.outcome
    if hasattr(report, "wasxfail"):
        outcome = "expected failure" if report.skipped else "passed, unexpectedly"
    if report.failed and call.excinfo:
        outcome += " " + call.excinfo.typename
    elif report.skipped and isinstance(report.longrepr, tuple):
        outcome += ": " + " ".join(report.longrepr[2].split())
    outcomes.write(f"{item.nodeid}\t{report.when} {outcome}\n")
