"""The table of the positions of streams."""

from typing import Any, ClassVar

from django.db import migrations, models

KEY = {"auto_created": True, "primary_key": True, "serialize": False, "verbose_name": "ID"}
SKIPPED = "Events that the handler failed at, time and again."


class Migration(migrations.Migration):
    """As Django wrote it."""

    initial = True
    dependencies: ClassVar[list[Any]] = []
    operations: ClassVar[list[Any]] = [
        migrations.CreateModel(
            name="StreamPosition",
            fields=[
                ("id", models.BigAutoField(**KEY)),
                (
                    "name",
                    models.CharField(help_text="The stream, as the settings call it.", max_length=200, unique=True),
                ),
                ("event_id", models.CharField(help_text="The last event that was dealt with.", max_length=200)),
                ("skipped", models.PositiveIntegerField(default=0, help_text=SKIPPED)),
                ("moved", models.DateTimeField(auto_now=True, help_text="When it last moved.")),
            ],
        ),
    ]
