"""Whom to ask further."""

from madoguchi.faq.match import Match
from madoguchi.people.access import Scope
from madoguchi.people.models import Department, in_force
from madoguchi.search.query import Hit


def department_to_ask(scope: Scope, hits: list[Hit], match: Match) -> str:
    """Return the department behind the best document, else behind a verified answer, else general affairs; or empty."""
    for hit in hits:
        if hit.passage.version.document.department_name:
            return hit.passage.version.document.department_name
    if match.department:
        return match.department
    general = Department.objects.filter(in_force(scope.on), tenant_id=scope.tenant_id, name__contains="総務")
    # 総務課 before 総務部 and 福祉総務課: the shortest name of a section.
    names = sorted(general.values_list("name", flat=True), key=lambda name: (not name.endswith("課"), len(name)))
    return names[0] if names else ""
