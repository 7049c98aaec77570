"""Positions of streams in the admin pages, where they may be read and set back."""

from django.contrib import admin

from tom_arrayan.models import StreamPosition


@admin.register(StreamPosition)
class StreamPositionAdmin(admin.ModelAdmin):
    """A list of all streams."""

    list_display = ("name", "event_id", "skipped", "moved")
