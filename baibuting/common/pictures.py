"""Photos as they are stored: decoded only when they are small enough, re-encoded without any metadata."""

from __future__ import annotations

import warnings
from io import BytesIO

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps

LARGEST_PHOTO = 12 * 1024 * 1024  # bytes as sent
MOST_PIXELS = 50_000_000  # of a photo as sent; its size is read before anything is decoded
PHOTO_SIDE = 1600  # pixels kept
PHOTO_QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
TOO_MANY_PIXELS = "照片的像素太多，没有保存。请用手机的普通模式再拍一张。"
UNREADABLE = "这张照片打不开，没有保存。请换一张，或告诉社区办。"


def redrawn(data: bytes) -> bytes:
    """Return a JPEG of at most 1600 pixels a side, upright, without EXIF, place, comments or thumbnail.

    Raises ValidationError for what is no picture, is larger than 12 MB, or claims more than 50 million pixels: the
    size in its header is read before any pixel is decoded.
    """
    if len(data) > LARGEST_PHOTO:
        raise ValidationError(f"照片超过 {LARGEST_PHOTO // 1024 // 1024} MB，没有保存。请拍小一点再发。")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise ValidationError(TOO_MANY_PIXELS)
                return _bare_jpeg(picture)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise ValidationError(TOO_MANY_PIXELS) from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ValidationError(UNREADABLE) from error


def _bare_jpeg(picture: Image.Image) -> bytes:
    picture.draft("RGB", (PHOTO_SIDE, PHOTO_SIDE))  # a JPEG is decoded at a fraction of its size
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
    # a new image: no metadata of the old one is copied
    bare = Image.new("RGB", upright.size, "white")
    mask = upright.convert("RGBA") if upright.mode in ("RGBA", "LA", "P") else None
    bare.paste(upright.convert("RGB"), mask=mask)
    kept = BytesIO()
    bare.save(kept, "JPEG", quality=PHOTO_QUALITY, optimize=True)
    return kept.getvalue()
