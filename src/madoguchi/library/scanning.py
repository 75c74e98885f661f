"""What the office's virus scanner says of bytes. Its word stands with them: until it says yes, nobody opens them.

The scanner is a command (MADOGUCHI_SCANNER). Exit status 0 is clean and 1 is found, as ClamAV and most others do it;
everything else, silence past SCANNER_SECONDS too, means that it is down. Then files wait.
"""

import logging
import re
import tempfile
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from madoguchi import paths
from madoguchi.audit.record import record
from madoguchi.library import blobs, programs
from madoguchi.library.models import Blob

log = logging.getLogger(__name__)
Verdict = Blob.Verdict
Word = Literal["clean", "found", "down"]
# More than a scanner has to say of one file.
MOST_SAID_BYTES = 64 << 10
FINDING_MAX_CHARACTERS = 200
# The harmless text that every scanner reports, in two halves so that none reports this source.
EICAR = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*"
HARMLESS = "検査の動作確認です。"
_FOUND = re.compile(r"(?:^|:\s*)([^:\n]+?)\s+FOUND\s*$", re.MULTILINE)


def is_set() -> bool:
    """Return whether the office has set a scanner."""
    return bool(settings.SCANNER)


def before_numbers(blob: Blob) -> Blob.Verdict:
    """Return what the scanner said of bytes before 個人番号 were looked for: only what it passed is read at all."""
    return Verdict.CLEAN if blob.examined_at else Verdict.UNASKED


def await_word(blob: Blob) -> None:
    """Put bytes that arrive into quarantine until the scanner speaks. Without a scanner they go on, unless an
    administrator removed the same bytes before. Whether they carry 個人番号 is looked at anew."""
    if blob.verdict == Verdict.NUMBERED:
        blob.verdict = before_numbers(blob)
        blob.save(update_fields=["verdict"])
    if blob.verdict == Verdict.REMOVED or (is_set() and blob.verdict == Verdict.UNASKED):
        blob.verdict = Verdict.WAITING
        blob.save(update_fields=["verdict"])


def ask(blob: Blob, again: bool = False) -> Blob:
    """Have the scanner look at bytes it has not judged, or with `again` at any; return them with what stands then.

    A scanner that is down changes nothing but the reason why they wait.
    """
    blob = Blob.objects.get(pk=blob.pk)
    asked = blob.verdict in (Verdict.UNASKED, Verdict.WAITING) or (again and blob.verdict != Verdict.REMOVED)
    if not (is_set() and asked):
        return blob
    word, said = look(blobs.place_of(blob))
    return _settle(blob, word, said)


def look(path: Path) -> tuple[Word, str]:
    """Return what the scanner says of the file at `path`, and the name of what it found, or why it is down."""
    with programs.run(settings.SCANNER, path, settings.SCANNER_SECONDS, MOST_SAID_BYTES) as ended:
        if ended.ending == "done" and ended.status in (0, 1):
            said = ended.output.read().decode("utf-8", "replace")
            return ("clean", "") if ended.status == 0 else ("found", _name(said))
        why = {
            "absent": "検査プログラムを起動できません",
            "time": f"{settings.SCANNER_SECONDS:,}秒以内に応答がありません",
            "output": "応答が長すぎます",
            "done": f"検査プログラムが異常終了しました（終了コード {ended.status}）",
        }[ended.ending]
    log.warning("scanner is down: %s, status %s", ended.ending, ended.status)
    return "down", why


def answers() -> bool:
    """Return whether there is a scanner and it speaks."""
    return is_set() and _tried(HARMLESS)[0] != "down"


def trial() -> str:
    """Return what is wrong with the scanner, in Japanese; empty when it passes a harmless text and reports EICAR's."""
    for text, expected in ((HARMLESS, "clean"), (EICAR, "found")):
        word, said = _tried(text)
        if word == "down":
            return f"{said}。検査が済むまで、新しいファイルは隔離したまま待ちます。"
        if word != expected:
            return (
                "試験用のウイルス（EICAR）を検出しません。検査プログラムの設定を確かめてください。"
                if expected == "found"
                else "無害なファイルを検出と答えます。検査プログラムの設定を確かめてください。"
            )
    return ""


def _tried(text: str) -> tuple[Word, str]:
    with tempfile.NamedTemporaryFile(dir=paths.folder("uploads")) as file:
        file.write(text.encode())
        file.flush()
        return look(Path(file.name))


@transaction.atomic
def _settle(blob: Blob, word: Word, said: str) -> Blob:
    """Write down what the scanner says of bytes, over what stands there now."""
    blob = Blob.objects.select_for_update().get(pk=blob.pk)
    before = blob.verdict
    if before == Verdict.REMOVED:
        return blob
    if word == "down":
        if before == Verdict.WAITING:
            blob.finding = said
            blob.save(update_fields=["finding"])
        return blob
    blob.examined_at = timezone.now()
    # What a person released stays released as long as the scanner says nothing else of it.
    if not (word == "found" and before == Verdict.RELEASED and said == blob.finding):
        blob.verdict = Verdict.CLEAN if word == "clean" else Verdict.FOUND
        blob.finding = said
    blob.save(update_fields=["verdict", "finding", "examined_at"])
    if blob.verdict != before and (blob.is_held or before == Verdict.FOUND):
        action = "quarantine.held" if blob.is_held else "quarantine.cleared"
        record(blob.tenant_id, "system", action, f"file:{blob.sha256}", finding=blob.finding)
    return blob


def _name(said: str) -> str:
    """Return the name of what was found: ClamAV's `stream: NAME FOUND`, else the first line that says something."""
    found = _FOUND.search(said)
    lines = [found[1]] if found else said.splitlines()
    names = [
        "".join(letter for letter in line if letter.isprintable() and letter != "\ufffd").strip() for line in lines
    ]
    return next((name for name in names if name), "名前は不明")[:FINDING_MAX_CHARACTERS]
