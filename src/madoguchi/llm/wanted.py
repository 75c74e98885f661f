"""What a call asks for, before an endpoint is chosen."""

from dataclasses import dataclass

from django.conf import settings

from madoguchi.audit.record import actor_of
from madoguchi.llm.models import Endpoint, Grade, Purpose
from madoguchi.people.access import Scope
from madoguchi.people.models import Classification

# What an endpoint must be for, by purpose.
USES: dict[str, tuple[str, ...]] = dict.fromkeys(Purpose.values, (Endpoint.Use.CHAT,)) | {
    Purpose.EMBED: (Endpoint.Use.EMBEDDING,),
    Purpose.RERANK: (Endpoint.Use.RERANK, Endpoint.Use.RERANK_CHAT),
    Purpose.TRANSCRIBE: (Endpoint.Use.TRANSCRIPTION,),
}


def class_of_typed(scope: Scope) -> int:
    """Return what a text counts as that somebody typed and said nothing of: the default, no more than the scope has."""
    return min(Classification.named(settings.DEFAULT_CLASSIFICATION), scope.classification)


@dataclass(frozen=True)
class Wanted:
    """A call: what for, for whom, with texts of what classification, and what the endpoint must be able to do."""

    purpose: str
    scope: Scope
    # The highest of everything that is sent; texts of ours are open.
    classification: int = Classification.C1
    # Preferred, not demanded: another grade answers when no endpoint of this one may.
    grade: Grade | None = None
    # What it carries or asks for.
    pictures: bool = False
    schema: bool = False
    tools: bool = False
    # Characters that are sent, and the most tokens that may come: 0 when it does not matter.
    characters: int = 0
    max_tokens: int = 0
    app: str = ""
    app_version: str = ""
    desk: str = ""
    # Who makes it, as the record names them, when that is not the person of the scope.
    made_by: str = ""

    @property
    def actor(self) -> str:
        return self.made_by or actor_of(self.scope)

    @property
    def uses(self) -> tuple[str, ...]:
        return USES[self.purpose]
