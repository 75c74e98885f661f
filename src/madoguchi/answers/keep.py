"""Keeping an answer as it is shown, sentence by sentence, and putting it on the record."""

from collections.abc import Iterable, Sequence
from typing import Any

from madoguchi.answers.check import is_confirmed
from madoguchi.answers.models import Answer, Citation
from madoguchi.audit.record import actor_of, digest, record
from madoguchi.library.models import Passage
from madoguchi.people.access import Scope
from madoguchi.search.query import Hit


class Keeper:
    """One answer on its way. A question of the operator is not kept, but stands on the record like any other."""

    def __init__(self, scope: Scope, question: str) -> None:
        self.scope = scope
        self.question = question
        self.answer: Answer | None = None
        self.mode = ""
        self.sentences: list[dict[str, Any]] = []
        self.digest = digest(question)
        record(scope.tenant_id, actor_of(scope), "question", question=self.digest)

    def begin(self, mode: str, note: str, classification: int, model: str = "", **faq: Any) -> None:
        """Keep the mode; later calls change it (a composed answer that turns out to have nothing to say)."""
        self.mode = mode
        if self.scope.user_id is None:
            return
        if self.answer is None:
            self.answer = Answer(tenant_id=self.scope.tenant_id, user_id=self.scope.user_id, question=self.question)
        self.answer.mode, self.answer.note, self.answer.model = mode, note[:200], model[:150]
        self.answer.classification = classification
        self.answer.faq_entry_id, self.answer.faq_number = faq.get("entry"), faq.get("number")
        self.answer.save()

    def passages_given(self, passages: Sequence[Passage]) -> None:
        """Put on the record which passages the answer may be made from, before any is used."""
        ids = [str(passage.pk) for passage in passages]
        record(self.scope.tenant_id, actor_of(self.scope), "passages.given", passages=ids, question=self.digest)

    def cites(self, numbered: Iterable[tuple[int, Hit]]) -> None:
        """Keep under which numbers passages stand beside the answer."""
        if self.answer:
            Citation.objects.bulk_create(
                Citation(tenant_id=self.scope.tenant_id, answer=self.answer, n=n, passage=hit.passage, score=hit.score)
                for n, hit in numbered
            )

    def sentence(self, sentence: dict[str, Any]) -> None:
        """Keep a sentence before it is shown."""
        self.sentences.append(sentence)
        if self.answer:
            self.answer.sentences = self.sentences
            self.answer.save(update_fields=["sentences"])

    def note(self, note: str) -> None:
        """Keep what the person was told of how the answer came to be."""
        if self.answer:
            self.answer.note = note[:200]
            self.answer.save(update_fields=["note"])

    def end(self, department: str, complete: bool) -> None:
        """Close the answer."""
        if self.answer:
            self.answer.department, self.answer.is_complete = department[:200], complete
            self.answer.save(update_fields=["department", "is_complete"])
        record(
            self.scope.tenant_id,
            actor_of(self.scope),
            "answer.given",
            f"answer:{self.answer.pk}" if self.answer else "",
            mode=self.mode,
            text=digest("\n".join(sentence["text"] for sentence in self.sentences)),
            sentences=len(self.sentences),
            confirmed=sum(is_confirmed(one["citations"], one["checks"]) for one in self.sentences),
            complete=complete,
        )
