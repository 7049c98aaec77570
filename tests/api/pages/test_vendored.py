"""Scripts of others are those that their list names."""

import base64
import hashlib
import re

from api.static_files import FOLDER

VENDOR = FOLDER / "pages" / "vendor"


def test_vendored_files_are_those_of_the_list() -> None:
    """README.md names each file with its SHA-384, and none is there that it does not name."""
    listed = dict(re.findall(r"\| `([^`]+)` \|.*\| `([A-Za-z0-9+/=]{64})` \|", (VENDOR / "README.md").read_text()))
    found = {
        path.name: base64.b64encode(hashlib.sha384(path.read_bytes()).digest()).decode()
        for path in VENDOR.iterdir()
        if path.name != "README.md"
    }
    assert listed == found
