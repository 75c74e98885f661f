"""Closed operation opens nowhere: the product's own code in a network with loopback only, watched at the socket."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# It says each attempt to connect or to resolve a name beyond loopback, then what came of each way to a model.
PROBE = """
import os, socket, sys, tempfile
os.environ["MADOGUCHI_HOME"] = tempfile.mkdtemp()
os.environ["DJANGO_SETTINGS_MODULE"] = "madoguchi.conf.settings"
def watch(event, given):
    address = given[1] if event == "socket.connect" else given
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname") and isinstance(address, tuple):
        print("attempt", event, address[0], flush=True)
sys.addaudithook(watch)
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from madoguchi.llm.chat import stream
from madoguchi.llm.embedding_endpoints import embed
from madoguchi.llm.models import Endpoint, Rules
from madoguchi.llm.rerank import rerank
from madoguchi.llm.server_models import models_of
from madoguchi.llm.transcription import transcribe
from madoguchi.people.access import scope_of_operator
from madoguchi.people.models import Tenant
office = Tenant.objects.create(slug="city", name="試験市")
Rules.objects.create(tenant=office, profile=sys.argv[1])
scope = scope_of_operator(office)
made = {}
for use in Endpoint.Use.values:
    made[use] = Endpoint.objects.create(tenant=office, name=use, use=use, provider="openai-compatible", model="m",
        base_url="https://192.0.2.1/v1", zone="internet", max_classification=1)
ways = {
    "chat": lambda: list(stream("chat", scope, "指示です。", "こんにちは", 1)),
    "embed": lambda: embed(made["embedding"], ["文"], "question", scope),
    "passages": lambda: embed(made["embedding"], ["文"], "passage", scope),
    "rerank": lambda: rerank(made["rerank"], "問い", ["一", "二"], scope),
    "rerank-chat": lambda: rerank(made["rerank-chat"], "問い", ["一", "二"], scope),
    "transcribe": lambda: transcribe(made["transcription"], b"RIFF", "a.wav", scope),
    "models": lambda: models_of(made["chat"], ""),
}
for name, way in ways.items():
    try:
        way()
        print("done", name, flush=True)
    except Exception as refusal:
        print("refused", name, type(refusal).__name__, flush=True)
"""
WAYS = {"chat", "embed", "passages", "rerank", "rerank-chat", "transcribe", "models"}


def lines_under(profile: str) -> list[list[str]]:
    """Run the probe where there is loopback only; return its lines as words."""
    command = [sys.executable, str(ROOT / "tools" / "loopback_only.py"), sys.executable, "-c", PROBE, profile]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MADOGUCHI_")}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [line.split() for line in ran.stdout.splitlines()]


@pytest.mark.req("A7")
def test_closed_operation_attempts_no_connection_to_an_endpoint_on_the_internet():
    lines = lines_under("closed")
    assert [words for words in lines if words[0] == "attempt"] == []
    assert {words[1] for words in lines if words[0] == "refused"} == WAYS


@pytest.mark.req("A7")
def test_without_closed_operation_the_same_code_does_attempt_it():
    """That the watch sees what it watches for."""
    assert any("192.0.2.1" in words for words in lines_under("") if words[0] == "attempt")
