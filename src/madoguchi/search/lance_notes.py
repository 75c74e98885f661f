"""What stands in files beside a table of the index, for all processes: how its words were cut, and when rows were last
closed."""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from madoguchi.search import tokens


@dataclass(frozen=True)
class Notes:
    """The notes beside one table, by its folder and name."""

    folder: Path
    name: str

    def is_current(self) -> bool:
        """Return whether the rows hold words as they are cut today; so does a table that is not there."""
        if not (self.folder / f"{self.name}.lance").exists():
            return True
        return self._edition.exists() and self._edition.read_text() == tokens.edition()

    def note_edition(self) -> None:
        """Note that all rows hold words as they are cut today."""
        self._edition.write_text(tokens.edition())

    def forget_edition(self) -> None:
        """Forget how words were cut: the table is gone."""
        self._edition.unlink(missing_ok=True)

    def made(self) -> str:
        """Return a mark of the table itself: one that was dropped and made again counts its commits anew."""
        with suppress(FileNotFoundError):
            return str(self._edition.stat().st_mtime_ns)
        return ""

    def narrowed(self) -> str:
        """Return a mark of the last commit that took rows out or changed what they demand."""
        with suppress(FileNotFoundError):
            return self._narrowed.read_text()
        return ""

    def note_narrowed(self) -> None:
        """Note that rows were taken out or demand something else."""
        self._narrowed.write_text(secrets.token_hex(8))

    @property
    def _edition(self) -> Path:
        return self.folder / f"{self.name}.edition"

    @property
    def _narrowed(self) -> Path:
        return self.folder / f"{self.name}.narrowed"
