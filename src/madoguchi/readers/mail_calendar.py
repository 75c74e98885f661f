"""Calendar invitations (ics, RFC 5545) -> what, when and where, as a clerk reads it. Nothing is fetched or answered."""

import mmap
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from madoguchi.readers.blocks import Block, Reading
from madoguchi.readers.encoding import decode
from madoguchi.readers.limits import Limits
from madoguchi.readers.mail_text import day_of, visible, when
from madoguchi.readers.problems import Problem

_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^;:="]+=(?:"[^"]*"|[^";:]*)(?:,"[^"]*")*)*):(.*)', re.S)
_PARAMETER = re.compile(r';([^;:="]+)=(?:"([^"]*)"|([^";:]*))')
_ESCAPED = re.compile(r"\\(.)", re.S)
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_TOKYO = ("Asia/Tokyo", "Tokyo Standard Time", "Japan", "JST")
_EVERY = {"DAILY": "毎日", "WEEKLY": "毎週", "MONTHLY": "毎月", "YEARLY": "毎年"}
_EVERY_SOME = {"DAILY": "{}日ごと", "WEEKLY": "{}週ごと", "MONTHLY": "{}か月ごと", "YEARLY": "{}年ごと"}
# Of a property: its parameters and its value.
Said = dict[str, tuple[dict[str, str], str]]


def read(data: bytes | mmap.mmap, limits: Limits) -> Reading:  # noqa: ARG001 - every reader is called alike
    """Return the events of a calendar file, a paragraph each. Problem `no-text` when it has none."""
    found = blocks(decode(bytes(data)))
    if not found:
        raise Problem("no-text")
    return Reading(found)


def blocks(text: str) -> list[Block]:
    """Return a paragraph for each event of a calendar."""
    return [Block("paragraph", said, {"heading": []}) for event in _events(text) if (said := _said(event))]


def _events(text: str) -> Iterator[Said]:
    """The properties of each event, without those of its alarms; `METHOD` is the calendar's."""
    event: Said = {}
    inside: list[str] = []
    method = ""
    # A line that begins with a space goes on with the one before.
    for line in re.sub(r"\n[ \t]", "", visible(text)).split("\n"):
        found = _LINE.fullmatch(line)
        if not found:
            continue
        name, value = found[1].upper(), found[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
            if value.upper() == "VEVENT":
                event = {}
        elif name == "END":
            if inside and inside.pop() == "VEVENT":
                yield event | {"METHOD": ({}, method)}
        elif name == "METHOD":
            method = value.upper()
        elif inside and inside[-1] == "VEVENT" and name not in event:
            parameters = {key.upper(): quoted or bare for key, quoted, bare in _PARAMETER.findall(found[2])}
            event[name] = (parameters, value)


def _said(event: Said) -> str:
    called_off = event["METHOD"][1] == "CANCEL" or event.get("STATUS", ({}, ""))[1].upper() == "CANCELLED"
    organizer, address = event.get("ORGANIZER", ({}, ""))
    lines = [
        ("予定（取り消し）" if called_off else "予定", _text(event, "SUMMARY")),
        ("日時", _time(event)),
        ("くり返し", _repeated(event)),
        ("場所", _text(event, "LOCATION")),
        ("主催", organizer.get("CN") or re.sub("^mailto:", "", address, flags=re.I)),
        ("内容", _text(event, "DESCRIPTION")),
    ]
    return "\n".join(f"{label}: {said}" for label, said in lines if said)


def _text(event: Said, name: str) -> str:
    value = event.get(name, ({}, ""))[1]
    return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value).strip()


def _time(event: Said) -> str:
    first, whole_day = _moment(event, "DTSTART")
    last, _ = _moment(event, "DTEND")
    if first is None:
        return event.get("DTSTART", ({}, ""))[1]
    if whole_day:
        # The end is the day after the last.
        until = last - timedelta(days=1) if last and last > first else first
        return day_of(first.date()) + (f"から{day_of(until.date())}まで" if until > first else "")
    said = when(first)
    if last and last > first:
        same_day = _day(first) == _day(last)
        said += f"から{when(last).partition('）')[2] if same_day else when(last)}まで"
    zone = event["DTSTART"][0].get("TZID", "")
    return f"{said}（{zone}の時刻）" if zone and zone not in _TOKYO and first.tzinfo is None else said


def _day(moment: datetime) -> str:
    return when(moment).partition("日")[0]


def _moment(event: Said, name: str) -> tuple[datetime | None, bool]:
    """A time and whether it is a whole day; None when it is none."""
    found = _TIME.fullmatch(event.get(name, ({}, ""))[1])
    if not found:
        return None, False
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        at = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC if found[7] else None)
    except ValueError:
        return None, False
    return at, not found[4]


def _repeated(event: Said) -> str:
    rule = dict(part.partition("=")[::2] for part in event.get("RRULE", ({}, ""))[1].upper().split(";"))
    how, interval = rule.get("FREQ", ""), rule.get("INTERVAL", "1")
    said = _EVERY.get(how, how) if interval == "1" else _EVERY_SOME.get(how, how).format(interval)
    until = _TIME.fullmatch(rule.get("UNTIL", ""))
    try:
        return f"{said}（{day_of(date(int(until[1]), int(until[2]), int(until[3])))}まで）" if said and until else said
    except ValueError:
        return said
