"""The limits of one reading, each with its unit. The child gets them as an argument: it knows no settings."""

import json
import time
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limits:
    """What one reading may use. The defaults are those of `conf/settings.py`."""

    memory_mb: int = 1024
    cpu_seconds: int = 300
    wall_seconds: int = 600
    output_mb: int = 256
    max_pages: int = 3000
    max_cells: int = 2_000_000
    max_zip_ratio: int = 100
    max_zip_entries: int = 10_000
    max_inflated_mb: int = 1024
    max_image_megapixels: int = 100

    @staticmethod
    def cpu_used() -> float:
        """Return the CPU seconds that this process, which reads one file, has used."""
        return time.process_time()

    def to_text(self) -> str:
        """Return it as one command-line argument."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Limits":
        """Return the limits that `to_text` wrote."""
        return cls(**json.loads(text))
