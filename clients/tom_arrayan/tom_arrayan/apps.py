"""What the toolkit learns of this app: its data service, its tab and its addresses."""

from typing import Any

from django.apps import AppConfig
from django.urls import include, path


class ArrayanConfig(AppConfig):
    """Installing the app is enough: the toolkit asks these methods."""

    name = "tom_arrayan"
    verbose_name = "Arrayán"
    default_auto_field = "django.db.models.BigAutoField"

    def data_services(self) -> list[dict[str, str]]:
        """The data service."""
        return [{"class": "tom_arrayan.data_service.ArrayanDataService"}]

    def target_detail_tabs(self) -> list[dict[str, str]]:
        """The tab on the page of a target."""
        return [{"partial": "tom_arrayan/target_tab.html", "label": "Arrayán"}]

    def include_url_paths(self) -> list[Any]:
        """Addresses below `arrayan/`."""
        return [path("arrayan/", include("tom_arrayan.urls", namespace="tom_arrayan"))]
