"""Turning answers into HTML."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.pages import formats
from api.pages.asking import Question
from api.static_files import ASK_AGAIN, static_address

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the plotting library places its parts by inline styles
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cache-Control": ASK_AGAIN,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
FRAGMENT_HEADER = "HX-Request"


def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("api.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for name in (
        *("number", "significant", "count", "yes_or_no", "percent", "mjd", "utc", "moment", "degrees"),
        *("hms", "galactic_of", "ecliptic_of", "duration", "band_symbol", "pairs"),
    ):
        found.filters[name] = getattr(formats, name)
    found.filters["script_json"] = _script_json
    return found


def _script_json(value: object) -> Markup:
    """JSON that cannot end the script element it stands in."""
    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))  # noqa: S704


_ENVIRONMENT = _environment()


def render(
    request: Request,
    template: str,
    *,
    question: Question | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    image_host: str | None = None,
    **values: Any,
) -> Response:
    """A page, or a fragment of one, from its template. `question` is what "Show query" opens; `image_host` is the
    one server elsewhere that the page may load pictures from."""
    root = request.scope.get("root_path", "").rstrip("/")
    text = _ENVIRONMENT.get_template(template).render(
        root=root,
        path=request.url.path.removeprefix(root),
        static=lambda name: f"{root}/{static_address(name)}",
        show_query=None if question is None else show_query_address(root, question),
        as_json=None if question is None else json_address(root, question),
        is_fragment=request.headers.get(FRAGMENT_HEADER) == "true",
        **values,
    )
    sent = {**HEADERS, **(headers or {})}
    if image_host is not None:
        sent["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace("img-src", f"img-src {image_host}")
    return HTMLResponse(text, status_code=status, headers=sent)


def render_svg(template: str, file_name: str, **values: Any) -> Response:
    """A picture as a file of its own."""
    text = _ENVIRONMENT.get_template(template).render(**values)
    headers = {
        **HEADERS,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        "Content-Disposition": f'inline; filename="{quote(file_name)}"',
    }
    return Response(text, media_type="image/svg+xml", headers=headers)


def json_address(root: str, question: Question) -> str:
    """Where the answer to a question is as JSON."""
    asked = {"query": question.document, "variables": json.dumps(question.variables)}
    return f"{root}/graphql?{urlencode(asked, quote_via=quote)}"


def show_query_address(root: str, question: Question) -> str:
    """Where GraphiQL opens with a question. Behind the `#`, it is never sent to a server."""
    asked = {"query": question.document, "variables": json.dumps(question.variables, indent=2)}
    return f"{root}/graphiql#{urlencode(asked, quote_via=quote)}"
