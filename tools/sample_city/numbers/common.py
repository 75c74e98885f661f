"""Places, CSV writing and number formats that every generator here shares."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
CITY = HERE.parents[2] / "src" / "madoguchi" / "sample_city"
FILES = CITY / "files"
BUDGET = "公開/予算・決算"


def write_csv(target: Path, header: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> None:
    """Write a CSV with one header row; CP932 files get the line ends that Excel writes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n" if encoding in {"cp932", "utf-8-sig"} else "\n")
    writer.writerow(header)
    writer.writerows(rows)
    target.write_bytes(buffer.getvalue().encode(encoding))


def yen(value: int) -> str:
    """Return a number as a budget book writes it: 1,234 and △1,234."""
    return f"△{-value:,}" if value < 0 else f"{value:,}"


def split(total: int, weights: Sequence[float]) -> list[int]:
    """Divide a total by weights so that the parts add up; the last part takes the remainder."""
    whole = sum(weights)
    parts = [int(total * w / whole) for w in weights[:-1]]
    return [*parts, total - sum(parts)]
