"""Blocks -> Markdown, for a person at a terminal."""

from madoguchi.readers.blocks import Block, Reading


def markdown(reading: Reading) -> str:
    """Return the blocks of a reading as Markdown text."""
    return "\n\n".join(_block(block) for block in reading.blocks) + "\n"


def _block(block: Block) -> str:
    if block.kind == "heading":
        return f"{'#' * min(6, max(1, block.level))} {block.text}"
    if block.kind == "list_item":
        return f"{'  ' * max(0, block.level - 1)}- {block.text}"
    if block.kind == "note":
        return f"> {block.text}"
    if block.kind == "table":
        return _table(block)
    return block.text


def _table(block: Block) -> str:
    above = " ".join(part for part in (block.text, f"（単位：{block.unit}）" if block.unit else "") if part)
    rows = [[cell.replace("|", "\\|").replace("\n", "<br>") for cell in row] for row in block.cells]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if rows:
        lines.insert(1, "|" + " --- |" * max(len(row) for row in rows))
    return (f"{above}\n\n" if above else "") + "\n".join(lines)
