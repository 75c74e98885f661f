"""Pages of departments and groups; for administrators."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from madoguchi.people import organisation
from madoguchi.people.forms import DepartmentForm, GroupForm, MemberForm
from madoguchi.people.guard import open_to
from madoguchi.people.models import Department, Group, Membership, in_force
from madoguchi.people.request import Request


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def departments(request: Request) -> HttpResponse:
    """Show the tree, and add a department."""
    form = DepartmentForm(request.tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation.store(request.user, form.save(commit=False))
        messages.success(request, _("所属を追加しました。"))
        return redirect("departments")
    nodes = organisation.tree(request.tenant, timezone.localdate())
    return render(request, "people/departments.html", {"form": form, "nodes": nodes})


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def department(request: Request, pk: int) -> HttpResponse:
    """Rename, move, begin or end a department."""
    row = get_object_or_404(Department, tenant=request.tenant, pk=pk)
    form = DepartmentForm(request.tenant, request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        organisation.store(request.user, form.save(commit=False))
        messages.success(request, _("所属を保存しました。"))
        return redirect("departments")
    return render(request, "people/department.html", {"form": form, "department": row})


@open_to("administrator")
@require_POST
def department_delete(request: Request, pk: int) -> HttpResponse:
    """Delete a department that was entered by mistake."""
    try:
        organisation.delete_department(request.user, get_object_or_404(Department, tenant=request.tenant, pk=pk))
        messages.success(request, _("所属を削除しました。"))
    except ValueError as problem:
        messages.error(request, str(problem))
    return redirect("departments")


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: Request) -> HttpResponse:
    """List the groups, and add one."""
    form = GroupForm(request.tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        group = form.save(commit=False)
        organisation.store(request.user, group)
        return redirect("group", group.pk)
    rows = organisation.groups(request.tenant, timezone.localdate())
    return render(request, "people/groups.html", {"form": form, "groups": rows})


@open_to("administrator")
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: Request, pk: int) -> HttpResponse:
    """Show who is in a group, and take somebody in."""
    row = get_object_or_404(Group, tenant=request.tenant, pk=pk)
    form = MemberForm(request.tenant, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = form.cleaned_data["login"]
        if organisation.join(request.user, row, user):
            messages.success(request, _("%(name)sさんを加えました。") % {"name": user.name})
        else:
            messages.info(request, _("%(name)sさんはすでに入っています。") % {"name": user.name})
        return redirect("group", pk)
    members = row.memberships.filter(in_force(timezone.localdate())).select_related("user").order_by("user__login")
    return render(request, "people/group.html", {"form": form, "group": row, "members": members})


@open_to("administrator")
@require_POST
def group_leave(request: Request, pk: int, membership_id: int) -> HttpResponse:
    """Take somebody out of a group."""
    row = get_object_or_404(Group, tenant=request.tenant, pk=pk)
    organisation.leave(request.user, get_object_or_404(Membership, tenant=request.tenant, group=row, pk=membership_id))
    messages.success(request, _("グループから外しました。"))
    return redirect("group", pk)
