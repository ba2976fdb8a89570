"""What a picture says: the codes in it, and its words where the optional reader is installed.

A picture is measured before it is unpacked, and refused where it would not fit. What a code says
is text: it is never opened, so a code within a code leads nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from whence.errors import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES: Final = 20_000_000  # of a picture file; a telephone's photograph has 3 to 12 MB
MOST_PIXELS: Final = 16_000_000  # 64 MB unpacked with transparency; a screenshot has 2 to 5 million
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_SIDE: Final = 2_000  # pixels of the longer side in which codes and words are looked for
_MOST_CODES: Final = 16
_LONGEST_CODE: Final = 4_296  # letters that the largest QR code holds, ISO/IEC 18004
_BEGINNINGS: Final = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What was read out of a picture; ``text`` is None where no reader of words is installed."""

    codes: tuple[str, ...]
    text: str | None


def is_picture(raw: bytes) -> bool:
    """Return whether bytes begin like a picture of a kind that is read."""
    if raw[:4] == b"RIFF":
        return raw[8:12] == b"WEBP"
    return raw.startswith(_BEGINNINGS)


def read_picture(raw: bytes, *, name: str, words: bool = True) -> Picture:
    """Return what a picture's codes and words say.

    Raises InputError for a picture that is too large, damaged, or of another kind.
    """
    if len(raw) > MOST_BYTES:
        raise InputError("text.picture-heavy", file=name, most=MOST_BYTES // 1_000_000)
    picture = _opened(raw, name)
    return Picture(
        codes=tuple(_codes(picture)), text=_words(picture) if words and has_reader() else None
    )


def _opened(raw: bytes, name: str) -> "Image":
    """Return the first frame in grey, no larger than needed; its size is looked at first."""
    from PIL import Image, ImageFile  # noqa: PLC0415  for pictures only

    try:
        Image.MAX_IMAGE_PIXELS = None  # the limit is ours, below, and lower
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        with Image.open(BytesIO(raw), formats=_FORMATS) as picture:
            # A JPEG can be unpacked at a half, a quarter, an eighth of its size.
            picture.draft("L", (_SIDE, _SIDE))
            _verify_size(picture, name)
            grey = _grey(picture)
            grey.thumbnail((_SIDE, _SIDE))
            return grey
    except InputError:
        raise
    except Exception as error:  # every damaged file has its own way to fail
        raise InputError("text.picture-damaged", file=name) from error


def _verify_size(picture: "Image", name: str) -> None:
    pixels = picture.size[0] * picture.size[1]
    if pixels > MOST_PIXELS:
        million = 1_000_000
        facts = {"pixels": pixels // million, "most": MOST_PIXELS // million}
        raise InputError("text.picture-large", file=name, hint=None, **facts)


def _grey(picture: "Image") -> "Image":
    """Return a picture in grey; what is transparent is white, as a screen shows it."""
    from PIL import Image  # noqa: PLC0415

    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        shown = picture.convert("LA")
        grey = Image.new("L", shown.size, 255)
        grey.paste(shown.getchannel("L"), mask=shown.getchannel("A"))
        return grey
    return picture.convert("L")


def _codes(picture: "Image") -> Iterable[str]:
    import zxingcpp  # noqa: PLC0415  for pictures only

    square = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.AllMatrix)
    found = zxingcpp.read_barcodes(picture, formats=square)
    return list(
        dict.fromkeys(code.text[:_LONGEST_CODE] for code in found[:_MOST_CODES] if code.text)
    )


def has_reader() -> bool:
    """Return whether the extra `ocr` is installed; nothing is loaded to find out."""
    from importlib.util import find_spec  # noqa: PLC0415

    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def _words(picture: "Image") -> str:
    """Return the lines of a picture, read on this machine by models in the package."""
    import numpy as np  # noqa: PLC0415

    found = _reader()(np.asarray(picture.convert("RGB")))
    return "\n".join(found.txts or ())


@cache
def _reader() -> Any:  # noqa: ANN401  the library has no types
    from rapidocr import RapidOCR  # noqa: PLC0415  for pictures with words only

    return RapidOCR(params={"Global.log_level": "critical"})
