"""Values that fit a JSON schema, filled from what was said where that is possible."""

import math
import re
from typing import Any

from madoguchi.scripted.asked import JSON

# A schema that refers to itself ends here.
_DEEPEST = 12
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_FORMATS = {
    "date": "2026-04-01",
    "date-time": "2026-04-01T09:00:00+09:00",
    "time": "09:00:00",
    "email": "madoguchi@example.jp",
    "uri": "https://example.jp/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def fitting(schema: JSON, text: str) -> Any:
    """Return a value that fits a schema (any draft's usual words, or Google's), with the text where a text may stand.

    A `pattern` is not read.
    """
    return _value(schema, text, schema, _DEEPEST)


def _value(schema: Any, text: str, root: JSON, deep: int) -> Any:
    schema = _resolved(schema, root)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return next((value for value in schema["enum"] if value and str(value) in text), schema["enum"][0])
    kind = _kind(schema)
    if kind == "object":
        return _object(schema, text, root, deep)
    if kind == "array":
        count = max(schema.get("minItems", 0), 1 if deep > 0 and schema.get("maxItems", 1) else 0)
        inner = [*schema.get("prefixItems", ())][:count]
        inner += [schema.get("items") or {}] * (count - len(inner))
        return [_value(one, text, root, deep - 1) for one in inner]
    if kind == "string":
        return _string(schema, text)
    if kind in ("integer", "number"):
        return _number(schema, text, kind == "integer")
    return {"boolean": False, "null": None}.get(kind)


def _resolved(schema: Any, root: JSON) -> JSON:
    """Return a schema without references and choices: the first choice that is not null is taken."""
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            found: Any = root
            for name in schema["$ref"].removeprefix("#").strip("/").split("/"):
                found = found.get(name, {}) if name else found
            schema = found
        elif choices := schema.get("anyOf") or schema.get("oneOf"):
            rest = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
            schema = rest | next((one for one in choices if _kind(one) != "null"), choices[0])
        elif "allOf" in schema:
            rest = {name: value for name, value in schema.items() if name != "allOf"}
            for one in schema["allOf"]:
                rest = _merged(rest, _resolved(one, root))
            schema = rest
        else:
            break
    return schema if isinstance(schema, dict) else {}


def _merged(one: JSON, other: JSON) -> JSON:
    both = one | other
    if "properties" in one and "properties" in other:
        both["properties"] = one["properties"] | other["properties"]
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    return both


def _kind(schema: JSON) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    # Google writes them large.
    return str(kind).lower() if kind else "object" if "properties" in schema else "string"


def _object(schema: JSON, text: str, root: JSON, deep: int) -> JSON:
    properties = schema.get("properties") or {}
    required = schema.get("required", ())
    # What is not required is left out only where it might never end.
    names = properties if deep > _DEEPEST - 4 else [name for name in properties if name in required]
    return {name: _value(properties[name], text, root, deep - 1) for name in names}


def _string(schema: JSON, text: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line[: schema.get("maxLength", 80)].ljust(schema.get("minLength", 0), "。")


def _number(schema: JSON, text: str, is_whole: bool) -> float | int:
    bounds = [schema[name] for name in _BOUNDS if isinstance(schema.get(name), int | float)]
    step = schema.get("multipleOf") or (1 if is_whole else 0)
    near = [0.0, *bounds, *(bound + 1 for bound in bounds), *(bound - 1 for bound in bounds)]
    near += [sum(bounds) / len(bounds)] if bounds else []
    # The multiples of a step at and after each.
    near += [math.ceil(value / step) * step for value in near] if step else []
    for value in [*map(float, _NUMBER.findall(text)), *near]:
        if _is_within(schema, value) and (not step or value % step == 0):
            return int(value) if is_whole else value
    return 0


def _is_within(schema: JSON, value: float) -> bool:
    low, high = schema.get("minimum", -math.inf), schema.get("maximum", math.inf)
    return bool(
        low <= value <= high
        and schema.get("exclusiveMinimum", -math.inf) < value < schema.get("exclusiveMaximum", math.inf)
    )
