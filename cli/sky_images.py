"""The pictures of the sky that the settings name."""

from api.sky_images import SkyImages
from runtime.settings import Settings


def sky_images(settings: Settings) -> SkyImages | None:
    """None when nobody is to be asked."""
    return SkyImages(settings.sky_image_url) if settings.sky_image_url else None
