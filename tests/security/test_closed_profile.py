"""Closed operation opens nowhere: the product's own code in a network with loopback only, watched at the socket."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# It says each attempt to connect or to resolve a name, then what came of each way to a model, and how many connections
# came to a server that listens, inside this network, under an address of the internet. Where the kernel grants no such
# network, attempts are watched just so, and stopped.
PROBE = """
import os, socket, subprocess, sys, tempfile, threading
profile, zone = sys.argv[1:]
alone = "MADOGUCHI_LOOPBACK_ONLY" in os.environ
if alone:
    subprocess.run(["ip", "addr", "add", "8.8.8.8/32", "dev", "lo"], check=True)
came, listening = [], socket.socket()
listening.bind(("8.8.8.8" if alone else "127.0.0.1", 0))
listening.listen()
def listen():
    while True:
        came.append(listening.accept()[0].close())
threading.Thread(target=listen, daemon=True).start()
address = f"http://8.8.8.8:{listening.getsockname()[1]}/v1"
os.environ["MADOGUCHI_HOME"] = tempfile.mkdtemp()
os.environ["DJANGO_SETTINGS_MODULE"] = "madoguchi.conf.settings"
def watch(event, given):
    address = given[1] if event == "socket.connect" else given
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname") and isinstance(address, tuple):
        print("attempt", event, address[0], flush=True)
        if not alone:
            raise OSError("not from here")
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
Rules.objects.create(tenant=office, profile=profile)
scope = scope_of_operator(office)
made = {}
for use in Endpoint.Use.values:
    made[use] = Endpoint.objects.create(tenant=office, name=use, use=use, provider="openai-compatible", model="m",
        base_url=address, zone=zone, max_classification=1)
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
print("came", len(came) if alone else "unknown", flush=True)
os._exit(0)
"""
WAYS = {"chat", "embed", "passages", "rerank", "rerank-chat", "transcribe", "models"}


def lines_under(profile: str, zone: str = "internet") -> list[list[str]]:
    """Run the probe where there is loopback only, with endpoints said to stand in a zone; return its lines as words."""
    command = [sys.executable, str(ROOT / "tools" / "loopback_only.py"), sys.executable, "-c", PROBE, profile, zone]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MADOGUCHI_")}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [line.split() for line in ran.stdout.splitlines()]


@pytest.mark.req("A7")
@pytest.mark.parametrize("zone", ["internet", "lgwan", "internal"])
def test_closed_operation_attempts_no_connection_to_the_internet(zone):
    """Nor where an endpoint is registered as one inside although its address is not."""
    lines = lines_under("closed", zone)
    assert [words for words in lines if words[0] == "attempt"] == []
    assert {words[1] for words in lines if words[0] == "refused"} == WAYS
    assert lines[-1] in (["came", "0"], ["came", "unknown"])


@pytest.mark.req("A7")
def test_without_closed_operation_the_same_code_does_attempt_it():
    """That the watch and the server notice what they are there for."""
    lines = lines_under("")
    assert any("8.8.8.8" in words for words in lines if words[0] == "attempt")
    assert lines[-1] != ["came", "0"]
