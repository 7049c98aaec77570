"""`manage.py updatearrayan`: new points for targets, for a cron job."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tom_dataproducts.models import PhotometryReducedDatum
from tom_targets.models import Target

from tom_arrayan.data_service import ArrayanDataService
from tom_arrayan.endpoint import SERVICE
from tom_arrayan.errors import ArrayanError


class Command(BaseCommand):
    """Asks no other service, so that none can end it."""

    help = "Gives new points of Arrayán to the targets that have some, or to those that are named."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Names, or none."""
        parser.add_argument(
            "names", nargs="*", help="targets, by name; all that have points of Arrayán without any"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """One target after another; what could not be updated is said, and the rest goes on."""
        del args
        failed = 0
        for target in _targets(options["names"]):
            try:
                points = self._update(target)
            except ArrayanError as error:
                failed += 1
                self.stderr.write(f"{target.name}: {error}")
            else:
                self.stdout.write(f"{target.name}: {points} points added or mended")
        if failed:
            raise CommandError(f"{failed} targets could not be updated")

    def _update(self, target: Any) -> int:
        service = ArrayanDataService()
        data = service.query_reduced_data(target)
        points = service.to_reduced_datums(target, data)
        service.to_aliases(target, service.query_aliases(target=target))
        return len(points)


def _targets(names: list[str]) -> Any:
    if not names:
        having = PhotometryReducedDatum.objects.filter(source_name=SERVICE).values("target")
        return Target.objects.filter(pk__in=having).order_by("name")
    found = Target.objects.filter(name__in=names).order_by("name")
    missing = set(names) - {target.name for target in found}
    if missing:
        raise CommandError(f"there is no target of the name {sorted(missing)[0]}")
    return found
