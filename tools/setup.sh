#!/bin/sh
# Make .venv from the lock file, with uv from pip. Needs Python 3.11 or newer; nothing else is asked of the machine.
set -eu
cd "$(dirname "$0")/.."
UV_VERSION=0.13.9

say() { printf '%s\n' "$*" >&2; }

PYTHON=${PYTHON:-python3}
if ! "$PYTHON" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; then
    say "Python 3.11〜3.13 が必要です。PYTHON=/path/to/python make setup のように指定できます。"
    exit 1
fi
if [ ! -x .tools/bin/uv ]; then
    if ! "$PYTHON" -m venv .tools 2>/dev/null; then
        rm -rf .tools
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
            "$PYTHON" -m venv .tools
        else
            say "venv が使えません。管理者として apt-get install python3-venv を実行してから、もう一度 make してください。"
            exit 1
        fi
    fi
    .tools/bin/pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
fi
# --inexact: what make test added stays.
.tools/bin/uv sync --quiet --frozen --inexact --no-dev --python "$PYTHON"
if [ ! -x /usr/lib/libreoffice/program/soffice.bin ] && ! command -v soffice >/dev/null; then
    say "LibreOffice がないため、doc・rtf・odt・ppt・odp は保管のみになります（本文も探すには: apt-get install libreoffice-writer-nogui libreoffice-impress-nogui）。"
fi
if [ ! -e /usr/share/tesseract-ocr/5/tessdata/jpn.traineddata ] && [ ! -e /usr/share/tessdata/jpn.traineddata ]; then
    say "Tesseract がないため、スキャンと画像は保管のみになります（文字も探すには: apt-get install tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert）。"
fi
touch .venv/.setup
