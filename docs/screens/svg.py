"""Draws a captured terminal (`tmux capture-pane -e -p` on standard input) as SVG."""

import html
import re
import sys

BASIC = ["#1d1f21", "#cc6666", "#8fae5d", "#d7a858", "#6f9fcf", "#b294bb", "#72b5b0", "#c5c8c6"]
BRIGHT = ["#767a7d", "#e08080", "#b5bd68", "#f0c674", "#81a2be", "#c9a9d3", "#8abeb7", "#ffffff"]
WIDTH, HEIGHT, TOP = 8.4, 18, 14


def colour(code):
    if code < 8:
        return BASIC[code]
    if code < 16:
        return BRIGHT[code - 8]
    if code < 232:
        code -= 16
        steps = [0, 95, 135, 175, 215, 255]
        return "#%02x%02x%02x" % (steps[code // 36], steps[code // 6 % 6], steps[code % 6])
    grey = 8 + 10 * (code - 232)
    return "#%02x%02x%02x" % (grey, grey, grey)


def fresh():
    return {"fg": None, "bg": None, "bold": False, "under": False, "turned": False}


def change(style, codes):
    codes = [int(c or 0) for c in codes.split(";")] if codes else [0]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = fresh()
        elif code == 1:
            style["bold"] = True
        elif code == 4:
            style["under"] = True
        elif code == 7:
            style["turned"] = True
        elif code in (22, 24, 27):
            style[{22: "bold", 24: "under", 27: "turned"}[code]] = False
        elif 30 <= code < 38 or 90 <= code < 98:
            style["fg"] = colour(code - 30 if code < 90 else code - 82)
        elif 40 <= code < 48 or 100 <= code < 108:
            style["bg"] = colour(code - 40 if code < 100 else code - 92)
        elif code in (38, 48) and codes:
            kind = codes.pop(0)
            value = colour(codes.pop(0)) if kind == 5 else "#%02x%02x%02x" % tuple(codes[:3])
            if kind == 2:
                codes = codes[3:]
            style["fg" if code == 38 else "bg"] = value
        elif code in (39, 49):
            style["fg" if code == 39 else "bg"] = None
    return style


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    shapes, texts, columns = [], [], 0
    style = fresh()
    for row, line in enumerate(lines):
        column = 0
        for part in re.split(r"(\x1b\[[0-9;:]*m)", line):
            escape = re.fullmatch(r"\x1b\[([0-9;:]*)m", part)
            if escape:
                style = change(dict(style), escape.group(1).replace(":", ";"))
                continue
            part = re.sub(r"\x1b.", "", part)
            if not part:
                continue
            front, back = style["fg"] or "#d0d0d0", style["bg"]
            if style["turned"]:
                front, back = back or "#262626", front
            x, y = column * WIDTH + 8, row * HEIGHT + 8
            if back:
                shapes.append(f'<rect x="{x:.1f}" y="{y}" width="{len(part) * WIDTH:.1f}" height="{HEIGHT}" fill="{back}"/>')
            if part.strip():
                more = (' font-weight="bold"' if style["bold"] else "") + (
                    ' text-decoration="underline"' if style["under"] else "")
                texts.append(f'<text x="{x:.1f}" y="{y + TOP}" textLength="{len(part) * WIDTH:.1f}" fill="{front}"{more}>{html.escape(part)}</text>')
            column += len(part)
        columns = max(columns, column)
    width, height = columns * WIDTH + 16, len(lines) * HEIGHT + 16
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" '
          'font-family="ui-monospace, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="14" xml:space="preserve">')
    print(f'<rect width="100%" height="100%" rx="6" fill="#262626"/>')
    print("\n".join(shapes + texts))
    print("</svg>")


main()
