"""Runs the checks of a script: its functions named check_*. Prints one line of JSON for each that has run."""

import inspect
import json
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

# What the test says on standard input: address, key, models, the vendors by what they can do, and what the models will say.
given = SimpleNamespace(**json.load(sys.stdin))

WEATHER = {
    "type": "object",
    "properties": {"place": {"type": "string"}},
    "required": ["place"],
}
# One red pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="


def equal(found, expected):
    if found != expected:
        raise AssertionError(f"found {found!r}, expected {expected!r}")


def raises(kinds, act):
    """The error that a call raises."""
    try:
        result = act()
    except kinds as error:
        return error
    raise AssertionError(f"no error, but {result!r}")


def run(module):
    """A check with a parameter runs over each vendor that the parameter's name lists, and gets what names its models by kind."""
    # Vendors side by side, since some failures are tried again only after a while.
    with ThreadPoolExecutor(8) as pool:
        for name, check in inspect.getmembers(sys.modules[module], inspect.isfunction):
            if name.startswith("check_"):
                [parameter] = list(inspect.signature(check).parameters) or [None]
                for vendor in getattr(given, f"{parameter}s") if parameter else [None]:
                    pool.submit(try_check, name, check, vendor)


def try_check(name, check, vendor):
    error = None
    try:
        check(*([] if vendor is None else [given.models[vendor].__getitem__]))
    except Exception:
        error = traceback.format_exc(limit=2, chain=False)
    sys.stdout.write(json.dumps({"check": name, "vendor": vendor, "error": error}) + "\n")
