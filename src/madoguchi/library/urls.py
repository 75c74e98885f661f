"""Addresses of the library."""

from django.urls import path

from madoguchi.library.views import corrections, documents, folders, pages, quarantine, uploads

DOCUMENT = "document/<uuid:pk>"
VERSION = f"{DOCUMENT}/version/<int:number>"

urlpatterns = [
    path("", folders.library, name="library"),
    path("new/", folders.new, name="folder-new"),
    path("status/", uploads.status, name="library-status"),
    path("quarantine/", quarantine.quarantine, name="quarantine"),
    path("folder/<int:pk>/", folders.folder, name="folder"),
    path("folder/<int:pk>/settings/", folders.settings, name="folder-settings"),
    path("folder/<int:pk>/move/", folders.move, name="folder-move"),
    path("folder/<int:pk>/remove/", folders.remove, name="folder-remove"),
    path("folder/<int:pk>/upload/", uploads.upload, name="upload"),
    path(f"{DOCUMENT}/", documents.document, name="document"),
    path(f"{DOCUMENT}/settings/", documents.settings, name="document-settings"),
    path(f"{DOCUMENT}/move/", documents.move, name="document-move"),
    path(f"{DOCUMENT}/delete/", documents.delete, name="document-delete"),
    path(f"{DOCUMENT}/replace/", uploads.replace, name="document-replace"),
    path(f"{VERSION}/retry/", documents.retry, name="document-retry"),
    path(f"{VERSION}/figures/", documents.describe, name="document-figures"),
    path(f"{VERSION}/number/", quarantine.number, name="document-number"),
    path(f"{VERSION}/password/", documents.password, name="document-password"),
    path(f"{VERSION}/corrections/", corrections.corrections, name="corrections"),
    path(f"{VERSION}/block/<int:block>/", corrections.block, name="block"),
    path(f"{VERSION}/file/", pages.download, name="download"),
    path(f"{VERSION}/page/<int:page>.png", pages.image, name="page-image"),
    path(f"{VERSION}/page/<int:page>.json", pages.data, name="page-data"),
]
