"""Pages of the plug-in: the content of the tab, and stamps for browsers that do not reach the server."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from tom_targets.models import Target
from tom_targets.permissions import targets_for_user

from tom_arrayan.endpoint import configured
from tom_arrayan.errors import ArrayanError
from tom_arrayan.target_tab import KINDS, objects_of

FOR_EVER = "public, max-age=31536000, immutable"
"""An alert never changes."""


def target(request: HttpRequest, pk: int) -> HttpResponse:
    """What Arrayán says of a target, for those who may see it. While the server is away, a sentence says so."""
    shown = get_object_or_404(targets_for_user(request.user, Target.objects.all(), "view_target"), pk=pk)
    try:
        content = {"target": shown, "objects": objects_of(shown)}
    except ArrayanError as error:
        content = {"target": shown, "error": str(error)}
    return render(request, "tom_arrayan/target.html", content)


def stamp(request: HttpRequest, survey: str, candid: int, kind: str) -> HttpResponse:
    """A stamp as PNG, from the server. 404 when it has none."""
    del request
    if kind not in KINDS:
        raise Http404(f"stamps are {', '.join(KINDS)}")
    try:
        answer = configured().file(f"/stamps/{survey}/{candid}/{kind}.png")
    except ArrayanError as error:
        raise Http404(str(error)) from error
    return HttpResponse(answer.content, content_type="image/png", headers={"Cache-Control": FOR_EVER})
