"""The product's own settings on a fresh home: each test process, and each xdist worker, has one."""

import atexit
import os
import shutil
import tempfile

os.environ["MADOGUCHI_HOME"] = tempfile.mkdtemp(prefix="madoguchi-test-")
atexit.register(shutil.rmtree, os.environ["MADOGUCHI_HOME"], ignore_errors=True)

from madoguchi import paths  # noqa: E402
from madoguchi.conf.settings import *  # noqa: E402, F403
from madoguchi.conf.settings import DATABASE_URL, DATABASES  # noqa: E402

if not DATABASE_URL:
    # A file, not memory: processes that a test starts work on the same database.
    DATABASES["default"]["TEST"] = {"NAME": paths.folder("data") / "test.sqlite3"}
# Commands that a test starts use the product's settings, not these.
os.environ["DJANGO_SETTINGS_MODULE"] = "madoguchi.conf.settings"
