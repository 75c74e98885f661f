"""White letters on a dark ground (the head of a table, a banner) -> black ones on white, in a frame."""

import numpy as np

from madoguchi.readers.ocr_engine import Grey
from madoguchi.readers.ocr_image import Ink, boxes, opened, spread

# Dots an inch at which dark grounds are looked for, and the size of a character, in inches.
_COARSE, _EM = 100, 10.5 / 72
# Of the paper's brightness: what is darker may be a ground.
_DARK = 0.78
# In characters: the least ground, its least longer side, and what the letters on it are closed with.
_LEAST, _LONG, _CLOSED = 1.1, 3.0, 0.9


def lit(grey: Grey, dpi: int) -> Grey:
    """Return the page with the grounds turned that white letters stand on; the same page when there are none."""
    step = max(1, dpi // _COARSE)
    small = np.ascontiguousarray(grey[::step, ::step])
    paper = float(np.percentile(small[::4, ::4], 75))
    mask = small < _DARK * paper
    if paper < 128 or mask.mean() < 0.002:
        return grey
    em = max(6, round(dpi / step * _EM))
    solid = opened(mask, max(2, em // 4), max(2, em // 4))
    # Letters and their lines are holes in a ground; rules and strokes are no ground.
    ground = ~opened(~solid, round(_CLOSED * em), round(_CLOSED * em))
    out = grey
    for x0, top, x1, bottom in boxes(ground).tolist():
        if min(x1 - x0, bottom - top) < _LEAST * em or max(x1 - x0, bottom - top) < _LONG * em:
            continue
        place = np.s_[top:bottom, x0:x1]
        inner = _inner(ground[place])
        level = _level(small[place], mask[place], ground[place], inner, paper)
        if level is None:
            continue
        if out is grey:
            out = grey.copy()
        part = out[top * step : bottom * step, x0 * step : x1 * step]
        large, whole = _enlarged(inner, step, part.shape), _enlarged(ground[place], step, part.shape)
        # What was as bright as the paper becomes black, the ground white; a line darker than the ground stays.
        turned = paper * (paper - part.astype(np.float32)) / (paper - level)
        turned[part < 0.6 * level - 12] = 0
        part[whole & ~large] = 0 if _goes_on(mask, x0, top, x1, bottom, em) else 255
        part[large] = np.clip(turned, 0, 255).astype(np.uint8)[large]
    return out


def _goes_on(mask: Ink, x0: int, top: int, x1: int, bottom: int, em: int) -> bool:
    """Whether lines of a table begin where a ground ends, so that its edge is one too."""
    strips = mask[bottom + 2 : bottom + 2 + em // 2, x0:x1], mask[max(0, top - 2 - em // 2) : max(0, top - 2), x0:x1]
    return any(strip.size and bool(strip.all(axis=0).any()) for strip in strips)


def _inner(ground: Ink) -> Ink:
    around = np.pad(~ground, 2, constant_values=True)
    return ~spread(around, 3, 3)[2:-2, 2:-2]


def _enlarged(small: Ink, step: int, shape: tuple[int, ...]) -> Ink:
    return np.asarray(small.repeat(step, 0).repeat(step, 1)[: shape[0], : shape[1]], dtype=np.bool_)


def _level(small: Grey, mask: Ink, ground: Ink, inner: Ink, paper: float) -> float | None:
    """The brightness of a ground that carries white letters; None for pictures, large letters, dark letters on grey."""
    edge = ground & ~inner
    if not inner.any() or ground.mean() < 0.5 or mask[edge].mean() < 0.85:
        return None
    values = small[inner].astype(np.float32)
    level = float(np.median(values))
    room = paper - level
    if room < 0.2 * paper:
        return None
    light, dark = (values > level + 0.6 * room).mean(), (values < 0.6 * level - 12).mean()
    between = ((values > level + 0.2 * room) & (values < level + 0.6 * room)).mean()
    if not 0.01 < light < 0.42 or dark > 3 * light or between > 0.2:
        return None
    return level
