"""How well stated probabilities come true: bins, expected calibration error, and the plot of both as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SIZE, _LEFT, _TOP, _BOTTOM, _RIGHT = 420, 60, 40, 60, 170
_COLOURS = ("#2f6fab", "#b3541e", "#1d8a5f", "#7a869a")


@dataclass(frozen=True, slots=True)
class Bin:
    """Cases with like probabilities: what was said and what came true on average, and their share of all."""

    said: float
    came_true: float
    share: float


def by_mass(
    said: NDArray[np.float64], came_true: NDArray[np.bool_], weight: NDArray[np.float64], bins: int
) -> list[Bin]:
    """Bins of about equal weight, the least probable first; of equal probabilities none is parted from another."""
    order = np.argsort(said, kind="stable")
    middle = np.cumsum(weight[order]) - weight[order] / 2.0
    place = np.minimum((middle / weight.sum() * bins).astype(int), bins - 1)
    values = said[order]
    for at in range(1, len(place)):
        if values[at] == values[at - 1]:
            place[at] = place[at - 1]
    found: list[Bin] = []
    for number in range(bins):
        rows = order[place == number]
        if len(rows):
            part = weight[rows]
            found.append(
                Bin(
                    float(np.average(said[rows], weights=part)),
                    float(np.average(came_true[rows].astype(np.float64), weights=part)),
                    float(part.sum() / weight.sum()),
                )
            )
    return found


def expected_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: by how much what was said differs from what came true, on average."""
    return sum(each.share * abs(each.said - each.came_true) for each in bins)


def plot(sets: Mapping[str, Sequence[Bin]]) -> str:
    """A line for each set; on the diagonal what was said is what came true."""
    width, height = _SIZE + _RIGHT, _SIZE + 20
    lines = [_axes()]
    for (name, bins), colour in zip(sets.items(), _COLOURS, strict=False):
        points = [(_x(each.said), _y(each.came_true)) for each in bins]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        lines.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        lines += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in points]
        row = _TOP + 20 + 20 * list(sets).index(name)
        lines.append(_text(_SIZE + 14, row, f"{name}, error {expected_error(bins):.3f}", "start", colour))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif"'
    title = "<title>How often the passages held the answer, by the evidence that was stated</title>"
    return "\n".join(
        [f'{head} font-size="12">', title, '<rect width="100%" height="100%" fill="#fff"/>', *lines, "</svg>\n"]
    )


def _axes() -> str:
    parts = [_text(_LEFT, 22, "share of cases whose passages held the answer", "start", "#222")]
    for tenth in range(0, 11, 2):
        at = tenth / 10
        parts.append(f'<line x1="{_x(0):.1f}" y1="{_y(at):.1f}" x2="{_x(1):.1f}" y2="{_y(at):.1f}" stroke="#e3e3e3"/>')
        parts.append(_text(_LEFT - 8, _y(at) + 4, f"{at:.1f}", "end", "#222"))
        parts.append(_text(_x(at), _y(0) + 20, f"{at:.1f}", "middle", "#222"))
    parts.append(
        f'<line x1="{_x(0):.1f}" y1="{_y(0):.1f}" x2="{_x(1):.1f}" y2="{_y(1):.1f}" stroke="#999" '
        'stroke-dasharray="5 4"/>'
    )
    parts.append(_text((_x(0) + _x(1)) / 2, _y(0) + 42, "evidence that was stated", "middle", "#222"))
    return "\n".join(parts)


def _x(share: float) -> float:
    return _LEFT + share * (_SIZE - _LEFT - 10)


def _y(share: float) -> float:
    return _SIZE - _BOTTOM + 20 - share * (_SIZE - _BOTTOM - _TOP + 20)


def _text(x: float, y: float, text: str, anchor: str, colour: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{text}</text>'
