#!/bin/sh
# Write dist/offline/: the product, its wheels and uv, for a machine without any network of the same kind and Python.
set -eu
cd "$(dirname "$0")/.."
OUT=dist/offline
rm -rf "$OUT" && mkdir -p "$OUT/wheels"
.tools/bin/uv export --quiet --frozen --no-dev --no-emit-project --output-file "$OUT/requirements.txt"
.tools/bin/pip download --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r "$OUT/requirements.txt" -d "$OUT/wheels"
.tools/bin/uv build --quiet --wheel --out-dir "$OUT/wheels"
cat > "$OUT/install.sh" <<'INSTALL'
#!/bin/sh
# Install into ./.venv from the wheels beside this file; no network.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python3 -m venv .venv
.venv/bin/pip install --quiet --no-index --find-links "$here/wheels" --require-hashes -r "$here/requirements.txt"
.venv/bin/pip install --quiet --no-index --no-deps --find-links "$here/wheels" madoguchi
echo "入りました: .venv/bin/madoguchi"
INSTALL
chmod +x "$OUT/install.sh"
(cd "$OUT" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
echo "$OUT"
