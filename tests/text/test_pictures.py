"""Pictures say what their codes and words say; they are measured before they are unpacked."""

from io import BytesIO

import pytest
from hostile_world import qr, white_png
from PIL import Image, ImageDraw, ImageFont

from whence.errors import InputError
from whence.text import Checker, checked_given
from whence.text.pictures import MOST_BYTES, has_reader, is_picture, read_picture

FONT = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"


def as_bytes(picture: Image.Image, form: str) -> bytes:
    out = BytesIO()
    picture.save(out, form)
    return out.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_code_is_read_from_every_kind_of_picture(form: str) -> None:
    raw = as_bytes(Image.open(BytesIO(qr("https://a.example/退款"))).convert("RGB"), form)
    assert is_picture(raw)
    assert read_picture(raw, name="x", words=False).codes == ("https://a.example/退款",)


def test_a_code_on_a_clear_ground_and_one_turned_are_read() -> None:
    code = Image.open(BytesIO(qr("hello"))).convert("L")
    clear = Image.new("RGBA", code.size, (0, 0, 0, 0))
    clear.paste((0, 0, 0, 255), mask=code.point(lambda level: 255 - level))
    turned = code.rotate(30, expand=True, fillcolor=255)
    for picture in (clear, turned):
        assert read_picture(as_bytes(picture, "PNG"), name="x", words=False).codes == ("hello",)


@pytest.mark.parametrize("raw", [b"", b"hello", b"RIFF1234WAVE", "验证码".encode()])
def test_what_is_no_picture_is_not_taken_for_one(raw: bytes) -> None:
    assert not is_picture(raw)


@pytest.mark.parametrize(
    ("raw", "phrase"),
    [
        (white_png(5_000), "text.picture-large"),
        (white_png(2_000)[:3_000], "text.picture-damaged"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * MOST_BYTES, "text.picture-heavy"),
    ],
    ids=["too large", "broken off", "too heavy"],
)
def test_what_does_not_fit_is_refused(raw: bytes, phrase: str) -> None:
    with pytest.raises(InputError) as refused:
        read_picture(raw, name="x.png", words=False)
    assert refused.value.phrase == phrase
    assert "x.png" in refused.value.text("zh")


@pytest.mark.skipif(not has_reader(), reason="the extra ocr is not installed")
def test_the_words_of_a_screenshot_are_read_and_checked() -> None:
    try:
        font = ImageFont.truetype(FONT, 32)
    except OSError:
        pytest.skip("no CJK font to draw a screenshot with")
    picture = Image.new("RGB", (900, 200), "white")
    draw = ImageDraw.Draw(picture)
    for n, line in enumerate(["您好，我是淘宝客服，给您退款", "请把手机收到的验证码告诉我"]):
        draw.text((10, 10 + 70 * n), line, font=font, fill="black")
    done = checked_given(Checker(), as_bytes(picture, "PNG"), name="x")
    assert done.picture is not None
    assert done.picture.text is not None
    assert done.check.level == "fraud"
    (sign,) = (sign for sign in done.check.asks if sign.name == "read out the SMS code")
    assert done.picture.text[sign.start : sign.end] == sign.quote
