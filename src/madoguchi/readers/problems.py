# ruff: noqa: E501 - a message is one line
"""Why a file could not be read, in the words a clerk reads: what happened, what is kept, what to do."""

MESSAGES = {
    "password": "パスワードで保護されています。ファイルはそのまま保管しています。パスワードを外したものを登録し直してください。",
    "wrong-password": "パスワードが違います。ファイルはそのまま保管しています。大文字と小文字、全角と半角を確かめて、もう一度入力してください。",
    "locked-otherwise": "パスワードを入れても開けない保護がかかっています（{detail}）。ファイルはそのまま保管しています。元のソフトで保護を外したものを登録し直してください。",
    "broken": "ファイルが壊れているか、途中で切れています。ファイルはそのまま保管しています。元のソフトで開けるか確かめ、保存し直してから登録してください。",
    "broken-heic": "HEIC形式の画像を開けませんでした。ファイルが壊れているか、途中で切れています。ファイルはそのまま保管しています。写真をJPEGかPNGで保存し直してから登録してください。",
    "empty": "ファイルの中身が空（0バイト）です。元のファイルを確かめて、登録し直してください。",
    "no-text": "文字が見つかりませんでした。白紙か、文字のない画像だけの文書（本文は未対応）と思われます。ファイルはそのまま保管しています。文字を含むファイル（元のWordやExcelなど）があれば、そちらを登録してください。",
    "broken-text": "文字の情報が壊れていて、正しい文字が分かりません（画面では読めても、写し取ると化けるPDFです）。ファイルはそのまま保管しています。元のWordやExcelなどがあれば、そちらを登録してください。",
    "mismatch": "拡張子と中身が異なります（{detail}）。ファイルはそのまま保管しています。正しい拡張子に直すか、元のソフトで保存し直してから登録してください。",
    "polyglot": "一つのファイルが二つの形式を兼ねています（{detail}）。安全のため読み取りません。ファイルはそのまま保管しています。元のソフトで保存し直してから登録してください。",
    "unsupported": "本文は未対応の形式です（{detail}）。ファイルはそのまま保管しており、名前で探して開けます。本文も探せるようにするには、PDF・Word（docx）・Excel（xlsx）・CSV・HTML・テキストで登録してください。",
    "unsupported-image": "本文は未対応です（{detail}）。画像の中の文字を読み取る仕組み（Tesseract）がこのサーバーにありません。ファイルはそのまま保管しており、名前で探して開けます。読み取るには、管理者に apt-get install tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert の実行を依頼し、登録し直してください。",
    "no-ocr": "文字が見つかりませんでした。紙を読み取った画像だけの文書（本文は未対応）と思われますが、読み取る仕組み（Tesseract）がこのサーバーにありません。ファイルはそのまま保管しています。管理者に apt-get install tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert の実行を依頼するか、文字を含む元のファイル（WordやExcelなど）を登録してください。",
    "unsupported-sound": "本文は未対応です（{detail}）。音声と動画の内容はまだ読み取れません。ファイルはそのまま保管しており、名前で探して開けます。議事録や書き起こしの文書があれば、それも登録してください。",
    "unsupported-archive": "本文は未対応です（{detail}）。この形式でまとめたファイルの中は読み取れません。ファイルはそのまま保管しており、名前で探して開けます。中の文書も探せるようにするには、パソコンで展開して1件ずつ登録するか、ZIPにまとめ直して登録してください。",
    "zip-bomb": "展開すると大きくなりすぎるファイルです（{detail}）。安全のため読み取りません。ファイルはそのまま保管しています。元のソフトで保存し直してから登録してください。",
    "cells": "セルの数が上限（{detail}）を超えています。ファイルはそのまま保管しています。使っていない行と列を消すか、シートを分けて登録してください。",
    "xml": "文書の中に外部を参照する定義（DTD）があります。安全のため読み取りません。ファイルはそのまま保管しています。元のソフトで保存し直してから登録してください。",
    "nested": "入れ子が深すぎて読み取れません。ファイルはそのまま保管しています。元のソフトで保存し直すか、PDFにして登録してください。",
    "memory": "読み取りに使えるメモリー（{detail}MB）を超えました。ファイルはそのまま保管しています。ファイルを分けて登録するか、管理者に MADOGUCHI_READER_MEMORY_MB の変更を相談してください。",
    "cpu": "読み取りの計算時間の上限（{detail}秒）に達しました。ファイルはそのまま保管しています。ファイルを分けて登録するか、管理者に MADOGUCHI_READER_CPU_SECONDS の変更を相談してください。",
    "wall": "読み取り時間の上限（{detail}秒）に達しました。ファイルはそのまま保管しています。しばらくしてからやり直すか、ファイルを分けて登録してください。",
    "output": "読み取った内容が上限（{detail}MB）を超えました。ファイルはそのまま保管しています。ファイルを分けて登録してください。",
    "crash": "読み取りの途中で異常終了しました。ファイルが壊れているか、特殊な作りの可能性があります。ファイルはそのまま保管しています。元のソフトで保存し直してから登録してください。",
    "convert-missing": "本文は未対応です（{detail}）。読み取りに使うLibreOfficeがこのサーバーにありません。ファイルはそのまま保管しており、名前で探して開けます。docxかpptxで保存し直して登録するか、管理者にLibreOffice（libreoffice-writer-nogui と libreoffice-impress-nogui）の導入を相談してください。",
    "convert": "{detail}を変換できませんでした。ファイルが壊れているか、パスワードで保護されている可能性があります。ファイルはそのまま保管しています。元のソフトで開けるか確かめ、docxかpptxで保存し直してから登録してください。",
    "convert-limit": "{detail}の変換が時間か大きさの上限に達しました。ファイルはそのまま保管しています。docxかpptxで保存し直して登録するか、管理者に MADOGUCHI_CONVERTER_WALL_SECONDS の変更を相談してください。",
    "page": "そのページはありません（{detail}）。",
    "image-size": "ページが大きすぎて画像にできません（{detail}）。文書を開いて確かめてください。",
    "no-image": "この形式にはページ画像がありません。文書を開いて確かめてください。",
}


class Problem(Exception):
    """A reader knows why it cannot read: a key of `MESSAGES` and what goes into its braces."""

    def __init__(self, key: str, detail: str = "") -> None:
        super().__init__(key, detail)
        self.key = key
        self.detail = detail


def wants_password(reason: str) -> bool:
    """Return whether a message that may have been kept for long says that a password is missing."""
    return reason.split("。")[0] == MESSAGES["password"].split("。")[0]


def message(key: str, detail: str = "") -> str:
    """Return the Japanese message of a problem."""
    return MESSAGES[key].replace("{detail}", detail)
