"""Nothing is revived from data: not in our source, not by a reader's library; and nothing starts by itself."""

import ast
import json
import pickle
import site
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

from tests.readers import files
from tests.readers.ole_writer import ole
from tests.readers.test_ichitaro import document
from tests.readers.test_mail import notice, outlook

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "madoguchi"
REVIVERS = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "joblib", "torch"}
# Names that revive whatever module they are taken from.
UNSAFE = {"allow_pickle", "unsafe_load", "full_load", "read_pickle", "Unpickler", "UnsafeLoader", "FullLoader"}
# Reads a file of each kind while anything that unpickles a class ends the process.
PROBE = """
import importlib, json, sys
from madoguchi.readers.limits import Limits
for module in sorted(set(__import__("madoguchi.readers.kinds", fromlist=["x"]).READERS.values())):
    importlib.import_module("madoguchi.readers." + module)
def refuse(event, arguments):
    if event == "pickle.find_class":
        raise RuntimeError(event)
sys.addaudithook(refuse)
for name, path in json.loads(sys.argv[1]):
    reader = importlib.import_module("madoguchi.readers." + name)
    reading = reader.read(open(path, "rb").read(), Limits())
    assert reading.blocks, name
    for number in range(len(reading.members)):
        reader.member(open(path, "rb").read(), number, Limits())
print("read")
"""


def revivals(path: Path) -> list[str]:
    """Return where a module takes in what revives objects."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [(node.module or "").split(".")[0], *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Attribute):
            names = [node.attr] if node.attr in UNSAFE else []
            if node.attr in ("load", "load_all") and getattr(node.value, "id", "") == "yaml":
                names = ["unsafe_load"]
        elif isinstance(node, ast.keyword) and node.arg in UNSAFE:
            # `allow_pickle=False` says that it does not.
            names = [] if getattr(node.value, "value", True) is False else [node.arg]
        found += [f"{path.name}:{name}" for name in names if name in REVIVERS | UNSAFE]
    return found


@pytest.mark.req("E9")
def test_our_source_revives_nothing_from_data():
    assert [each for path in SOURCE.rglob("*.py") for each in revivals(path)] == []


@pytest.mark.parametrize(
    "source", ["import pickle", "from marshal import loads", "yaml.load(x)", "np.load(x, allow_pickle=True)"]
)
def test_the_look_for_revivals_finds_them(tmp_path, source):
    (tmp_path / "x.py").write_text(source)
    assert revivals(tmp_path / "x.py")


@pytest.mark.req("E9")
def test_no_reader_revives_an_object_from_a_file(tmp_path):
    mail = notice()
    mail.add_attachment(pickle.dumps(Path("/")), maintype="application", subtype="octet-stream", filename="x.pkl")
    made = {
        "mail": mail.as_bytes(),
        "msg": ole(outlook(p1000="本文")),
        "ichitaro": document(),
        "html": b"<p>text</p>",
        "text": b"text",
        "csv": "名,数\n紙,3\n".encode(),
        "zip": files.archive(tmp_path / "z", {"x.pkl": pickle.dumps(Path("/"))}).read_bytes(),
        "docx": files.small_docx(tmp_path / "d").read_bytes(),
        "xlsx": files.small_xlsx(tmp_path / "x").read_bytes(),
        "pdf": files.pdf(tmp_path / "p", [files.Page().text(70, 80, "申請書")]).read_bytes(),
    }
    jobs = []
    for name, content in made.items():
        path = tmp_path / f"made.{name}"
        path.write_bytes(content)
        jobs.append((name, str(path)))
    said = subprocess.run([sys.executable, "-I", "-c", PROBE, json.dumps(jobs)], capture_output=True, text=True)
    assert said.stdout == "read\n", said.stderr


def locked() -> dict[str, list[str]]:
    """Return each package of the lock file with those it needs."""
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    return {each["name"]: [needed["name"] for needed in each.get("dependencies", [])] for each in packages}


@pytest.mark.req("E9")
def test_what_is_shipped_needs_no_reader_that_revives():
    needed, waiting = set(), ["madoguchi"]
    packages = locked()
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += packages[name]
    assert "olefile" in needed
    assert not needed & {"dill", "cloudpickle", "joblib", "torch", "pdfminer-six", "pdfplumber", "langchain-core"}


@pytest.mark.req("M9")
def test_litellm_is_nowhere_in_the_lock():
    assert "litellm" not in locked()


@pytest.mark.req("M9")
def test_nothing_starts_with_python_by_itself():
    """A `.pth` file runs at every start: only those that name a folder, and no start-up module."""
    folders = {Path(path) for path in [*site.getsitepackages(), sysconfig.get_path("purelib")]}
    starting = []
    for folder in filter(Path.is_dir, folders):
        for path in folder.glob("*.pth"):
            lines = path.read_text().splitlines()
            starting += [f"{path.name}: {line}" for line in lines if line.startswith(("import ", "import\t"))]
        starting += [path.name for path in folder.iterdir() if path.stem in ("sitecustomize", "usercustomize")]
    allowed = ("distutils-precedence.pth", "_virtualenv.pth")
    assert [each for each in starting if not each.startswith(allowed)] == []
