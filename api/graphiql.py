"""GraphiQL in the browser, with worked queries in its tabs and nothing fetched from another host."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from api.static_files import ASK_AGAIN, FOLDER, VersionedFiles, static_address

TITLE = "Arrayán"
STATIC_FILES = FOLDER / "graphiql"
STYLES = ("graphiql.min.css", "plugin-explorer.css", "page.css")
SCRIPTS = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "plugin-explorer.umd.js",
    "start.js",
)
ICON = "icon.svg"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor positions its parts by inline styles
        "font-src 'self' data:",  # fonts and some cursors are inside the stylesheet
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
OPERATION_NAME = re.compile(r"^(?:query|subscription)\s+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """A worked query: one named operation, with a comment that says what question it answers."""

    name: str
    query: str

    @property
    def is_subscription(self) -> bool:
        """Whether it stays open and tells what happens."""
        return re.search(r"^subscription\b", self.query, re.MULTILINE) is not None


def worked_examples() -> list[Example]:
    """The queries that ship with the schema, in the order of their file names."""
    folder = files("graphql_schema") / "examples"
    found = sorted((file for file in folder.iterdir() if file.name.endswith(".graphql")), key=lambda f: f.name)
    return [example_of(file.read_text(encoding="utf-8")) for file in found]


def example_of(query: str) -> Example:
    """A query under the name of its operation. Raises ValueError when it has none."""
    name = OPERATION_NAME.search(query)
    if name is None:
        raise ValueError(f"a worked query must be a named operation: {query[:80]!r}")
    return Example(name[1], query)


def graphiql_routes(examples: Sequence[Example]) -> list[BaseRoute]:
    """The page at `/graphiql` and its files below `/static/graphiql`; it asks `/graphql` on the same host."""
    page = graphiql_page(examples)
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": ASK_AGAIN}

    async def graphiql(_request: Request) -> Response:
        return HTMLResponse(page, headers=headers)

    return [
        Route("/graphiql", graphiql, name="graphiql"),
        Mount("/static/graphiql", VersionedFiles(directory=STATIC_FILES), name="graphiql_files"),
    ]


def graphiql_page(examples: Sequence[Example]) -> str:
    """The page, as HTML. Its addresses are relative, so that it also works below a prefix."""
    styles = "\n".join(f'<link rel="stylesheet" href="{_address(name)}">' for name in STYLES)
    scripts = "\n".join(f'<script defer src="{_address(name)}"></script>' for name in SCRIPTS)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(TITLE)}</title>
<link rel="icon" type="image/svg+xml" href="{_address(ICON)}">
{styles}
<script type="application/json" id="examples">{_script_json(examples)}</script>
{scripts}
</head>
<body>
<div id="graphiql">
<p class="start-message">GraphiQL is loading; it needs JavaScript.
The endpoint itself is at <a href="graphql">graphql</a>.</p>
</div>
</body>
</html>
"""


def _script_json(examples: Sequence[Example]) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps([{"name": example.name, "query": example.query} for example in examples])
    return text.replace("<", "\\u003c")


def _address(name: str) -> str:
    return static_address(f"graphiql/{name}")
