"""A name resolver that answers in the form of CDS's Sesame, and knows one name."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

KNOWN = """# M 31\t#Q1
#=S=Simbad (via url):    1
%@ 1575544
%C.0 AGN
%J 10.68470833 +41.26875000 = 00:42:44.33 +41:16:07.5
%I.0 M 31
#====Done (2026-Nov-26,12:00:00z)====
"""
UNKNOWN = """# {name}\t#Q1
#!S=Simbad (via url): *** Nothing found ***
#====Done====
"""


async def _answer(request: Request) -> Response:
    name = request.url.query.replace("%20", " ")
    return PlainTextResponse(KNOWN if name == "M 31" else UNKNOWN.format(name=name))


SESAME = Starlette(routes=[Route("/sesame", _answer)])
