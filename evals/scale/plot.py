"""How the times grow, drawn as SVG: both axes logarithmic, a line for each audience."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 720, 420, 70, 60, 40, 120
_LOWEST_MS, _HIGHEST_MS = 1.0, 1000.0
_COLOURS = ("#7a869a", "#2f6fab", "#1d8a5f", "#b3541e")


def plot(sizes: Mapping[str, Mapping[str, Any]]) -> str:
    """p95 of a search with its embedding, by number of chunks and audience, with the bars of 50 and 80 ms."""
    chunks = sorted(int(size) for size in sizes)
    audiences: Sequence[str] = list(sizes[str(chunks[0])]["audiences"])
    lines = [_frame(chunks), *(_bar(limit) for limit in (50.0, 80.0))]
    for audience, colour in zip(audiences, _COLOURS, strict=False):
        times = [float(sizes[str(size)]["audiences"][audience]["with_embedding"]["p95_ms"]) for size in chunks]
        points = [(_x(size, chunks), _y(time)) for size, time in zip(chunks, times, strict=True)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        row = _TOP + 18 * audiences.index(audience) + 12
        lines.append(_text(_WIDTH - _RIGHT + 14, row, f"{audience} readable", "start", colour))
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="sans-serif" font-size="12">'
    title = "<title>95th percentile of a search with its embedding, by chunks of the tenant</title>"
    return "\n".join([head, title, '<rect width="100%" height="100%" fill="#fff"/>', *lines, "</svg>\n"])


def _frame(chunks: Sequence[int]) -> str:
    parts = [_text(_LEFT, 22, "p95 of a search with its embedding, ms", "start", "#222")]
    for exponent in range(round(math.log10(_LOWEST_MS)), round(math.log10(_HIGHEST_MS)) + 1):
        y = _y(10.0**exponent)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#e3e3e3"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{10**exponent:,}", "end", "#222"))
    parts += [_text(_x(size, chunks), _HEIGHT - _BOTTOM + 22, f"{size:,}", "middle", "#222") for size in chunks]
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 14, "chunks of the tenant", "middle", "#222"))
    return "\n".join(parts)


def _bar(limit: float) -> str:
    y = _y(limit)
    line = f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#c33" stroke-dasharray="5 4"/>'
    return line + _text(_LEFT + 6, y - 4, f"{limit:.0f} ms", "start", "#c33")


def _x(size: int, chunks: Sequence[int]) -> float:
    low, high = math.log10(min(chunks)), math.log10(max(chunks))
    share = (math.log10(size) - low) / (high - low) if high > low else 0.5
    return _LEFT + 30 + share * (_WIDTH - _RIGHT - _LEFT - 60)


def _y(time: float) -> float:
    low, high = math.log10(_LOWEST_MS), math.log10(_HIGHEST_MS)
    share = (math.log10(min(max(time, _LOWEST_MS), _HIGHEST_MS)) - low) / (high - low)
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
