"""Imported first by a child process of a test: it works on the test's own database."""

import os

from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["MADOGUCHI_TEST_DATABASE"]
