"""What the shared templates need beyond Django's own tags."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()


@register.filter
def page_numbers(page: "Page[Any]") -> Iterator[int | str]:
    """Return the page numbers around a page, with an ellipsis where some are left out."""
    return page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1)


@register.filter
def notice_class(level_tag: str) -> str:
    """Return the class of a notice for a message's level."""
    return {"error": "notice-error", "success": "notice-success", "warning": "notice-warning"}.get(level_tag, "")
