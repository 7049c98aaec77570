"""Does in a TOM what a person does in its pages: a list of steps in, a line of JSON for each step out.

python drive.py '[["form"], ["search", {"names": "ZTF26abc"}], ...]', in the folder of the TOM.
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path.cwd()))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mytom.settings")
SERVICE = "Arrayan"


class Browser:
    """A person at the pages of the TOM."""

    def __init__(self):
        from django.contrib.auth import get_user_model
        from django.test import Client

        self.client = Client()
        self.client.force_login(get_user_model().objects.get(username="pi"))

    def services(self):
        """Names in the list of data services."""
        return self._told(self.client.get("/tom_dataservices/query/list/"), mentions=SERVICE)

    def form(self):
        """What the form has and says."""
        answer = self.client.get(f"/tom_dataservices/query/create/?{urlencode({'data_service': SERVICE})}")
        form = answer.context["form"]
        choices = getattr(form.fields["classification"], "choices", None)
        return {
            "status": answer.status_code,
            "fields": sorted(form.fields),
            "notice": form.notice,
            "is_shown": form.notice in answer.content.decode(),
            "classes": choices and [[name, [value for value, _ in of]] for name, of in list(choices)[1:]],
        }

    def search(self, fields):
        """Fill in the form and press the button; the rows, or what the page says is wrong."""
        answer = self.client.post(
            "/tom_dataservices/query/create/", {"data_service": SERVICE, **fields}, follow=True
        )
        if "results" not in answer.context:
            return {"status": answer.status_code, "errors": answer.context["form"].errors}
        text = answer.content.decode()
        rows = answer.context["results"]
        assert all(row["name"] in text for row in rows)
        return {"status": answer.status_code, "rows": rows, "feedback": answer.context["query_feedback"]}

    def run_saved(self, pk):
        """Run a saved query on its page."""
        answer = self.client.get(f"/tom_dataservices/query/{pk}/run/")
        return {"status": answer.status_code, "rows": answer.context["results"]}

    def create(self, indexes):
        """Make targets of some rows of the last search."""
        sent = {"query_id": "", "data_service": SERVICE, "selected_results": indexes}
        return self._told(self.client.post("/tom_dataservices/query/create_targets/", sent, follow=True))

    def update(self, name):
        """Press `Update Reduced Data` on the page of a target."""
        sent = {"target": _target(name).pk, "data_service": SERVICE}
        return self._told(self.client.post("/tom_dataservices/query/update_data/", sent, follow=True))

    def page(self, name, tab="arrayan"):
        """The page of a target with its tab."""
        target = _target(name)
        page = self.client.get(f"/targets/{target.pk}/?tab={tab}")
        part = self.client.get(f"/arrayan/targets/{target.pk}/")
        return {
            "status": page.status_code,
            "has_tab": f"/arrayan/targets/{target.pk}/" in page.content.decode(),
            "tab_status": part.status_code,
            "tab": part.content.decode(),
        }

    def get(self, address):
        """Any page."""
        answer = self.client.get(address)
        content = answer.content
        return {"status": answer.status_code, "type": answer["Content-Type"], "begins": content[:8].hex()}

    def strangers(self, name):
        """What somebody who is not logged in gets of the tab of a target."""
        from django.test import Client

        return Client().get(f"/arrayan/targets/{_target(name).pk}/").status_code

    def _told(self, answer, mentions=""):
        told = [str(message) for message in answer.context["messages"]] if answer.context else []
        return {
            "status": answer.status_code,
            "address": answer.request["PATH_INFO"],
            "messages": told,
            "mentions": mentions in answer.content.decode(),
        }


def targets(_browser):
    """Every target: names, place and extras."""
    from tom_targets.models import Target

    return [
        {
            "name": target.name,
            "aliases": sorted(alias.name for alias in target.aliases.all()),
            "ra": target.ra,
            "dec": target.dec,
            "extras": {extra.key: extra.value for extra in target.targetextra_set.all()},
        }
        for target in Target.objects.order_by("name")
    ]


def points(_browser, name):
    """Every point of a target."""
    from tom_dataproducts.models import PhotometryReducedDatum

    return [
        {
            "time": datum.timestamp.isoformat(),
            **{
                field: getattr(datum, field)
                for field in ("bandpass", "brightness", "brightness_error", "limit", "unit", "instrument")
            },
            "source": datum.source_name,
            "value": datum.value,
        }
        for datum in PhotometryReducedDatum.objects.filter(target=_target(name)).order_by("timestamp", "pk")
    ]


def make_target(_browser, name, ra, dec, private=False):
    """A target that came from elsewhere."""
    from tom_targets.models import Target

    permissions = Target.Permissions.PRIVATE if private else Target.Permissions.PUBLIC
    Target(name=name, type="SIDEREAL", ra=ra, dec=dec, permissions=permissions).save()
    return name


def forget(_browser):
    """Empty the TOM's cache."""
    from django.core.cache import cache

    cache.clear()


def saved(_browser):
    """Saved queries."""
    from tom_dataservices.models import DataServiceQuery

    return [[query.pk, query.name, query.parameters] for query in DataServiceQuery.objects.order_by("pk")]


def positions(_browser):
    """How far each stream was followed."""
    from tom_arrayan.models import StreamPosition

    return list(StreamPosition.objects.order_by("name").values("name", "event_id", "skipped"))


def set_position(_browser, name, event_id):
    """Say how far a stream was followed."""
    from tom_arrayan.models import StreamPosition

    StreamPosition.objects.create(name=name, event_id=event_id)


def _target(name):
    from tom_targets.models import Target

    return Target.objects.get(name=name)


def main(steps):
    import django
    from django.test.utils import setup_test_environment

    django.setup()
    setup_test_environment()
    browser = Browser()
    for name, *arguments in steps:
        with contextlib.redirect_stdout(sys.stderr):
            done = getattr(Browser, name, None) or globals()[name]
            result = done(browser, *arguments)
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
