"""Home: what to do now."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from madoguchi.people.guard import open_to


@open_to("staff")
def home(request: HttpRequest) -> HttpResponse:
    """Show what a person does first."""
    return render(request, "home/home.html")


@open_to("anybody")
def tour(request: HttpRequest) -> HttpResponse:
    """Show ten things to try."""
    return render(request, "home/tour.html")
