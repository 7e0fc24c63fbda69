"""What aiohttp's tests use of the package re-assert, which Debian does not have."""
import re


class Matches:
    def __init__(self, pattern, *flags):
        self.pattern = re.compile(pattern, *flags)

    def __eq__(self, text):
        return self.pattern.match(text) is not None
