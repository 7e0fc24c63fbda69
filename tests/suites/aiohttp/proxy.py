"""In place of the package proxy.py, which Debian does not have: a test that wants it is skipped."""
import pytest


def Proxy(*_, **__):
    pytest.skip("proxy.py is not there")
