"""Mails as Japanese offices send them: old charsets, alternatives, attachments, mails in mails; and Outlook's."""

import base64
import contextlib
import email.policy
import struct
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.readers import mail, mail_text, msg, msg_rtf
from madoguchi.readers.blocks import Reading, Unreadable
from madoguchi.readers.encoding import decode, jis
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import media_type, member, read_file
from tests.readers.ole_writer import ole

LIMITS = Limits()
SUBJECT = "【人事課】①研修のご案内"


def notice(**fields: str) -> EmailMessage:
    made = EmailMessage(policy=email.policy.SMTP)
    made["Subject"] = SUBJECT
    made["From"] = "人事課, 研修係 <kenshu@city.kazami.example>"
    made["To"] = "全職員 <all@city.kazami.example>"
    made["Date"] = "Wed, 01 Apr 2026 00:05:00 +0000"
    made.set_content(fields.get("plain", "1 日時　４月10日\n2 場所　第一会議室\n"))
    return made


def said(reading: Reading) -> list[str]:
    return [block.text for block in reading.blocks]


def test_a_mail_begins_with_its_head_in_japanese():
    made = notice()
    made.replace_header("From", '"人事課, 研修係" <kenshu@city.kazami.example>')
    blocks = mail.read(made.as_bytes(), LIMITS).blocks
    assert blocks[0].text == (
        f"件名: {SUBJECT}\n差出人: 人事課, 研修係 <kenshu@city.kazami.example>\n"
        "宛先: 全職員 <all@city.kazami.example>\n日時: 令和8年4月1日（水）9時05分"
    )
    assert [(block.kind, block.level, block.text) for block in blocks[1:]] == [
        ("heading", 1, SUBJECT),
        ("list_item", 1, "1 日時　４月10日"),
        ("list_item", 1, "2 場所　第一会議室"),
    ]
    assert blocks[2].locator == {"heading": [SUBJECT]}


@pytest.mark.parametrize("charset", ["iso-2022-jp", "shift_jis", "utf-8", "euc-jp"])
@pytest.mark.parametrize("coding", ["8bit", "base64", "quoted-printable"])
def test_every_usual_charset_and_coding_is_read(charset, coding):
    made = notice()
    made.clear_content()
    made.set_content(
        "担当：山田（ﾃｽﾄ）。".replace("ﾃｽﾄ", "" if charset == "iso-2022-jp" else "ﾃｽﾄ"), charset=charset, cte=coding
    )
    assert said(mail.read(made.as_bytes(), LIMITS))[-1].startswith("担当：山田（")


def test_jis_as_mail_programs_write_it_has_the_letters_of_cp932():
    # ① and ㈱ of NEC, half-width kana, and a line that does not go back to ASCII.
    body = b'\x1b$B-!-jbb\x1b(B abc \x1b(I6^\x1b(B \x1b$B$"\nz'
    assert jis(body) == "①㈱矜 abc ｶﾞ あ\nz"
    assert jis("市役所の窓口".encode("iso2022_jp")) == "市役所の窓口"


@pytest.mark.parametrize("bare", ["cp932", "utf-8", "euc_jp", "iso2022_jp"])
def test_headers_and_names_in_bare_bytes_are_read(bare):
    name = "申込書の様式について.txt".encode(bare)
    raw = (
        b"From: a@example.jp\r\nSubject: " + "研修のお知らせについて".encode(bare) + b"\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        + "本文".encode() + b"\r\n--b\r\nContent-Type: application/octet-stream\r\n"
        b'Content-Disposition: attachment; filename="' + name + b'"\r\n\r\nabc\r\n--b--\r\n'
    )  # fmt: skip
    reading = mail.read(raw, LIMITS)
    assert said(reading)[1] == "研修のお知らせについて"
    if bare != "iso2022_jp":
        assert [each.name for each in reading.members] == ["申込書の様式について.txt"]


def test_the_plain_text_is_preferred_unless_it_is_empty():
    made = notice()
    made.add_alternative(
        "<p>HTMLの<b>本文</b></p><table><tr><th>区分<th>額<tr><td>一般<td>300円</table>", subtype="html"
    )
    assert "HTMLの本文" not in said(mail.read(made.as_bytes(), LIMITS))
    made = notice(plain=" \n")
    made.add_alternative(
        "<p>HTMLの<b>本文</b></p><table><tr><th>区分<th>額<tr><td>一般<td>300円</table>", subtype="html"
    )
    blocks = mail.read(made.as_bytes(), LIMITS).blocks
    assert blocks[-2].text == "HTMLの本文"
    assert blocks[-1].cells == [["区分", "額"], ["一般", "300円"]]


def test_attachments_are_members_and_pictures_in_the_text_are_not(tmp_path):
    made = notice()
    made.add_attachment(b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="../../様式 第１号.pdf")
    made.add_attachment(
        b"\x89PNG", maintype="image", subtype="png", disposition="inline", filename="logo.png", cid="<1>"
    )
    inner = notice(plain="転送された本文")
    inner.replace_header("Subject", "元のメール")
    inner.add_attachment(b"1,2", maintype="text", subtype="csv", filename="一覧.csv")
    made.add_attachment(inner)
    path = tmp_path / "通知.eml"
    path.write_bytes(made.as_bytes())
    reading = read_file(path, path.name)
    assert [each.name for each in reading.members] == ["../../様式 第１号.pdf", "元のメール.eml"]
    assert "転送された本文" not in "".join(said(reading))
    assert "添付: ../../様式 第１号.pdf、元のメール.eml" in said(reading)[0]
    assert member(path, path.name, 0) == b"%PDF-1.7 x"
    again = mail.read(member(path, path.name, 1), LIMITS)
    assert said(again)[-1] == "転送された本文"
    assert [each.name for each in again.members] == ["一覧.csv"]


HEAD = b"From: a@city.kazami.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nabc"


def mixed(*parts: bytes) -> bytes:
    inside = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + inside + b"--b--\r\n"


def test_a_long_name_in_jis_split_over_lines_is_one_name():
    # 「①様式（令和６年度）.pdf」 with the letters of NEC, as Japanese mail programs split it (RFC 2231).
    name = quote(b"\x1b$B-!MM<0!JNaOB#6G/EY!K\x1b(B.pdf")
    split = f"filename*0*=iso-2022-jp''{name[:30]};\r\n filename*1*={name[30:]}"
    part = f"Content-Type: application/pdf\r\nContent-Disposition: attachment;\r\n {split}\r\n\r\nabc".encode()
    whole = f"Content-Type: application/pdf; name*=iso-2022-jp'ja'{name}\r\n\r\nabc".encode()
    word = base64.b64encode(unquote_to_bytes(name)).decode()
    coded = f'filename*0="=?iso-2022-jp?B?{word[:20]}"; filename*1="{word[20:]}?="'
    old = f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {coded}\r\n\r\nabc".encode()
    assert [each.name for each in mail.read(mixed(TEXT, part, whole, old), LIMITS).members] == [
        "①様式（令和６年度）.pdf"
    ] * 3


def test_an_attachment_without_a_name_has_one_of_its_kind():
    word = b"Content-Type: application/vnd.openxmlformats-officedocument.wordprocessingml.document\r\n\r\nabc"
    bare = b"Content-Type: application/octet-stream\r\n\r\nabc"
    assert [each.name for each in mail.read(mixed(TEXT, word, bare), LIMITS).members] == ["添付1.docx", "添付2.bin"]


@pytest.mark.parametrize("charset", ["Shift_JIS", "iso-2022-jp"])
@pytest.mark.parametrize("declared", ["", "; charset=us-ascii"])
def test_html_whose_charset_only_its_own_head_says_is_read(charset, declared):
    said_so = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}"></head><body><p>'
    body = "本文は①です。".encode("cp932") if charset == "Shift_JIS" else b"\x1b$BK\\J8$O-!$G$9!#\x1b(B"
    raw = HEAD + f"Content-Type: text/html{declared}\r\n\r\n{said_so}".encode() + body + b"</p></body></html>"
    assert said(mail.read(raw, LIMITS))[-1] == "本文は①です。"


def test_lines_that_were_broken_softly_are_joined():
    # RFC 3676, once with the space that it takes out again.
    flowed = (
        "令和６年度の予算について、 \r\n次のとおり決定しました。\r\n> 引用の \r\n> 続き\r\n 普通の行\r\n-- \r\n人事課"
    )
    head = HEAD + b"Content-Type: text/plain; charset=utf-8; format=flowed"
    assert said(mail.read(head + b"; delsp=yes\r\n\r\n" + flowed.encode(), LIMITS))[2:] == [
        "令和６年度の予算について、次のとおり決定しました。", "> 引用の続き", "普通の行", "--", "人事課"
    ]  # fmt: skip
    assert said(mail.read(head + b"\r\n\r\nThe budget \r\nof 2026", LIMITS))[-1] == "The budget of 2026"


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("", ""),
        ("Date: Mon, 1 Apr 24 10:00:00 +0900", "令和6年4月1日（月）10時00分"),
        ("Date: Mon, 1 Apr 2013 10:00:00 +0900 (JST)", "平成25年4月1日（月）10時00分"),
        ("Date: Tue, 30 Apr 2019 23:00:00 +0000", "令和元年5月1日（水）8時00分"),
        ("Date: Mon, 32 Foo 2026 99:99:99 +0900", "Mon, 32 Foo 2026 99:99:99 +0900"),
        ("Date: Thu, 01 Jan 1970 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 +0000"),
        ("Date: Mon, 1 Apr 9999 23:59:59 -2300", "Mon, 1 Apr 9999 23:59:59 -2300"),
        ("Received: from a by b; Wed, 1 Apr 2026 09:05:00 +0900", "令和8年4月1日（水）9時05分"),
        (
            "Received: by c; Wed, 1 Apr 2026 09:05:00 +0900\r\nDate: Thu, 01 Jan 1970 00:00:00 +0000",
            "令和8年4月1日（水）9時05分",
        ),
        ("Date: 令和6年4月1日", "令和6年4月1日"),
    ],
)
def test_a_mail_without_a_date_or_with_one_that_cannot_be_is_dated_by_its_servers(head, expected):
    raw = (head + "\r\n" if head else "").encode() + HEAD + b"\r\nabc"
    when = [line for line in said(mail.read(raw, LIMITS))[0].splitlines() if line.startswith("日時")]
    assert when == ([f"日時: {expected}"] if expected else [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('dept: a@x.example, "B, C" <b@x.example>;', "a@x.example、B, C <b@x.example>"),
        ("=?utf-8?b?5Lq65LqL6Kqy?=: a@x.example;, c@x.example", "a@x.example、c@x.example"),
        ("undisclosed-recipients:;", "undisclosed-recipients:;"),
        ("a@x.example <a@x.example>", "a@x.example"),
        ("<>", "<>"),
    ],
)
def test_addresses_in_groups_are_read_each(value, expected):
    assert mail_text.addresses(value) == expected


def test_a_mail_in_a_mail_that_is_coded_although_it_may_not_be_is_read():
    inner = base64.b64encode(notice(plain="転送された本文").as_bytes())
    raw = mixed(TEXT, b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner)
    assert said(mail.read(mail.member(raw, 0, LIMITS), LIMITS))[-1] == "転送された本文"


@pytest.mark.req("E2")
def test_mails_in_mails_without_end_are_refused_in_words(tmp_path):
    raw = HEAD + b"\r\nabc"
    for _ in range(400):
        raw = b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\n" + raw
    path = tmp_path / "転送.eml"
    path.write_bytes(raw)
    with pytest.raises(Unreadable, match="入れ子が深すぎて"):
        read_file(path, path.name)


@pytest.mark.parametrize("kind", [b"text/plain; charset=\x82\xa0", b"multipart/mixed; name=\x82\xa0", b"multipart/x"])
def test_bare_bytes_in_the_kind_of_a_part_do_no_harm(kind):
    raw = HEAD + b"Content-Type: " + kind + b"\r\n\r\n" + "本文".encode("cp932")
    assert said(mail.read(raw, LIMITS))[-1] == "本文"


def test_text_in_jis_has_the_letters_of_cp932():
    assert decode(b"\x1b$B-!K\\J8\x1b(B") == "①本文"


def test_a_mail_without_a_head_is_none():
    with pytest.raises(Problem) as problem:
        mail.read("ただの文です。\n\n次の段落。".encode(), LIMITS)
    assert problem.value.key == "broken"


@pytest.mark.req("E2")
def test_parts_nested_without_end_are_refused():
    head = b"Subject: x\r\nMIME-Version: 1.0\r\n"
    body = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(80))
    with pytest.raises((Problem, RecursionError)):
        mail.read(head + body + b"\r\nx", LIMITS)


@given(st.binary(max_size=300))
def test_any_bytes_behind_a_head_are_read_or_refused(data):
    with contextlib.suppress(Problem):
        mail.read(b"Subject: x\r\n" + data, LIMITS)


def item(head: bytes = bytes(32), fixed: dict[int, int] | None = None, **texts: str | bytes) -> dict[str, bytes]:
    """The streams of a mail or attachment of Outlook: `p0037="件名"`."""
    rows = b"".join(struct.pack("<IIQ", tag << 16 | 0x40, 6, value) for tag, value in (fixed or {}).items())
    streams = {"__properties_version1.0": head + rows}
    for name, value in texts.items():
        kind = "0102" if isinstance(value, bytes) else "001F"
        streams[f"__substg1.0_{name[1:]}{kind}"] = value if isinstance(value, bytes) else value.encode("utf-16-le")
    return streams


def below(storage: str, streams: dict[str, bytes]) -> dict[str, bytes]:
    return {f"{storage}/{name}": data for name, data in streams.items()}


def ticks(moment: datetime) -> int:
    return int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10_000_000


def outlook(**body: str | bytes) -> dict[str, bytes]:
    sent = {0x39: ticks(datetime(2026, 4, 1, 0, 5, tzinfo=UTC))}
    return item(
        bytes(32), sent, p0037=SUBJECT, p0C1A="人事課", p5D01="kenshu@city.kazami.example", p0E04="全職員", **body
    )


def test_a_mail_of_outlook_is_read_as_any_other(tmp_path):
    inner = item(bytes(24), p0037="元のメール", p0C1A="市民課", p1000="転送された本文")
    inner |= below("__attach_version1.0_#00000000", item(bytes(8), p3707="一覧.csv", p3701=b"1,2"))
    streams = outlook(p1000="1 日時　４月10日\r\n2 場所　第一会議室")
    streams |= below(
        "__attach_version1.0_#00000000",
        item(bytes(8), p3707="..\\様式.pdf", p3704="YOUSHI~1.PDF", p3701=b"%PDF" * 2000),
    )
    streams |= below("__attach_version1.0_#00000001", item(bytes(8), p3707="logo.png", p3712="cid", p3701=b"\x89PNG"))
    streams |= below("__attach_version1.0_#00000002", below("__substg1.0_3701000D", inner) | item(bytes(8)))
    path = tmp_path / "通知.msg"
    path.write_bytes(ole(streams))
    assert media_type(path, "名前なし") == "application/vnd.ms-outlook"
    reading = read_file(path, path.name)
    assert said(reading)[0] == (
        f"件名: {SUBJECT}\n差出人: 人事課 <kenshu@city.kazami.example>\n宛先: 全職員\n"
        "日時: 令和8年4月1日（水）9時05分\n添付: ..\\様式.pdf、元のメール.eml"
    )
    assert said(reading)[1:] == [SUBJECT, "1 日時　４月10日", "2 場所　第一会議室"]
    assert member(path, path.name, 0) == b"%PDF" * 2000
    again = mail.read(member(path, path.name, 1), LIMITS)
    assert said(again) == ["件名: 元のメール\n差出人: 市民課\n添付: 一覧.csv", "元のメール", "転送された本文"]
    assert mail.member(member(path, path.name, 1), 0, LIMITS) == b"1,2"


def test_a_mail_of_outlook_in_an_old_code_page_is_read():
    streams = {"__properties_version1.0": bytes(32)}
    streams["__substg1.0_0037001E"] = "①研修".encode("cp932")
    streams["__substg1.0_1000001E"] = "本文です。".encode("cp932")
    assert said(msg.read(ole(streams), LIMITS))[1:] == ["①研修", "本文です。"]


def test_without_plain_text_outlooks_html_is_read_and_without_html_its_rtf():
    html = "<html><body><p>HTMLの本文</p></body></html>".encode()
    assert said(msg.read(ole(outlook(p1013=html)), LIMITS))[-1] == "HTMLの本文"
    rtf = rb"{\rtf1\ansi\ansicpg932{\fonttbl{\f0 MS;}}\pard \'96\'7b\'95\'b6\u12354?\par \{2\}{\*\x hidden}\par}"
    plain = struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf
    assert said(msg.read(ole(outlook(p1009=plain)), LIMITS))[-2:] == ["本文あ", "{2}"]


def test_outlooks_packing_of_rtf_is_undone():
    # The example of the specification (MS-OXRTFCP 3.1.1).
    packed = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
    )
    assert msg_rtf.unpacked(packed, 1000) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert msg_rtf.unpacked(packed, 10) == b"{\\rtf1\\ans"


def test_html_kept_in_rtf_gives_its_text_once():
    rtf = (
        rb"{\rtf1\ansi\ansicpg932\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \'96\'7b\'95\'b6"
        rb"{\*\htmltag72 </p>}\htmlrtf }\par\htmlrtf0 {\*\htmltag64 <p>}next}"
    )
    assert msg_rtf.text(rtf).split() == ["本文", "next"]


@given(st.binary(max_size=300))
def test_any_bytes_taken_for_rtf_end(data):
    msg_rtf.text(data)
    assert len(msg_rtf.unpacked(data[:8] + b"LZFu" + data[8:], 1000)) <= 1000
