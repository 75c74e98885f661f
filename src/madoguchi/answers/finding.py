"""A person's own past answers, by the words of a question: what was asked before need not be asked again.

What an answer says is looked at only while all that it was made from may still be seen. One of which something was
lost is known by its question alone, which is the person's own: no word of what was lost finds it.
"""

import json
import math
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from madoguchi.answers.models import Answer, Citation
from madoguchi.answers.words import content_words
from madoguchi.faq.models import Entry, Revision, readable_in
from madoguchi.letters import alike, folded, in_one_kana
from madoguchi.library.models import Passage
from madoguchi.people.access import Scope
from madoguchi.search import tokens
from madoguchi.search.finders import Finder, Place
from madoguchi.search.understand import understood

# The share of a question's words, rare ones counting more, from which an answer is about it.
ENOUGH = 0.5
# What a word counts that stands in the answer and not in its question.
IN_ANSWER = 0.6
# Answers whose sources are looked up at once.
AT_ONCE = 8


class Past(NamedTuple):
    """An answer that may be about a question, in the order that they stand in: by agreement (0–1), then the day."""

    score: float
    asked_at: datetime
    pk: uuid.UUID
    # Its question, letters folded.
    asked: str


def find(scope: Scope, question: str, most: int) -> list[Place]:
    """Return the person's own answers about a question, best first, of equals the newest."""
    excluded = [folded(word) for word in understood(question, scope.on).excluded]
    # 「今年」 stays as it was typed: so it stands in what was asked before.
    words = [word for word in words_of(question) if not any(word in other for other in excluded)]
    shares, rest = promising(scope, words)
    rest = [past for past in rest if not any(word in past.asked for word in excluded)]
    found: list[tuple[Past, Place]] = []
    # Its sources decide what may be seen of an answer, and so how well it agrees: they are looked up for as many as
    # may still be among the first.
    while rest and (len(found) < most or found[most - 1][0] < rest[0]):
        some, rest = rest[:AT_ONCE], rest[AT_ONCE:]
        answers = Answer.objects.within(scope).in_bulk([past.pk for past in some])
        seen = _open(scope, list(answers.values()))
        for past in some:
            if past.pk not in answers:
                continue
            sentences = [one["text"] for one in answers[past.pk].sentences] if past.pk in seen else []
            score = _agreement(shares, past.asked, "\n".join(sentences))
            if score >= ENOUGH:
                found.append((past._replace(score=score), _place(answers[past.pk], past.pk in seen, sentences[:1])))
        found.sort(key=lambda one: one[0], reverse=True)
    return [place for _past, place in found[:most]]


def words_of(question: str) -> list[str]:
    """Return the words of a question that carry its sense, as they are written, letters folded."""
    typed = folded(question)
    telling = {in_one_kana(alike(word.lower())) for word in content_words(question)}
    written = dict.fromkeys(
        typed[word.start : word.end] for word in tokens.located_words(typed) if word.form in telling
    )
    return list(written)


def promising(scope: Scope, words: Sequence[str]) -> tuple[dict[str, float], list[Past]]:
    """Return what each word counts (1 together), and the person's answers with the best score each may have, best
    first; of equal questions the newest alone."""
    rows = (
        Answer.objects.within(scope)
        .exclude(mode=Answer.Mode.NONE)
        .order_by("-asked_at", "pk")
        # As it is stored: to read all of it as JSON takes five times as long as the rest.
        .values_list("question", "asked_at", "pk", Cast("sentences", TextField()))
    )
    newest: dict[str, tuple[datetime, uuid.UUID, str]] = {}
    for question, *row in rows[: settings.PAST_ANSWERS_LOOKED_THROUGH]:
        newest.setdefault(folded(question), (row[0], row[1], row[2]))
    if not words or not newest:
        return {}, []
    # How rare a word is, is counted on the questions: they are the person's own, whatever right was lost.
    weights = {word: math.log(1 + len(newest) / max(1, sum(word in asked for asked in newest))) for word in words}
    shares = {word: weight / sum(weights.values()) for word, weight in weights.items()}
    # SQLite keeps JSON in ASCII, PostgreSQL as it is written.
    stored = {word: json.dumps(word)[1:-1] for word in words}
    found = []
    for asked, (asked_at, pk, kept) in newest.items():
        said = "\n".join(word for word in words if stored[word] in kept or word in kept)
        score = _agreement(shares, asked, said)
        if score >= ENOUGH:
            found.append(Past(score, asked_at, pk, asked))
    return shares, sorted(found, reverse=True)


def _agreement(shares: Mapping[str, float], asked: str, said: str) -> float:
    """Return how well a question and what was answered hold the words; an answer is looked through as it is written."""
    in_question = sum(share for word, share in shares.items() if word in asked)
    beside = sum(share for word, share in shares.items() if word not in asked and word in said)
    return round(in_question + IN_ANSWER * beside, 6)


def _open(scope: Scope, answers: Sequence[Answer]) -> set[uuid.UUID]:
    """Return the ids of those answers of which nothing was lost: each passage, and the verified answer as given."""
    used = list(Citation.objects.filter(answer__in=answers).values_list("answer_id", "passage_id"))
    visible = set(
        Passage.objects.within(scope).filter(citations__answer__in=answers).order_by().values_list("pk", flat=True)
    )
    lost = {answer_id for answer_id, passage_id in used if passage_id not in visible}
    entries = {answer.faq_entry_id for answer in answers if answer.faq_entry_id}
    given = Revision.objects.filter(
        readable_in(scope), tenant_id=scope.tenant_id, entry__in=Entry.objects.within(scope)
    )
    readable = set(given.filter(entry__in=entries).values_list("entry_id", "number")) if entries else set()
    return {
        answer.pk
        for answer in answers
        if answer.pk not in lost and (not answer.faq_entry_id or (answer.faq_entry_id, answer.faq_number) in readable)
    }


def _place(answer: Answer, is_open: bool, said: Sequence[str]) -> Place:
    day = formats.date_format(timezone.localtime(answer.asked_at), "DATE_FORMAT")
    closed = _("根拠の文書をいま閲覧できないため、回答は表示していません。")
    return Place(
        answer.question,
        reverse("answer", args=[answer.pk]),
        "".join(said) if is_open else closed,
        _("%(day)sに質問") % {"day": day},
    )


finder = Finder("answers", gettext_lazy("自分の過去の回答"), "history", find)
