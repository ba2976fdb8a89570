"""What an opponent hands in: too long, too large, packed, nested, broken, turned around."""

import base64
import json
import struct
import zlib
from collections.abc import Callable
from functools import partial
from io import BytesIO


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def white_png(side: int, *, depth: int = 8, text: bytes = b"") -> bytes:
    """Return a white square picture; all rows are alike, so that a large one packs well."""
    row = b"\0" + b"\xff" * ((side * depth + 7) // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, depth, 0, 0, 0, 0)
    extra = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(text, 9)) if text else b""
    parts = _chunk(b"IHDR", head) + extra + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def qr(text: str, scale: int = 4) -> bytes:
    import zxingcpp  # noqa: PLC0415  only pictures need it
    from PIL import Image  # noqa: PLC0415

    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=scale)
    out = BytesIO()
    Image.fromarray(code).save(out, "PNG")
    return out.getvalue()


def many_codes(n: int = 144) -> bytes:
    """Return a picture full of codes, each of which holds the beginning of a further picture."""
    from PIL import Image  # noqa: PLC0415  only pictures need it

    inner = base64.b64encode(qr("http://taobao-kefu.example/", 1)).decode()
    tile = Image.open(BytesIO(qr(f"data:image/png;base64,{inner}"[:600], 2)))
    side = int(n**0.5)
    sheet = Image.new("L", (tile.width * side, tile.height * side), 255)
    for k in range(side * side):
        sheet.paste(tile, (k % side * tile.width, k // side * tile.height))
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()


def animated_gif(frames: int = 2_000) -> bytes:
    """Return a small file of many frames: only the first is looked at."""
    head = b"GIF89a" + struct.pack("<HHBBB", 2_000, 2_000, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def every_character() -> bytes:
    return "".join(chr(n) for n in range(1, 0x18000) if not 0xD800 <= n < 0xE000).encode()


def turned_around() -> bytes:
    return "\u202eihcmoc.oaboat\u202c \u2066请把\u2069验\u200b证\u200b码告诉我".encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    "a text of 10 MB": partial(str.encode, "请把验证码告诉我，把钱转到安全账户。" * 200_000),
    "the longest text that is checked": partial(str.encode, "请把验证码告诉我，点" * 10_000),
    "one word 50,000 times": partial(str.encode, "转账" * 50_000),
    "spaces between all characters": partial(str.encode, "请 把 验 证 码 告 诉 我 " * 6_000),
    "4,000 links": partial(str.encode, "http://taobao-kefu.top/a " * 4_000),
    "one figure 100,000 times": partial(str.encode, "1" * 100_000),
    "a link without an end": partial(str.encode, "http://" + "a." * 49_000),
    "a chat of 10,000 lines": partial(str.encode, "客服：请把验证码告诉我\n我：好\n" * 5_000),
    "every character there is": every_character,
    "invalid UTF-8": partial(bytes, b"\xff\xfe\xfa" + bytes(range(256)) * 100),
    "a text turned around": turned_around,
    "a code of codes": many_codes,
    "a picture of 100 megapixels": partial(white_png, 10_000),
    "the largest picture that is unpacked": partial(white_png, 4_000),
    "a decompression bomb": partial(white_png, 60_000, depth=1),
    "a comment of 50 MB, packed": partial(white_png, 16, text=b"a" * 50_000_000),
    "a picture that breaks off": lambda: white_png(2_000)[:3_000],
    "an animation of 2,000 frames": animated_gif,
}
HOSTILE_LINES: dict[str, Callable[[], bytes]] = {
    "a line of 10 MB": lambda: json.dumps({"id": 1, "text": "转" * 3_500_000}).encode(),
    "a nest of 100,000 brackets": partial(bytes, b"[" * 100_000),
    "30,000 turns": lambda: json.dumps({"turns": [{"by": "a", "text": "b"}] * 30_000}).encode(),
}
