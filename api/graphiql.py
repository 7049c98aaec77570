"""GraphiQL in the browser, with the worked queries of the manual, and nothing fetched from another host."""

import json
from collections.abc import Sequence
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from api.static_files import ASK_AGAIN, FOLDER, VersionedFiles, static_address
from api.worked_queries import WorkedQuery

TITLE = "Arrayán"
STATIC_FILES = FOLDER / "graphiql"
STYLES = ("graphiql.min.css", "plugin-explorer.css", "page.css")
SCRIPTS = (
    "react.production.min.js",
    "react-dom.production.min.js",
    "graphiql.min.js",
    "plugin-explorer.umd.js",
    "worked_queries.js",
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


def graphiql_routes(queries: Sequence[WorkedQuery]) -> list[BaseRoute]:
    """The page at `/graphiql` and its files below `/static/graphiql`; it asks `/graphql` on the same host."""
    page = graphiql_page(queries)
    headers = {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": ASK_AGAIN}

    async def graphiql(_request: Request) -> Response:
        return HTMLResponse(page, headers=headers)

    return [
        Route("/graphiql", graphiql, name="graphiql"),
        Mount("/static/graphiql", VersionedFiles(directory=STATIC_FILES), name="graphiql_files"),
    ]


def graphiql_page(queries: Sequence[WorkedQuery]) -> str:
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
<script type="application/json" id="worked-queries">{_script_json(queries)}</script>
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


def _script_json(queries: Sequence[WorkedQuery]) -> str:
    """JSON that cannot end the script element it stands in."""
    told = [
        {"name": one.name, "question": one.question, "query": one.query, "variables": one.variables}
        for one in queries
    ]
    text = json.dumps(told)
    return text.replace("<", "\\u003c")


def _address(name: str) -> str:
    return static_address(f"graphiql/{name}")
