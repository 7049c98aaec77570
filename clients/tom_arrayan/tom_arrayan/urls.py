"""Addresses of the plug-in."""

from django.urls import path

from tom_arrayan.views import stamp, target

app_name = "tom_arrayan"
urlpatterns = [
    path("targets/<int:pk>/", target, name="target"),
    path("stamps/<slug:survey>/<int:candid>/<slug:kind>.png", stamp, name="stamp"),
]
