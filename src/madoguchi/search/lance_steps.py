"""Take new rows of a LanceDB table into its indexes: `python -m madoguchi.search.lance_steps TABLE SECONDS`.

The engine's own `optimize` writes a whole table anew, ten seconds for 100,000 rows, in the process that also answers.
This takes as long as there are new rows, in a process of its own that gives way to all others and gives its memory
(some 300 MB) back. It needs no Django. Versions older than SECONDS are taken away.
"""

import os
import sys
from datetime import timedelta
from typing import Any

# Only fragments smaller than this are put together; a large one stays until many of its rows are gone.
FRAGMENT_ROWS = 100_000
# An index in more parts than these has its parts put together, except the first and largest.
MOST_PARTS = 6
# How much this process gives way.
NICE = 10
# How it ends when somebody wrote at the same time: nothing is lost, and the next step does it.
CONFLICT = 3


def step(table: str, keep: timedelta) -> None:
    """Put small fragments together, index what is new, and forget old versions; raises what the engine raises."""
    import lance

    dataset: Any = lance.dataset(table)
    dataset.optimize.compact_files(target_rows_per_fragment=FRAGMENT_ROWS)
    names = [one.name for one in dataset.describe_indices()]
    parts = max((dataset.stats.index_stats(name)["num_indices"] for name in names), default=0)
    dataset.optimize.optimize_indices(num_indices_to_merge=parts - 1 if parts > MOST_PARTS else 0)
    dataset.cleanup_old_versions(older_than=keep)


if __name__ == "__main__":
    os.nice(NICE)
    # Nothing of the engine may be written among the lines of whoever started this.
    os.environ.setdefault("LANCE_LOG", "error")
    try:
        step(sys.argv[1], timedelta(seconds=float(sys.argv[2])))
    except (OSError, RuntimeError, ValueError) as error:
        sys.exit(CONFLICT if "onflict" in str(error) else str(error)[:300])
