"""OpenAI's transcriptions: the same words whatever is heard."""

import json
import re

WORDS = "窓口の試験の録音です。手数料は一通につき三百円です。"
# Seconds.
_LENGTH = 6.0
_FIELD = re.compile(rb'name="([^"]+)"\r\n\r\n([^\r\n]*)\r\n')


def transcribed(media: str, raw: bytes) -> tuple[bytes, str]:
    """Return the answer to a form with a recording, and its media type."""
    fields = dict(_FIELD.findall(raw)) if media.startswith("multipart/form-data") else {}
    form = fields.get(b"response_format", b"json")
    if form == b"text":
        return f"{WORDS}\n".encode(), "text/plain; charset=utf-8"
    body: dict[str, object] = {"text": WORDS}
    if form == b"verbose_json":
        halves = WORDS.split("。")[:-1]
        step = _LENGTH / len(halves)
        segments = [
            {"id": number, "start": number * step, "end": (number + 1) * step, "text": f"{half}。"}
            for number, half in enumerate(halves)
        ]
        body |= {"task": "transcribe", "language": "japanese", "duration": _LENGTH, "segments": segments}
    return json.dumps(body, ensure_ascii=False).encode(), "application/json"
