"""A model on this machine: a child on loopback that is begun, begun again, and ended with us."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from django.urls import reverse

from madoguchi.cli import doctor
from madoguchi.llm import local_model
from madoguchi.llm.presets import preset_named
from madoguchi.llm.trial import try_out
from madoguchi.people.access import scope_of_operator
from tests.llm.made import endpoint_at

PATIENCE_SECONDS = 30


@pytest.fixture
def gguf(tmp_path, settings):
    """A file that the stand-in takes for a model, on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.LOCAL_MODEL_PORT = free.getsockname()[1]
    file = tmp_path / "model.gguf"
    file.write_bytes(b"GGUF\x03")
    settings.LOCAL_MODEL = str(file)
    settings.LOCAL_MODEL_MODULE = "tests.llm.stand_in_model"
    settings.LOCAL_MODEL_WAIT_SECONDS = settings.LOCAL_MODEL_MOST_WAIT_SECONDS = 0.05
    return file


@pytest.fixture
def child(gguf):
    child = local_model.Child()
    yield child
    if child._thread.is_alive():
        child.stop()


def until(true) -> None:
    """Wait for something to be true, and fail when it never is."""
    tick, over = threading.Event(), time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < over
        tick.wait(0.02)


def begun(gguf) -> list[str]:
    log = gguf.with_suffix(".begun")
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.django_db
def test_it_answers_on_loopback_as_the_endpoint_that_its_preset_makes(office, child):
    child.start()
    until(local_model.is_port_taken)
    preset = preset_named("local")
    assert preset is not None
    made = endpoint_at(office, preset.base_url, model=preset.model, zone=preset.zone)
    assert try_out(made, scope_of_operator(office)).works and preset.base_url.startswith("http://127.0.0.1:")
    assert "動作しています" in doctor.local().detail
    child.stop()
    assert child.state == "ended" and not local_model.is_port_taken()


def test_it_gets_none_of_our_secrets(child, gguf, monkeypatch):
    monkeypatch.setenv("MADOGUCHI_MASTER_KEY", "canary")
    monkeypatch.setenv("OPENAI_API_KEY", "canary")
    child.start()
    until(local_model.is_port_taken)
    assert "KEY" not in begun(gguf)[0] and " 127.0.0.1 8192 " in begun(gguf)[0]


def test_one_that_dies_is_begun_again(child, gguf):
    child.start()
    until(local_model.is_port_taken)
    os.kill(int(begun(gguf)[0].split()[0]), signal.SIGKILL)
    until(lambda: len(begun(gguf)) == 2 and local_model.is_port_taken())
    assert child.state == "running"


def test_one_that_always_dies_is_given_up(child, gguf, settings):
    settings.LOCAL_MODEL_TRIES = 3
    settings.LOCAL_MODEL_MOST_WAIT_SECONDS = PATIENCE_SECONDS
    gguf.write_bytes(b"GGUF die")
    child.start()
    until(lambda: child.state == "ended")
    assert len(begun(gguf)) == child.begun == 3 and "続けて終わりました" in child.reason


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "読み取れません"), (b"", "GGUF形式ではありません"), (b"<html>", "GGUF形式ではありません")],
)
def test_a_file_that_is_missing_or_broken_is_said_and_nothing_is_begun(child, gguf, content, said):
    gguf.unlink()
    if content is not None:
        gguf.write_bytes(content)
    child.start()
    until(lambda: child.state == "ended")
    assert said in child.reason and child.begun == 0
    check = doctor.local()
    assert not check.ok and said in check.detail and str(gguf) not in check.detail


def test_without_the_wheel_the_doctor_says_what_to_install(gguf, settings):
    settings.LOCAL_MODEL_MODULE = "no_such_llama_cpp.server"
    check = doctor.local()
    assert not check.ok and "llama-cpp-python[server]" in check.detail


def test_a_port_in_use_is_said_and_left_to_its_owner(child, settings):
    with socket.create_server(("127.0.0.1", settings.LOCAL_MODEL_PORT)):
        child.start()
        until(lambda: child.state == "ended")
        assert child.begun == 0 and str(settings.LOCAL_MODEL_PORT) in child.reason


def test_it_does_not_outlive_a_parent_that_is_killed(gguf, settings):
    program = (
        "import os, sys, threading; import django; from django.conf import settings; django.setup(); "
        "settings.LOCAL_MODEL_MODULE = 'tests.llm.stand_in_model'; "
        "from madoguchi.llm import local_model; local_model.started(); threading.Event().wait()"
    )
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "madoguchi.conf.settings",
        "MADOGUCHI_LOCAL_MODEL": str(gguf),
        "MADOGUCHI_LOCAL_MODEL_PORT": str(settings.LOCAL_MODEL_PORT),
        "MADOGUCHI_HOME": str(gguf.parent / "home"),
    }
    parent = subprocess.Popen([sys.executable, "-c", program], env=environment)
    try:
        until(local_model.is_port_taken)
    finally:
        parent.kill()
        parent.wait()
    until(lambda: not local_model.is_port_taken())


@pytest.mark.django_db
def test_without_a_model_nothing_is_begun_offered_or_wanted(settings, make_user, signed_in):
    settings.LOCAL_MODEL = ""
    assert local_model.started() is None and preset_named("local") is None and doctor.local().ok
    page = signed_in(make_user("sato", is_administrator=True)).get(reverse("endpoint-new")).content.decode()
    assert "preset=local" not in page
