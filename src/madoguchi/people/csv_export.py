"""People as a CSV that `csv_import` reads back without a change."""

import csv
import io
from datetime import date

from madoguchi.people import names
from madoguchi.people.csv_rows import COLUMNS, as_text_cell
from madoguchi.people.models import Membership, Post, Tenant, User, in_force


def export(tenant: Tenant, on: date) -> bytes:
    """Return the people whose accounts have not ended as they stand on a day: UTF-8 with BOM, for Excel."""
    paths = names.paths(tenant)
    posts: dict[int, list[Post]] = {}
    for post in Post.objects.filter(in_force(on), tenant=tenant).select_related("position"):
        posts.setdefault(post.user_id, []).append(post)
    groups: dict[int, list[str]] = {}
    for membership in Membership.objects.filter(in_force(on), tenant=tenant).select_related("group"):
        groups.setdefault(membership.user_id, []).append(membership.group.name)
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for user in User.objects.filter(in_force(on), tenant=tenant):
        own = posts.get(user.pk, [])
        main = next((post for post in own if post.is_main), None)
        others = [f"{'/'.join(paths[post.department_id])}:{post.position.name}" for post in own if post is not main]
        cells = [
            user.login,
            user.name,
            "/".join(paths[main.department_id]) if main else "",
            main.position.name if main else "",
            str(main.position.rank) if main else "",
            ";".join(others),
            ";".join(sorted(groups.get(user.pk, []))),
        ]
        writer.writerow([as_text_cell(cell) for cell in cells])
    return file.getvalue().encode("utf-8-sig")
