"""Recordings written down by an endpoint, over real sockets."""

import pytest

from madoguchi.audit.models import Event
from madoguchi.llm.faults import Fault as Failed
from madoguchi.llm.models import Call, Endpoint
from madoguchi.llm.transcription import Segment, TranscriptionFailed, _segments, transcribe
from madoguchi.scripted.faults import Fault
from madoguchi.scripted.server import serving
from madoguchi.scripted.transcriptions import WORDS
from tests.llm.made import endpoint_at

pytestmark = pytest.mark.django_db
SOUND = b"RIFF and what follows, canary-sound"


def at(office, server, **fields) -> Endpoint:
    return endpoint_at(office, f"{server.url}/v1", use=Endpoint.Use.TRANSCRIPTION, **fields)


def test_segments_come_with_their_times_in_order(office, scope):
    with serving() as server:
        segments = transcribe(at(office, server), SOUND, "会議.wav", scope)
    assert "".join(segment.text for segment in segments) == WORDS
    assert [segment.start for segment in segments] == [0.0, 3.0]
    assert all(segment.start < segment.end for segment in segments)


def test_a_call_stands_in_the_ledger_and_on_the_record_without_the_sound(office, scope):
    with serving() as server:
        transcribe(at(office, server), SOUND, "会議.wav", scope)
    assert Call.objects.get().purpose == "transcribe"
    detail = Event.objects.get(action="model.called").detail
    assert detail["bytes_in"] == len(SOUND)
    assert "canary-sound" not in str(detail) and WORDS not in str(detail)


@pytest.mark.parametrize("fault", [Fault("status", status=500), Fault("hang-up"), Fault("malformed")])
def test_a_server_that_fails_is_said_and_left_alone_for_a_while(office, scope, fault):
    with serving(faults=[fault]) as server:
        made = at(office, server)
        with pytest.raises(TranscriptionFailed, match="庁内"):
            transcribe(made, SOUND, "会議.wav", scope)
        asked = len(server.requests)
        with pytest.raises(TranscriptionFailed, match="少し前"):
            transcribe(made, SOUND, "会議.wav", scope)
        assert len(server.requests) == asked


def test_what_is_too_large_or_of_another_use_is_not_sent(office, scope, settings):
    settings.TRANSCRIPTION_MAX_MB = 1
    with serving() as server:
        with pytest.raises(TranscriptionFailed, match="1MB"):
            transcribe(at(office, server), b"x" * 1_000_001, "会議.wav", scope)
        with pytest.raises(TranscriptionFailed):
            transcribe(endpoint_at(office, f"{server.url}/v1", name="文章"), SOUND, "会議.wav", scope)
        assert not server.requests


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {"segments": "x"},
        {"segments": [{"text": 3, "start": 0, "end": 1}]},
        {"segments": [{"text": "あ", "start": 2, "end": 1}]},
        {"segments": [{"text": "あ", "start": -1, "end": 1}]},
        {"segments": [{"text": "あ", "start": "nan", "end": 1}]},
        {"text": None},
    ],
)
def test_an_answer_that_makes_no_sense_is_none(answer):
    with pytest.raises(Failed, match="unreadable"):
        _segments(answer)


def test_an_answer_without_times_is_one_segment_and_silence_is_none():
    assert _segments({"text": " はい。 ", "duration": "2.5"}) == [Segment(0.0, 2.5, "はい。")]
    assert _segments({"segments": [{"text": " ", "start": 0, "end": 1}]}) == []
