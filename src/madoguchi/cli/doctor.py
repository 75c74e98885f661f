"""`madoguchi doctor`: is everything here whole, and does what should agree agree?"""

import argparse
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from madoguchi.cli.main import print_json
from madoguchi.cli.start import end, start

if TYPE_CHECKING:
    from madoguchi.people.models import Tenant


@dataclass
class Check:
    """One thing looked at. `detail` says what was found, and what to do when it is not well."""

    name: str
    ok: bool
    detail: str


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repair", action="store_true", help="直せるものを直す（索引の作り直し、取り込みの再開）")


def run(options: argparse.Namespace) -> int:
    """Look at everything, repair what can be when asked to, and exit 1 when something is not well."""
    start()
    if options.repair:
        repair()
    about_models = (embedding, models, local)
    about_files = (readers, viruses, scans, converter)
    checks = [look() for look in (database, keys, bytes_of_files, work, index, *about_models, *about_files)]
    if options.json:
        print_json({"ok": all(check.ok for check in checks), "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            print(f"{'良好' if check.ok else '要確認'}\t{check.name}\t{check.detail}")
    return end(0 if all(check.ok for check in checks) else 1)


def database() -> Check:
    """Ask the database whether its file is whole, and SQLite whether it has the mend of its WAL."""
    import sqlite3

    from django.db import connection

    from madoguchi.conf.sqlite import is_mended

    if connection.vendor != "sqlite":
        return Check("データベース", True, f"{connection.vendor} に接続できます。")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        found = [str(row[0]) for row in cursor.fetchall()]
    if found != ["ok"]:
        return Check("データベース", False, "破損があります。控えから戻してください。")
    using = f"破損はありません。SQLite {sqlite3.sqlite_version} を使っています。"
    if not is_mended(sqlite3.sqlite_version_info):
        using += "この版ではWALを使えないため、書き込み中は読み取りが待ちます。SQLite 3.51.3以上にしてください。"
    return Check("データベース", True, using)


def keys() -> Check:
    """Look whether the master key is there for its owner alone, and whether all that is sealed opens. Counts only."""
    from madoguchi import sealing
    from madoguchi.people.rotation import standing

    try:
        masters, found = sealing.masters(), [standing(tenant.pk) for tenant in offices()]
    except sealing.NoMasterKey as reason:
        return Check("鍵", False, str(reason))
    data_keys, secrets = sum(len(one.secrets) for one in found), sum(sum(one.secrets.values()) for one in found)
    if not masters and sealing.is_file_named():
        return Check(
            "鍵", False, f"主鍵のファイル {sealing.master_file()} がありません。控えから戻すか、作ってください。"
        )
    if not masters and not data_keys:
        return Check("鍵", True, "暗号化した値はまだありません。主鍵は、はじめてキーを登録するときに作ります。")
    closed = sum(one.closed_keys + one.closed_secrets for one in found)
    detail = f"データの鍵 {data_keys}個、暗号化した値 {secrets}件。"
    if closed:
        detail += "開けないものがあります。主鍵を控えから戻すか、接続先の編集でキーを入力し直してください。"
    exposed = not sealing.is_in_environment() and sealing.readable_by_others()
    if exposed:
        detail += f"主鍵のファイルを所有者以外も読めます。chmod 600 {sealing.master_file()} を実行してください。"
    if sealing.is_in_environment():
        detail += "主鍵を環境変数で受け取っています。できればファイルで渡してください。"
    if any(len(one.secrets) > 1 for one in found) or len(masters) > 1:
        detail += "鍵を替えている途中です。madoguchi secrets rotate（主鍵は --master）で続けます。"
    return Check("鍵", not closed and not exposed, detail)


def bytes_of_files() -> Check:
    """Look whether the bytes of every file are there."""
    from madoguchi.library import blobs

    missing = sum(len(blobs.missing(tenant)) for tenant in offices())
    strays = sum(len(blobs.strays(tenant)) for tenant in offices())
    detail = f"欠けたファイル {missing}件、どの文書にも属さないファイル {strays}件。"
    return Check("ファイル", missing == 0, detail + ("控えから戻してください。" if missing else ""))


def work() -> Check:
    """Count what waits, and what waits though nobody wrote it down."""
    from madoguchi import durable
    from madoguchi.library.ingest import UNFINISHED
    from madoguchi.library.models import Version

    ingest, embed = durable.unfinished("ingest"), durable.unfinished("embed")
    describe = durable.unfinished("describe")
    unfinished = Version.objects.filter(status__in=UNFINISHED, document__deleted_at=None).count()
    lost = max(0, unfinished - ingest)
    detail = f"取り込み待ち {ingest}件、意味の索引待ち {embed}件、図の説明待ち {describe}件。"
    if lost:
        detail += f"開始されていない取り込みが{lost}件あります。madoguchi doctor --repair で再開します。"
    return Check("作業", lost == 0, detail)


def index() -> Check:
    """Compare the index with the documents, and the way its words were cut with today's."""
    from madoguchi.search.lance import the_index

    found = [index_differences(tenant) for tenant in offices()]
    missing, extra, stale, twice = (sum(one[kind] for one in found) for kind in ("missing", "extra", "stale", "twice"))
    detail = f"索引が足りない文書・FAQ {missing}件、余分な索引のあるもの {extra}件、"
    detail += f"閲覧条件が古いもの {stale}件、重複 {twice}行。"
    old = sum(not the_index().is_current(tenant.pk) for tenant in offices())
    if old:
        detail += "以前の版の索引です（動作中なら10分以内に自動で作り直し始めます）。"
    whole = not (missing or extra or stale or twice or old)
    return Check("索引", whole, detail + ("" if whole else "madoguchi doctor --repair で作り直します。"))


def embedding() -> Check:
    """Look whether meaning can be searched, and how many documents it does not reach yet."""
    from madoguchi.library.models import Version
    from madoguchi.llm import embeddings

    waiting = Version.objects.filter(status=Version.Status.READY, embedded_at=None, document__deleted_at=None).count()
    if not embeddings.is_prepared():
        return Check("意味検索", False, "準備ができていません。ことばによる検索は使えます。make setup で準備します。")
    return Check("意味検索", True, f"使えます。意味の索引がまだない版 {waiting}件。")


def models() -> Check:
    """Look which model each office compares meanings by, and whether one that is prepared stands still."""
    from madoguchi.cli.embeddings import standing

    ok, said = True, list[str]()
    for tenant in offices():
        state = standing(tenant)
        in_use, preparing = state["in_use"], state["preparing"]
        ok = ok and in_use["by_meaning"] and not (preparing and preparing["stopped"])
        said.append(f"{tenant.name}: {in_use['model']} を使っています。{in_use['reason']}")
        if preparing:
            said.append(f"{preparing['model']} を準備しています（{preparing['done']}/{preparing['total']}件）。")
            said.append(f"止まっています。{preparing['stopped']}" if preparing["stopped"] else "")
    return Check("意味検索のモデル", ok, "".join(said) or "組織がまだありません。")


def local() -> Check:
    """Look whether the model of this machine can run, where one is set, and whether it does."""
    from madoguchi.llm import local_model

    name = "この機械のモデル"
    if not local_model.is_set():
        return Check(name, True, "設定されていません（任意）。MADOGUCHI_LOCAL_MODEL で設定します。")
    if reason := local_model.why_not():
        return Check(name, False, reason)
    if local_model.is_port_taken():
        return Check(name, True, f"{local_model.address()} で動作しています。")
    return Check(name, True, "使えます。madoguchi serve を起動すると動き始めます。")


def readers() -> Check:
    """Look which walls this machine has around the reading of files."""
    from madoguchi.readers import confine

    walls = confine.available()
    absent = [name for name, stands in walls.items() if not stands]
    detail = "、".join(f"{name}: {'有効' if stands else 'なし'}" for name, stands in walls.items())
    return Check("読み取りの隔離", not absent, detail)


def viruses() -> Check:
    """Ask the virus scanner about a harmless text and about the one that every scanner reports."""
    from madoguchi.library import quarantine, scanning

    found = [quarantine.counts(tenant) for tenant in offices()]
    unasked, waiting, held = (sum(one[verdict] for one in found) for verdict in ("unasked", "waiting", "found"))
    detail = f"未検査 {unasked}件、検査待ち {waiting}件、隔離中 {held}件。"
    if not scanning.is_set():
        detail = f"ウイルス検査が設定されていません。MADOGUCHI_SCANNER で設定します。{detail}"
        return Check("ウイルス検査", waiting == 0, detail)
    wrong = scanning.trial()
    if unasked:
        detail += "未検査のものは madoguchi doctor --repair で検査します。"
    return Check("ウイルス検査", not wrong, (wrong or "動作しています。") + detail)


def scans() -> Check:
    """Look whether scans and pictures can be read."""
    from madoguchi.readers import ocr

    packages = "tesseract-ocr、tesseract-ocr-jpn、tesseract-ocr-jpn-vert"
    if ocr.available():
        return Check("紙を読み取った画像", True, "Tesseractがあります。スキャンと画像の文字を読み取れます。")
    return without("紙を読み取った画像", "Tesseract", "スキャンと画像", packages)


def converter() -> Check:
    """Look whether old office files can be read."""
    from madoguchi.readers import convert

    packages = "libreoffice-writer-nogui と libreoffice-impress-nogui"
    if convert.available():
        return Check("古い形式の変換", True, "LibreOfficeがあります。doc・rtf・odt・ppt・odpを読み取れます。")
    return without("古い形式の変換", "LibreOffice", "doc・rtf・odt・ppt・odp", packages)


def without(name: str, program: str, files: str, packages: str) -> Check:
    """Say what is not read without a program, and what to install. The product works without: it is never a fault."""
    said = f"{program}がありません。{files}は保管のみで、本文は探せません。読み取るには {packages} を導入します。"
    return Check(name, True, said)


def repair() -> None:
    """Start what nobody wrote down, have the scanner look at what it has not seen, and index again the documents in
    which index and database differ."""
    from madoguchi.library import ingest, quarantine
    from madoguchi.search.rebuild import mend

    ingest.continue_unfinished()
    quarantine.ask_again()
    for tenant in offices():
        quarantine.examine_unasked(tenant)
        mend(tenant)


def index_differences(tenant: "Tenant") -> dict[str, int]:
    """Return for how many documents and FAQ entries the index lacks rows, has extra or demands something stale, and how
    many rows are twice."""
    from django.utils import timezone

    from madoguchi.people.models import Classification
    from madoguchi.search.index import Condition
    from madoguchi.search.lance import the_index
    from madoguchi.search.rebuild import disagreements

    found = disagreements(tenant)
    rows = sum(map(len, the_index().documents(tenant.pk).values()))
    everything = Condition(tenant.pk, frozenset(), Classification.C3A, timezone.localdate(), everything=True)
    twice = the_index().count(everything) - rows
    return {kind: len(ids) for kind, ids in found.items()} | {"twice": twice}


def offices() -> "list[Tenant]":
    from madoguchi.people.models import Tenant

    return list(Tenant.objects.all())
