"""An office's own words for searching."""

from typing import ClassVar

from django.db import models

from madoguchi.people.models import TenantModel, User


class SynonymList(TenantModel):
    """What an office's list of synonyms said at a number, by whom; the highest number is in force."""

    number = models.PositiveIntegerField()
    # As it was typed, in the form that `search.own_words` reads.
    text = models.TextField(blank=True)
    changed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["tenant", "number"], name="synonym_list_number")]

    def __str__(self) -> str:
        return f"{self.tenant} ({self.number})"
