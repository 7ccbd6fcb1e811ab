"""Draws a pyte screen as a picture, cell by cell. Needs Pillow, and fonts to look right.

DejaVu Sans Mono draws what it has; Chinese comes from the first CJK font that is installed. Without
fonts Pillow's own is used, so that a machine without them still gets a picture.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyte
from PIL import Image, ImageDraw, ImageFont

_CELL_WIDTH, _CELL_HEIGHT, _SIZE = 9, 19, 15
_FOREGROUND, _BACKGROUND = "#e0e0e0", "#121212"
_FONTS = Path("/usr/share/fonts")
_LATIN = ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf")
_CJK = ("wqy-microhei.ttc", "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf", "wqy-zenhei.ttc")
_NAMED = {
    "black": "#000000",
    "red": "#cd3131",
    "green": "#0dbc79",
    "brown": "#e5e510",
    "blue": "#2472c8",
    "magenta": "#bc3fbc",
    "cyan": "#11a8cd",
    "white": "#e5e5e5",
}

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


@cache
def _font(names: tuple[str, ...], size: int) -> _Font:
    for name in names:
        for path in sorted(_FONTS.rglob(name)):
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default()


def _color(name: str, default: str) -> str:
    if name in _NAMED:
        return _NAMED[name]
    return f"#{name}" if re.fullmatch("[0-9a-fA-F]{6}", name) else default


def draw(screen: pyte.Screen) -> Image.Image:
    """The screen as an image, its cursor as an inverted cell."""
    size = screen.columns * _CELL_WIDTH, screen.lines * _CELL_HEIGHT
    image = Image.new("RGB", size, _BACKGROUND)
    canvas = ImageDraw.Draw(image)
    for y in range(screen.lines):
        row = screen.buffer[y]
        for x in range(screen.columns):
            cell = row[x]
            if not cell.data:
                continue
            wide = x + 1 < screen.columns and not row[x + 1].data
            ink, ground = _color(cell.fg, _FOREGROUND), _color(cell.bg, _BACKGROUND)
            at_cursor = not screen.cursor.hidden and (screen.cursor.y, screen.cursor.x) == (y, x)
            if cell.reverse != at_cursor:
                ink, ground = ground, ink
            left, top = x * _CELL_WIDTH, y * _CELL_HEIGHT
            width = _CELL_WIDTH * (2 if wide else 1)
            canvas.rectangle((left, top, left + width - 1, top + _CELL_HEIGHT - 1), fill=ground)
            if cell.data.strip():
                font = (
                    _font(_CJK, 17) if wide else _font(_LATIN[1:] if cell.bold else _LATIN, _SIZE)
                )
                canvas.text((left, top + 1), cell.data, font=font, fill=ink)
            if cell.strikethrough:
                middle = top + _CELL_HEIGHT // 2
                canvas.line((left, middle, left + width - 1, middle), fill=ink)
            if cell.underscore:
                bottom = top + _CELL_HEIGHT - 2
                canvas.line((left, bottom, left + width - 1, bottom), fill=ink)
    return image
