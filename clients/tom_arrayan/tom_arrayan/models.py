"""What the plug-in keeps in the TOM's database: how far each stream was followed."""

from django.db import models


class StreamPosition(models.Model):
    """The last event of a stream that was dealt with. It moves in the transaction of what was done about it."""

    name = models.CharField(max_length=200, unique=True, help_text="The stream, as the settings call it.")
    event_id = models.CharField(max_length=200, help_text="The last event that was dealt with.")
    skipped = models.PositiveIntegerField(default=0, help_text="Events that the handler failed at, time and again.")
    moved = models.DateTimeField(auto_now=True, help_text="When it last moved.")

    def __str__(self) -> str:
        return f"{self.name}: {self.event_id}"
