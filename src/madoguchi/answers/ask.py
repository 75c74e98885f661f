"""A question to an answer: verified first, then composed from passages, else quoted, else said to be nowhere.

What comes out is a stream of events, each a dict with `event`:

    note         {text}                               how the question was understood, or what went wrong
    suggestions  {entries: [{id, question}]}          verified answers to similar questions
    mode         {mode, label, model, at}             verified | composed | quoted | none; may change once
    sources      {sources: [{n, document, title, path, locator, text, score, confidence, passage, version}]}
    sentence     {kind, text, citations: [n], checks: [{kind, text, found}], confirmed}
    done         {answer, mode, department, confirmed, total, complete}
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from madoguchi.answers import compose, quote
from madoguchi.answers.check import check, is_confirmed, material, verbatim
from madoguchi.answers.department import department_to_ask
from madoguchi.answers.figures import Evidence, figures
from madoguchi.answers.keep import Keeper
from madoguchi.answers.models import Answer
from madoguchi.answers.sentences import Sentence, Splitter
from madoguchi.answers.words import content_words, places
from madoguchi.faq.match import MOST_SUGGESTED, Match, look
from madoguchi.faq.match import plain as faq_plain
from madoguchi.faq.models import Entry
from madoguchi.library.models import Passage
from madoguchi.llm.chat import EndpointFailed, Stopped, stream
from madoguchi.llm.endpoints import NoEndpoint
from madoguchi.llm.models import Purpose
from madoguchi.llm.my_number import found_in
from madoguchi.llm.system_prompts import text_of
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification, Tenant
from madoguchi.search import gaps
from madoguchi.search.query import Hit, find
from madoguchi.search.understand import understood

log = structlog.get_logger(__name__)
Event = dict[str, Any]
# How many passages a model is given, and how many documents are named when nothing answers.
PASSAGES_GIVEN = 8
NEAREST_NAMED = 3


class BadQuestion(Exception):
    """A question that cannot be asked; the message says why, in Japanese."""


def checked(question: str) -> str:
    """Return a question without space around it; raises BadQuestion: empty, too long, with a 個人番号 in it."""
    # A JSON body can hold a NUL, and PostgreSQL refuses one.
    question = question.replace("\x00", "").strip()
    if not question:
        raise BadQuestion(_("質問を入力してください。"))
    if len(question) > settings.QUESTION_MAX_CHARACTERS:
        raise BadQuestion(
            _("質問は%(limit)s文字までです（いまは%(now)s文字）。要点に絞ってください。")
            % {"limit": settings.QUESTION_MAX_CHARACTERS, "now": len(question)}
        )
    # A question is kept and searched by: with a 個人番号 neither is done.
    if number := next((found for found in found_in(question) if found.certain), None):
        raise BadQuestion(
            _(
                "個人番号（マイナンバー）と思われる番号（%(at)s文字目から）があるため、受け付けていません。"
                "番号は保存していません。消してから、もう一度質問してください。"
            )
            % {"at": number.start + 1}
        )
    return question


def answer(scope: Scope, question: str) -> Iterator[Event]:
    """Yield the events of an answer within a scope, keeping it as it goes; raises BadQuestion.

    Closing the iterator early keeps what was shown until then.
    """
    question = checked(question)
    return _Answering(scope, question).events()


def answer_of(scope: Scope, question: str) -> Event:
    """Return a whole answer: {answer, mode, sentences, sources, department}, as the command line prints it."""
    whole: Event = {"answer": "", "mode": "none", "sentences": [], "sources": [], "department": ""}
    for event in answer(scope, question):
        if event["event"] == "sentence":
            whole["sentences"].append({name: event[name] for name in ("text", "citations", "checks")})
        elif event["event"] == "sources":
            names = ("n", "document", "title", "path", "locator", "text", "score", "confidence")
            whole["sources"] = [{name: source[name] for name in names} for source in event["sources"]]
        elif event["event"] == "done":
            whole["mode"], whole["department"] = event["mode"], event["department"]
    whole["answer"] = "\n".join(sentence["text"] for sentence in whole["sentences"])
    return whole


@dataclass
class _Answering:
    scope: Scope
    question: str
    note: str = ""
    mode: str = ""
    numbers: dict[Any, int] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)
    # What a quoted answer cites, best first: its department knows more than that of the first hit.
    leading: list[Hit] = field(default_factory=list)
    match: Match = field(default_factory=Match)
    complete: bool = True

    def events(self) -> Iterator[Event]:
        self.keeper = Keeper(self.scope, self.question)
        ended = False
        try:
            yield from self._events()
            ended = True
        finally:
            department = department_to_ask(self.scope, self.leading or self.hits, self.match)
            self.keeper.end(department, ended and self.complete)
        sentences = self.keeper.sentences
        yield {
            "event": "done",
            "answer": str(self.keeper.answer.pk) if self.keeper.answer else None,
            "mode": self.mode,
            "department": department,
            "confirmed": sum(one["confirmed"] for one in sentences),
            "total": len(sentences),
            "complete": self.complete,
        }

    def _events(self) -> Iterator[Event]:
        meant = understood(self.question, self.scope.on)
        plain, self.note = meant.plain, meant.note
        if self.note:
            yield {"event": "note", "text": self.note}
        self.match = certain(look(self.scope, self.question), plain)
        if self.match.entry:
            yield from self._verified(self.match.entry)
            return
        if self.match.suggestions:
            entries = [{"id": str(entry.pk), "question": entry.question} for entry in self.match.suggestions]
            yield {"event": "suggestions", "entries": entries}
        self.hits = self._found()
        quotes = [] if elsewhere(self.scope, plain, self.hits) else quote.quotes(plain, self.hits, self.scope.on)
        if not quotes:
            yield from self._none()
            return
        yield from self._composed(plain, quotes)

    def _found(self) -> list[Hit]:
        found = find(self.scope, self.question, k=PASSAGES_GIVEN).hits
        # The index leaves out what a model says of figures; should it not, no answer is made of it all the same.
        hits = [hit for hit in found if hit.passage.is_citable]
        self.keeper.passages_given([hit.passage for hit in hits])
        return hits

    # --- a verified answer

    def _verified(self, entry: Entry) -> Iterator[Event]:
        self.keeper.begin(
            Answer.Mode.VERIFIED, self.note, entry.classification, entry=entry.pk, number=entry.released_number
        )
        yield self._mode(Answer.Mode.VERIFIED)
        source = self.match.source
        if source:
            self.keeper.passages_given([source.passage])
            yield self._sources([source])
        for line in entry.answer.splitlines():
            if line.strip():
                yield self._sentence("verified", line.strip(), [1] if source else [], [])

    # --- an answer by a model

    def _composed(self, question: str, quotes: list[quote.Quote]) -> Iterator[Event]:
        passages = [hit.passage for hit in self.hits]
        # What is made of these is as closed as the most closed of them, and so is the call.
        closed = max(self._classification(passages), self._classification_of_question())
        system = text_of(self.scope.tenant_id, compose.PROMPT_NAME)
        prompt = compose.prompt(question, passages, self.scope.on)
        # Quotes stand ready: nobody waits long for a first word.
        first = settings.ANSWER_FIRST_TOKEN_SECONDS
        chat = stream(Purpose.ANSWER, self.scope, system, prompt, closed, first_seconds=first)
        splitter = Splitter(frozenset(range(1, len(passages) + 1)))
        materials = {number: material(passage) for number, passage in enumerate(passages, start=1)}
        shown = 0
        pieces = iter(chat)
        try:
            for sentence in self._sentences(pieces, splitter):
                if not shown:
                    if compose.says_not_found(sentence.text) and not sentence.citations:
                        pieces.close()  # type: ignore[attr-defined]
                        yield from self._none()
                        return
                    model = chat.endpoint.model if chat.endpoint else ""
                    self.keeper.begin(Answer.Mode.COMPOSED, self.note, closed, model)
                    yield self._mode(Answer.Mode.COMPOSED, model)
                    yield self._sources(self.hits)
                shown += 1
                cited = [materials[number] for number in sentence.citations]
                yield self._sentence("composed", sentence.text, list(sentence.citations), check(sentence.text, cited))
        except NoEndpoint:
            pass
        except Stopped as stopped:
            yield self._trouble(str(stopped), shown)
        except EndpointFailed as failure:
            log.info("answer.model_failed", begun=failure.begun, shown=shown)
            yield self._trouble(str(failure), shown)
        finally:
            # Leaving early ends the call too.
            pieces.close()  # type: ignore[attr-defined]
        if not shown or not self.complete:
            yield from self._quoted(quotes, after=shown)

    def _sentences(self, pieces: Iterator[str], splitter: Splitter) -> Iterator[Sentence]:
        for piece in pieces:
            yield from splitter.feed(piece)
        yield from splitter.close()

    def _trouble(self, reason: str, shown: int) -> Event:
        if shown:
            self.complete = False
            text = _("AIの文章は途中で途切れました。ここまでを残し、続きは資料の引用で示します。")
        else:
            text = _("AIによる文章は作れませんでした。資料の引用で答えます。")
        self.note = f"{self.note} {text}".strip()
        self.keeper.note(self.note)
        return {"event": "note", "text": text, "reason": reason}

    # --- quotes

    def _quoted(self, quotes: list[quote.Quote], after: int) -> Iterator[Event]:
        if not after:
            hits = list({one.hit.passage.pk: one.hit for one in quotes}.values())
            self.leading = hits
            closed = self._classification([hit.passage for hit in hits])
            self.keeper.begin(Answer.Mode.QUOTED, self.note, closed)
            yield self._mode(Answer.Mode.QUOTED)
            yield self._sources(hits)
        for one in quotes:
            number = self.numbers.get(one.hit.passage.pk)
            if number is None:
                continue
            checks = verbatim(one.parts, [material(one.hit.passage)])
            yield self._sentence("quoted", one.text, [number], checks)

    # --- nothing

    def _none(self) -> Iterator[Event]:
        nearest = list({hit.passage.version.document_id: hit for hit in self.hits}.values())[:NEAREST_NAMED]
        if gaps.note(self.scope, self.question):
            self.note = f"{self.note} {gaps.passed_on()}".strip()
            yield {"event": "note", "text": gaps.passed_on()}
        self.keeper.begin(Answer.Mode.NONE, self.note, self._classification([hit.passage for hit in nearest]))
        yield self._mode(Answer.Mode.NONE)
        yield self._sentence("said", compose.NOT_FOUND, [], [])
        if nearest:
            yield self._sources(nearest)

    # --- events

    def _mode(self, mode: str, model: str = "") -> Event:
        self.mode = str(mode)
        label = str(Answer.Mode(mode).label)
        return {"event": "mode", "mode": self.mode, "label": label, "model": model, "at": timezone.now().isoformat()}

    def _sources(self, hits: Sequence[Hit]) -> Event:
        self.numbers = {hit.passage.pk: number for number, hit in enumerate(hits, start=1)}
        self.keeper.cites(enumerate(hits, start=1))
        return {"event": "sources", "sources": [source_of(number, hit) for number, hit in enumerate(hits, start=1)]}

    def _sentence(self, kind: str, text: str, citations: list[int], checks: Sequence[Any]) -> Event:
        confirmed = is_confirmed(citations, list(checks))
        sentence = {"kind": kind, "text": text, "citations": citations, "checks": list(checks), "confirmed": confirmed}
        self.keeper.sentence(sentence)
        return {"event": "sentence", **sentence}

    def _classification(self, passages: Sequence[Passage]) -> int:
        classes = [passage.version.document.classification for passage in passages]
        return max(classes, default=self._classification_of_question())

    def _classification_of_question(self) -> int:
        # What a person of the office types counts as the office's default; a resident's question is open.
        if self.scope.user_id is None and not self.scope.everything:
            return Classification.C1
        return Classification.named(settings.DEFAULT_CLASSIFICATION)


def certain(match: Match, question: str) -> Match:
    """Return a match whose verified answer may be given as certain; one that may not is the first to be suggested."""
    if match.entry is None or speaks_of(match.entry, question):
        return match
    return Match(suggestions=[match.entry, *match.suggestions][:MOST_SUGGESTED])


def speaks_of(entry: Entry, question: str) -> bool:
    """Return whether a verified answer speaks of all that a question names.

    Nearness of meaning alone takes 令和8年度 for 令和7年度, and 支給 for 申請: what is given as certain must not.
    An answer that only mentions 婚姻届 is none to 「婚姻届を提出したい」: half of it must stand in its question.
    """
    wordings = [entry.question, *entry.variants]
    if faq_plain(question) in {faq_plain(wording) for wording in wordings}:
        return True
    said = [*wordings, entry.answer]
    evidence = Evidence(said)
    if not all(evidence.holds(figure) for figure in figures(question)):
        return False
    asked = content_words(question)
    worded = asked & content_words("\n".join(wordings))
    return bool(asked) and 2 * len(worded) >= len(asked) and asked <= content_words("\n".join(said))


def elsewhere(scope: Scope, question: str, hits: list[Hit]) -> bool:
    """Return whether a question is about a place of which nothing that was found says a word: another city."""
    named = places(question)
    if not named:
        return False
    own = Tenant.objects.get(pk=scope.tenant_id).name
    return any(place not in own and not any(place in material(hit.passage) for hit in hits) for place in named)


def source_of(number: int, hit: Hit) -> Event:
    """Return a source as the screens and the command line name it."""
    return {
        "n": number,
        **hit.to_json(),
        "passage": str(hit.passage.pk),
        "version": hit.passage.version.number,
    }
