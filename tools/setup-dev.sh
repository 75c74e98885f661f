#!/bin/sh
# What tests need besides the product: development packages of the lock, and Debian's Chromium, fonts, gettext, PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
PACKAGES="chromium fonts-ipaexfont gettext postgresql git libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui"
PACKAGES="$PACKAGES tesseract-ocr tesseract-ocr-jpn tesseract-ocr-jpn-vert"

missing=""
for package in $PACKAGES; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
        apt-get update -qq
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
    else
        printf '試験に必要なパッケージがありません。管理者として次を実行してください:\n  apt-get install%s\n' "$missing" >&2
        exit 1
    fi
fi
.tools/bin/uv sync --quiet --frozen --inexact --python "${PYTHON:-python3}"
touch .venv/.setup-dev
