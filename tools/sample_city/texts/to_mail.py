"""A notice as a real mail: multipart/mixed, Japanese headers, fixed Message-ID and boundary."""

from __future__ import annotations

import re
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape
from pathlib import Path

from blocks import Source


def _address(text: str) -> Address:
    name, mail = re.match(r"(.*?)\s*<(.+)>", text).groups()
    return Address(name, addr_spec=mail)


def write(source: Source, target: Path) -> None:
    meta = source.meta
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = _address(meta["from"])
    mail["To"] = _address(meta["to"])
    if meta.get("cc"):
        mail["Cc"] = _address(meta["cc"])
    mail["Subject"] = meta["title"]
    mail["Date"] = meta["date"]
    mail["Message-ID"] = f"<{meta['id']}@city.kazami.example>"
    mail["X-Mailer"] = "Kazami Groupware 4.2"
    text, _, attached = source.body.partition("\n%% attachment\n")
    mail.set_content(text, charset="utf-8", cte="base64")
    if meta.get("html"):
        lines = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())
        mail.add_alternative(f"<html><body>{lines}</body></html>", subtype="html", charset="utf-8", cte="base64")
    if attached:
        data = attached.encode("utf-8-sig")
        mail.add_attachment(data, maintype="text", subtype="csv", filename=meta["attachment"])
    for i, part in enumerate(p for p in mail.walk() if p.is_multipart()):
        part.set_boundary(f"=_kazami_{meta['id']}_{i}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(mail.as_bytes())
