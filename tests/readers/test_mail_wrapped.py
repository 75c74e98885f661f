"""Mails in a wrapping: signed and encrypted (S/MIME), packed by Exchange (winmail.dat), invitations to meetings."""

import contextlib
import email.policy
import struct
import zlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from madoguchi.readers import mail, mail_calendar, mail_cms, mail_tnef, msg, msg_item
from madoguchi.readers.limits import Limits
from madoguchi.readers.problems import Problem
from madoguchi.readers.read import member, read_file
from tests.readers.ole_writer import ole
from tests.readers.test_mail import SUBJECT, below, item, notice, said, ticks
from tests.readers.tnef_writer import attachment, attribute, tnef

LIMITS = Limits()
HEAD = b"From: a@city.kazami.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"


@pytest.fixture(scope="module")
def seal():
    """A certificate with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "kazami")])
    now = datetime(2026, 4, 1, tzinfo=UTC)
    built = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=9))
    return built.sign(key, hashes.SHA256()), key


def inner() -> bytes:
    made = EmailMessage(policy=email.policy.SMTP)
    made.set_content("署名された本文です。")
    made.add_attachment(b"1,2", maintype="text", subtype="csv", filename="一覧.csv")
    return made.as_bytes()


def signed(seal, content: bytes, *options: pkcs7.PKCS7Options, encoding: Encoding = Encoding.DER) -> bytes:
    certificate, key = seal
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(encoding, [pkcs7.PKCS7Options.Binary, *options])


def encrypted(seal) -> bytes:
    return pkcs7.PKCS7EnvelopeBuilder().set_data(inner()).add_recipient(seal[0]).encrypt(Encoding.DER, [])


def carrying(content: bytes, kind: str = "pkcs7-mime", name: str = "smime.p7m") -> bytes:
    made = notice()
    made.clear_content()
    made.set_content(content, maintype="application", subtype=kind, filename=name)
    return made.as_bytes()


@pytest.mark.parametrize("kind", ["pkcs7-mime", "x-pkcs7-mime", "octet-stream"])
def test_a_signed_mail_is_read_through_its_seal(seal, tmp_path, kind):
    path = tmp_path / "通知.eml"
    path.write_bytes(carrying(signed(seal, inner()), kind))
    reading = read_file(path, path.name)
    assert said(reading)[1:] == [SUBJECT, "署名された本文です。"]
    assert [each.name for each in reading.members] == ["一覧.csv"]
    assert member(path, path.name, 0) == b"1,2"
    assert reading.notice == "電子署名の付いたメールです。署名が正しいかどうかは確かめていません。"


def test_a_mail_signed_in_the_clear_says_the_same(seal):
    detached = signed(seal, inner(), pkcs7.PKCS7Options.DetachedSignature, encoding=Encoding.SMIME)
    reading = mail.read(HEAD + detached.removeprefix(b"MIME-Version: 1.0\n"), LIMITS)
    assert said(reading)[-1] == "署名された本文です。"
    assert [each.name for each in reading.members] == ["一覧.csv"]
    assert "署名が正しいかどうかは確かめていません" in reading.notice


def test_a_mail_signed_twice_is_read(seal):
    once = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + signed(seal, inner())
    assert said(mail.read(carrying(signed(seal, once)), LIMITS))[-1] == "署名された本文です。"


def test_an_encrypted_mail_keeps_its_head_and_says_what_to_do(seal):
    reading = mail.read(carrying(encrypted(seal)), LIMITS)
    assert said(reading)[1:] == [SUBJECT]
    assert reading.members == []
    assert "暗号化されたメール" in reading.notice
    assert "保管しています" in reading.notice
    assert "受け取った人のメールソフトで開き" in reading.notice


def test_what_only_calls_itself_sealed_is_an_attachment():
    reading = mail.read(carrying(b"\x30\x03\x02\x01\x05"), LIMITS)
    assert [each.name for each in reading.members] == ["smime.p7m"]
    assert reading.notice == ""


def test_content_in_parts_and_without_lengths_is_put_together():
    # As OpenSSL writes it when it streams: BER of an indefinite length, the octets in parts.
    octets = b"\x24\x80\x04\x02ab\x24\x04\x04\x02cd\x04\x01e\x00\x00"
    body = b"\x02\x01\x01\x31\x80\x30\x80\x00\x00\x00\x00\x30\x80\x06\x01\x2a\xa0\x80" + octets
    data = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010702") + b"\xa0\x80\x30\x80" + body + bytes(12)
    assert mail_cms.kind_of(data) == "signed"
    assert mail_cms.content_of(data, 100) == b"abcde"


@pytest.mark.req("E2")
def test_a_compressed_mail_is_opened_within_the_limit():
    def der(tag: int, content: bytes) -> bytes:
        return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content

    def packed(content: bytes) -> bytes:
        oid = der(6, bytes.fromhex("2a864886f70d0109100109"))
        held = der(0x30, der(6, b"\x2a") + der(0xA0, der(4, zlib.compress(content))))
        return der(0x30, oid + der(0xA0, der(0x30, der(2, b"\0") + der(0x30, der(6, b"\x2a")) + held)))

    assert said(mail.read(carrying(packed(inner())), LIMITS))[-1] == "署名された本文です。"
    with pytest.raises(Problem) as problem:
        mail.read(carrying(packed(bytes(3 << 20))), Limits(max_inflated_mb=2))
    assert problem.value.key == "zip-bomb"


@given(st.binary(max_size=200))
def test_any_bytes_taken_for_a_seal_end(data):
    mail_cms.kind_of(data)
    head = b"\x30\x80\x06\x09" + bytes.fromhex("2a864886f70d010702") + b"\xa0\x80\x30\x80"
    assert len(mail_cms.content_of(head + data, 1000)) <= len(data)


def with_winmail(plain: str, data: bytes) -> bytes:
    made = notice(plain=plain)
    made.add_attachment(data, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    return made.as_bytes()


def test_what_exchange_packed_are_attachments_of_the_mail(tmp_path):
    packed = tnef(
        attachment("申請書の様式（令和６年度）.docx", b"PK\x03\x04" * 500),
        attachment("一覧.csv", b"1,2"),
        body="包まれた本文です。",
    )
    path = tmp_path / "通知.eml"
    path.write_bytes(with_winmail("1 日時　４月10日", packed))
    reading = read_file(path, path.name)
    assert [each.name for each in reading.members] == ["申請書の様式（令和６年度）.docx", "一覧.csv"]
    assert [member(path, path.name, number) for number in (0, 1)] == [b"PK\x03\x04" * 500, b"1,2"]
    # The mail says the same itself, so that of the packing is left out.
    assert said(reading)[-1] == "1 日時　４月10日"
    path.write_bytes(with_winmail(" ", packed))
    assert said(read_file(path, path.name))[-1] == "包まれた本文です。"


def test_a_mail_packed_in_a_mail_becomes_an_eml():
    held = tnef(attachment("一覧.csv", b"1,2"), body="転送された本文", subject="①元のメール")
    within = attachment("", b"", (0x3701, 0xD, bytes(16) + held), (0x3705, 3, 5))
    reading = mail.read(with_winmail("本文", tnef(within)), LIMITS)
    assert [each.name for each in reading.members] == ["①元のメール.eml"]
    again = mail.read(mail.member(with_winmail("本文", tnef(within)), 0, LIMITS), LIMITS)
    assert said(again)[1:] == ["①元のメール", "転送された本文"]
    assert [each.name for each in again.members] == ["一覧.csv"]


def test_winmail_dat_alone_is_read_and_a_broken_one_is_kept_as_it_is(tmp_path):
    path = tmp_path / "winmail.dat"
    path.write_bytes(tnef(attachment("一覧.csv", b"1,2"), body="包まれた本文です。", subject="回覧"))
    reading = read_file(path, path.name)
    assert said(reading) == ["件名: 回覧\n添付: 一覧.csv", "回覧", "包まれた本文です。"]
    assert member(path, path.name, 0) == b"1,2"
    reading = mail.read(with_winmail("本文", b"\x78\x9f\x3e\x00"), LIMITS)
    assert [each.name for each in reading.members] == ["winmail.dat"]


def test_of_a_packing_that_is_cut_off_the_part_before_is_read():
    data = tnef(attachment("一覧.csv", b"1,2"), attachment("後.csv", b"3"))
    reading = mail.read(with_winmail("本文", data[:-40]), LIMITS)
    assert reading.members[0].name == "一覧.csv"


@pytest.mark.req("E2")
def test_packings_within_packings_end():
    data = tnef(body="底")
    for _ in range(30):
        data = tnef(attachment("", b"", (0x3701, 0xD, bytes(16) + data)))
    with pytest.raises(Problem) as problem:
        mail.read(with_winmail("本文", data), LIMITS)
    assert problem.value.key == "nested"


@given(st.binary(max_size=300), st.integers(0, 300))
def test_any_bytes_taken_for_a_packing_end(data, at):
    whole = tnef(attachment("一覧.csv", b"1,2"), body="本文")
    for hostile in (
        mail_tnef.MAGIC + data,
        whole[: at % len(whole)] + data,
        whole[:at] + data + whole[at + len(data) :],
    ):
        with contextlib.suppress(Problem):
            made = mail_tnef.item(hostile)
            mail.read(msg_item.eml(made, LIMITS), LIMITS)
            [each.name(1) for each in made.attachments()]


@pytest.mark.parametrize("clear", [True, False])
def test_a_signed_mail_of_outlook_is_read_through_its_seal(seal, clear):
    options = (pkcs7.PKCS7Options.DetachedSignature,) if clear else ()
    sealed = signed(seal, inner(), *options, encoding=Encoding.SMIME if clear else Encoding.DER)
    named = "IPM.Note.SMIME.MultipartSigned" if clear else "IPM.Note.SMIME"
    streams = item(bytes(32), p0037=SUBJECT, p0C1A="人事課", p001A=named)
    streams |= below("__attach_version1.0_#00000000", item(bytes(8), p3707="smime.p7m", p3701=sealed))
    reading = msg.read(ole(streams), LIMITS)
    assert said(reading) == [
        f"件名: {SUBJECT}\n差出人: 人事課\n添付: 一覧.csv", SUBJECT, "署名された本文です。"
    ]  # fmt: skip
    assert "署名が正しいかどうかは確かめていません" in reading.notice
    assert msg.member(ole(streams), 0, LIMITS) == b"1,2"


def test_an_encrypted_mail_of_outlook_says_what_to_do(seal):
    streams = item(bytes(32), p0037=SUBJECT, p001A="IPM.Note.SMIME")
    streams |= below("__attach_version1.0_#00000000", item(bytes(8), p3707="smime.p7m", p3701=encrypted(seal)))
    reading = msg.read(ole(streams), LIMITS)
    assert "暗号化されたメール" in reading.notice
    assert said(reading)[0] == f"件名: {SUBJECT}"


def calendar(*lines: str, method: str = "REQUEST") -> bytes:
    inside = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:{method}\r\n{inside}\r\nEND:VCALENDAR\r\n".encode()


MEETING = (
    "SUMMARY:庁議\\, 臨時",
    "DTSTART;TZID=Tokyo Standard Time:20260401T100000",
    "DTEND;TZID=Tokyo Standard Time:20260401T113000",
    "LOCATION:第一会議室",
    'ORGANIZER;CN="政策課; 調整係":mailto:seisaku@city.kazami.example',
    "DESCRIPTION:1 予算\\n2 その",
    " 他",
    "BEGIN:VALARM",
    "DESCRIPTION:知らせ",
    "TRIGGER:-PT15M",
    "END:VALARM",
)


def test_an_invitation_says_what_when_and_where():
    invited = notice(plain="出席してください。")
    invited.add_alternative("<p>出席してください。</p>", subtype="html")
    invited.add_alternative(calendar(*MEETING).decode(), subtype="calendar", params={"method": "REQUEST"})
    assert said(mail.read(invited.as_bytes(), LIMITS))[2:] == [
        "出席してください。",
        "予定: 庁議, 臨時\n日時: 令和8年4月1日（水）10時00分から11時30分まで\n場所: 第一会議室\n"
        "主催: 政策課; 調整係\n内容: 1 予算\n2 その他",
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("DTSTART:20260401T010000Z", "DTEND:20260401T020000Z"), "令和8年4月1日（水）10時00分から11時00分まで"),
        (("DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260402"), "令和8年4月1日（水）"),
        (
            ("DTSTART;VALUE=DATE:20260401", "DTEND;VALUE=DATE:20260404"),
            "令和8年4月1日（水）から令和8年4月3日（金）まで",
        ),
        (
            ("DTSTART:20260401T220000", "DTEND:20260402T060000"),
            "令和8年4月1日（水）22時00分から令和8年4月2日（木）6時00分まで",
        ),
        (("DTSTART;TZID=America/New_York:20260401T100000",), "令和8年4月1日（水）10時00分（America/New_Yorkの時刻）"),
        (("DTSTART:20261301T100000",), "20261301T100000"),
    ],
)
def test_the_time_of_a_meeting_is_that_of_japan(lines, expected):
    blocks = mail_calendar.read(calendar("SUMMARY:会議", *lines), LIMITS).blocks
    assert blocks[0].text == f"予定: 会議\n日時: {expected}"


MEETING_SET = UUID("00062002-0000-0000-c000-000000000046").bytes_le


def invited(kind: str, head: int = 32) -> dict[str, bytes]:
    """A meeting of Outlook: its time and place are properties with names of their own."""
    first, last = datetime(2026, 4, 1, 1, 0, tzinfo=UTC), datetime(2026, 4, 1, 2, 30, tzinfo=UTC)
    times = {0x8000: ticks(first), 0x8001: ticks(last)}
    streams = item(bytes(head), times, p0037="庁議", p001A=kind, p8003="第一会議室")
    # The set is the first after the two that need no listing; 0x8002 has a text for its name.
    entries = [(0x820D, 6, 0), (0x820E, 6, 1), (0, 7, 2), (0x8208, 6, 3)]
    streams["__nameid_version1.0/__substg1.0_00020102"] = MEETING_SET
    streams["__nameid_version1.0/__substg1.0_00030102"] = b"".join(struct.pack("<IHH", *each) for each in entries)
    return streams


def test_a_meeting_of_outlook_says_when_and_where():
    expected = "予定: 庁議\n日時: 令和8年4月1日（水）10時00分から11時30分まで\n場所: 第一会議室"
    assert said(msg.read(ole(invited("IPM.Schedule.Meeting.Request")), LIMITS))[-1] == expected
    off = said(msg.read(ole(invited("IPM.Schedule.Meeting.Canceled")), LIMITS))[-1]
    assert off == expected.replace("予定", "予定（取り消し）")
    assert said(msg.read(ole(invited("IPM.Note")), LIMITS))[-1] == "庁議"
    # In another mail it is passed on as an eml that says the same.
    streams = item(bytes(32), p0037="転送", p1000="本文")
    streams |= below("__attach_version1.0_#00000000", item(bytes(8)))
    inner = invited("IPM.Appointment", 24)
    names = {name: inner.pop(name) for name in list(inner) if name.startswith("__nameid")}
    streams |= below("__attach_version1.0_#00000000/__substg1.0_3701000D", inner) | names
    passed_on = mail.read(msg.member(ole(streams), 0, LIMITS), LIMITS)
    assert said(passed_on)[-2:] == ["庁議", expected]


def test_a_meeting_that_exchange_packed_says_when_and_where():
    made = mail_tnef.MAGIC + b"\1\0" + attribute(1, 0x78008, b"IPM.Microsoft Schedule.MtgReq\0")
    made += attribute(1, 0x18004, "庁議".encode("cp932") + b"\0")
    rows = struct.pack("<I", 2)
    for number, hour in ((0x820D, 1), (0x820E, 2)):
        moment = datetime(2026, 4, 1, hour, tzinfo=UTC)
        rows += struct.pack("<HH", 0x40, 0x8000 + number % 16) + MEETING_SET + struct.pack("<II", 0, number)
        rows += struct.pack("<Q", ticks(moment))
    made += attribute(1, 0x69003, rows)
    expected = "予定: 庁議\n日時: 令和8年4月1日（水）10時00分から11時00分まで"
    assert said(mail.read(with_winmail(" ", made), LIMITS))[-1] == expected


def test_a_meeting_that_was_called_off_or_comes_again_says_so():
    off = calendar("SUMMARY:会議", method="CANCEL")
    assert mail_calendar.read(off, LIMITS).blocks[0].text == "予定（取り消し）: 会議"
    weekly = calendar("SUMMARY:朝礼", "RRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL=20270331T150000Z;BYDAY=MO")
    assert (
        mail_calendar.read(weekly, LIMITS).blocks[0].text == "予定: 朝礼\nくり返し: 2週ごと（令和9年3月31日（水）まで）"
    )


def test_a_calendar_file_is_read_and_one_without_an_event_says_so(tmp_path):
    path = tmp_path / "予定.ics"
    path.write_bytes(calendar(*MEETING))
    assert said(read_file(path, path.name))[0].startswith("予定: 庁議, 臨時\n")
    with pytest.raises(Problem) as problem:
        mail_calendar.read(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", LIMITS)
    assert problem.value.key == "no-text"


@given(st.text(max_size=200))
def test_any_text_taken_for_a_calendar_ends(text):
    mail_calendar.blocks("BEGIN:VEVENT\nSUMMARY:" + text + "\nEND:VEVENT")
    mail_calendar.blocks("BEGIN:VEVENT\nDTSTART:" + text)
