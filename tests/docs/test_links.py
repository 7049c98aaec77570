"""Links between our pages lead somewhere, and no page or file names a folder of somebody's machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.databases import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md"), *REPOSITORY.glob("clients/*/*.md")])
PAGES += sorted(REPOSITORY.glob("notebooks/*.md"))
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
MACHINE_PATH = re.compile(rb"(?<![\w.])/(?:work|root|home|Users)/(?!you\b)[\w.-]")
VENDORED = ("api/static/", "requirements")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*?) *$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for address in LINK.findall(text):
        if not address.startswith(("http://", "https://", "mailto:")):
            yield address


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    for address in links(page):
        target, _, anchor = address.partition("#")
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), address
        assert REPOSITORY in [file, *file.parents], address
        if anchor:
            assert anchor in anchors(file), address


def test_no_file_names_a_folder_of_one_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    files = [name for name in listed.stdout.decode().split("\0") if name and not name.startswith(VENDORED)]
    assert len(files) > 100
    guilty = [name for name in files if (REPOSITORY / name).is_file() and is_guilty(REPOSITORY / name)]
    assert guilty == []


def is_guilty(file: Path) -> bool:
    content = file.read_bytes()
    return b"\0" not in content and MACHINE_PATH.search(content) is not None
