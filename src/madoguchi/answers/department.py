"""Whom to ask further."""

from madoguchi.faq.match import Match
from madoguchi.people.access import Scope
from madoguchi.people.models import Department, in_force
from madoguchi.people.names import in_words
from madoguchi.search.query import Hit


def department_to_ask(scope: Scope, hits: list[Hit], match: Match) -> str:
    """Return whom to ask as 「福祉部 高齢福祉課」: the department behind the best document, else behind a verified
    answer, else general affairs; or empty."""
    for hit in hits:
        if hit.passage.version.document.department_name:
            return hit.passage.version.document.department_name
    for entry in ([match.entry] if match.entry else []) + match.suggestions:
        if entry.department_id:
            return in_words(scope.tenant_id, entry.department_id)
    general = Department.objects.filter(in_force(scope.on), tenant_id=scope.tenant_id, name__contains="総務")
    # 総務課 before 総務部 and 福祉総務課: the shortest name of a section.
    rows = sorted(general.values_list("name", "id"), key=lambda row: (not row[0].endswith("課"), len(row[0])))
    return in_words(scope.tenant_id, rows[0][1]) if rows else ""
