"""Colour tokens: OKLCH in, hex out, contrast asserted.

`python docs/design/tokens.py` rewrites static/css/tokens.css. Browsers of the floor (UI: Chromium 99) know no oklch(), so the file ships hex.
"""

import math
from pathlib import Path

TARGET = Path(__file__).resolve().parents[2] / "static/css/tokens.css"

LIGHT = {
    "canvas": (97.3, 0.0055, 200),
    "surface": (100, 0, 0),
    "sunken": (95.2, 0.008, 200),
    "raised": (100, 0, 0),
    "line": (90.2, 0.009, 205),
    "line_strong": (80.5, 0.013, 208),
    "field": (60, 0.02, 212),
    "ink": (24.5, 0.022, 225),
    "ink_2": (41, 0.02, 222),
    "ink_3": (51, 0.018, 218),
    "brand": (39, 0.072, 212),
    "brand_hover": (32, 0.066, 214),
    "brand_ink": (41, 0.08, 214),
    "brand_soft": (94.6, 0.02, 205),
    "on_brand": (99, 0.003, 200),
    "jade": (46, 0.095, 166),
    "jade_soft": (95, 0.032, 168),
    "jade_line": (82, 0.06, 167),
    "cinnabar": (50.5, 0.178, 30),
    "cinnabar_soft": (96, 0.018, 32),
    "cinnabar_line": (84, 0.075, 32),
    "ochre": (49.5, 0.1, 68),
    "ochre_soft": (96.4, 0.04, 88),
    "ochre_line": (85, 0.09, 84),
    "azure": (47, 0.115, 252),
    "azure_soft": (95.6, 0.02, 250),
    "azure_line": (84, 0.06, 250),
    "give": (62, 0.085, 64),
    "give_soft": (96, 0.016, 70),
    "get": (52, 0.075, 205),
    "mute": (85, 0.01, 205),
    "hover": (97.6, 0.004, 200),
    "brand_line": (79, 0.035, 207),
}
DARK = {
    "canvas": (19.5, 0.014, 225),
    "surface": (23.5, 0.016, 224),
    "sunken": (17, 0.013, 226),
    "raised": (27.5, 0.018, 224),
    "line": (32, 0.018, 222),
    "line_strong": (42, 0.02, 220),
    "field": (60, 0.02, 216),
    "ink": (95, 0.006, 205),
    "ink_2": (81, 0.012, 210),
    "ink_3": (70, 0.014, 212),
    "brand": (74, 0.09, 200),
    "brand_hover": (80, 0.085, 200),
    "brand_ink": (80, 0.085, 200),
    "brand_soft": (30, 0.035, 212),
    "on_brand": (18, 0.02, 225),
    "jade": (79, 0.11, 166),
    "jade_soft": (29, 0.04, 168),
    "jade_line": (44, 0.06, 167),
    "cinnabar": (75, 0.13, 33),
    "cinnabar_soft": (29, 0.05, 30),
    "cinnabar_line": (47, 0.1, 31),
    "ochre": (82, 0.11, 82),
    "ochre_soft": (29.5, 0.035, 80),
    "ochre_line": (47, 0.06, 80),
    "azure": (79, 0.09, 250),
    "azure_soft": (29, 0.04, 252),
    "azure_line": (46, 0.07, 252),
    "give": (74, 0.085, 68),
    "give_soft": (30, 0.025, 66),
    "get": (70, 0.075, 203),
    "mute": (38, 0.014, 220),
    "hover": (21.5, 0.015, 224),
    "brand_line": (45, 0.04, 208),
}

TEXT, SHAPE = 4.5, 3.0  # WCAG 2.2 AA: 1.4.3 and 1.4.11
_TONES = ("jade", "cinnabar", "ochre", "azure")
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink_2", "ink_3", "brand_ink", *_TONES) for ground in ("surface", "canvas", "sunken")),
    *((tone, f"{tone}_soft", TEXT) for tone in _TONES),
    *((ink, f"{tone}_soft", TEXT) for tone in _TONES for ink in ("ink", "ink_2")),
    *(("on_brand", ground, TEXT) for ground in ("brand", "brand_hover")),
    *((ink, "brand_soft", TEXT) for ink in ("brand_ink", "ink", "ink_2")),
    ("ink", "give_soft", TEXT),
    ("ink_2", "hover", TEXT),
    ("ink_3", "hover", TEXT),
    ("surface", "jade", TEXT),
    ("surface", "ink", TEXT),
    *((shape, "surface", SHAPE) for shape in ("field", "give", "get", "jade", "brand")),
]


def hex_of(lightness: float, chroma: float, hue: float) -> str:
    """The sRGB hex of an OKLCH colour (lightness in percent), clipped to gamut."""
    light = lightness / 100
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    l_ = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )
    return "#" + "".join(f"{round(_gamma(min(1, max(0, c))) * 255):02x}" for c in linear)


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two hex colours."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def hexes(theme: dict) -> dict[str, str]:
    return {name: hex_of(*value) for name, value in theme.items()}


def too_low() -> list[tuple[str, str, str, float]]:
    """Every (theme, ink, ground, ratio) below its floor; empty when the tokens are sound."""
    return [
        (theme_name, ink, ground, round(ratio, 2))
        for theme_name, theme in (("light", hexes(LIGHT)), ("dark", hexes(DARK)))
        for ink, ground, floor in PAIRS
        if (ratio := contrast(theme[ink], theme[ground])) < floor
    ]


def css() -> str:
    """The text of tokens.css: light, dark by system preference, and either by `data-theme`."""

    def block(theme: dict) -> str:
        return "".join(f"  --{name.replace('_', '-')}: {value};\n" for name, value in hexes(theme).items())

    light = "  color-scheme: light;\n" + block(LIGHT)
    dark = "  color-scheme: dark;\n" + block(DARK)
    return (
        "/* Written by docs/design/tokens.py: change it there. */\n"
        "@layer reset, tokens, base, layout, components, pages, utilities, print;\n"
        f"@layer tokens {{\n:root {{\n{light}}}\n"
        "@media screen and (prefers-color-scheme: dark) {\n"
        f':root:not([data-theme="light"]) {{\n{dark}}}\n}}\n'
        f'@media screen {{\n:root[data-theme="dark"] {{\n{dark}}}\n}}\n}}\n'
    )


if __name__ == "__main__":
    assert not too_low(), too_low()
    TARGET.write_text(css(), encoding="utf-8")
