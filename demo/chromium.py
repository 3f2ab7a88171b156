"""Where this machine's Chromium is: what takes the pictures and tests the page drives it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_USUAL = "/usr/bin/chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none")
"""How it is started: as root, as CI is, its sandbox would not work; every page that it opens is the demo's own."""


class NoChromiumError(Exception):
    """There is no Chromium here; the message says what to do."""


def chromium() -> str:
    """Return the path of a Chromium: what CHROMIUM names, or else Debian's, or else what is on the path.

    Raises:
        NoChromiumError: there is none.
    """
    named = os.environ.get("CHROMIUM")
    found = named or (_USUAL if Path(_USUAL).is_file() else next(filter(None, map(shutil.which, _NAMES)), None))
    if found is None:
        raise NoChromiumError("There is no Chromium here: install Debian's package chromium, or set CHROMIUM to one.")
    if not os.access(found, os.X_OK):
        raise NoChromiumError(f"CHROMIUM: {found} is no program; wants the path of a Chromium.")
    return found
