"""Cutting a long text where it reads well."""

import re

SENTENCE_END = re.compile(r"(?<=[。．！？!?])(?![」』）)])|(?<=[。．！？!?][」』）)])|\n")
CLAUSE_END = re.compile(r"(?<=[、，,；;\s　])")


def sentences(text: str, max_characters: int) -> list[str]:
    """Return a text in parts of at most `max_characters`, cut after sentences, else after commas, else anywhere."""
    parts: list[str] = []
    for sentence in _split(text, SENTENCE_END):
        for clause in _split(sentence, CLAUSE_END) if len(sentence) > max_characters else [sentence]:
            for start in range(0, len(clause), max_characters):
                part = clause[start : start + max_characters]
                if parts and len(parts[-1]) + len(part) <= max_characters:
                    parts[-1] += part
                else:
                    parts.append(part)
    return [part for part in parts if part.strip()]


def _split(text: str, border: re.Pattern[str]) -> list[str]:
    """Return a text cut at a border, every character kept."""
    parts, start = [], 0
    for found in border.finditer(text):
        if found.end() > start:
            parts.append(text[start : found.end()])
            start = found.end()
    return [*parts, text[start:]] if start < len(text) else parts
