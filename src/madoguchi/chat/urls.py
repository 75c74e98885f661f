"""Addresses of this domain."""

from django.urls import path

from madoguchi.chat import file_views, list_views, share_views, turn_views, views

urlpatterns = [
    path("", views.chat, name="chat"),
    path("new/", views.new, name="chat-new"),
    path("start/", views.start, name="chat-start"),
    path("list/", list_views.chats, name="chats"),
    path("folders/", list_views.folders, name="chat-folders"),
    path("folders/<int:pk>/", list_views.folder, name="chat-folder"),
    path("attach/", file_views.attach, name="chat-attach"),
    path("attachment/<uuid:pk>/", file_views.attachment, name="chat-attachment"),
    path("attachment/<uuid:pk>/detach/", file_views.detach, name="chat-detach"),
    path("turn/<uuid:pk>/stream/", turn_views.stream, name="chat-stream"),
    path("turn/<uuid:pk>/stop/", turn_views.stop, name="chat-stop"),
    path("turn/<uuid:pk>/again/", turn_views.again, name="chat-again"),
    path("turn/<uuid:pk>/go-on/", turn_views.go_on, name="chat-go-on"),
    path("turn/<uuid:pk>/confirm/", turn_views.confirm, name="chat-confirm"),
    path("turn/<uuid:pk>/word/", turn_views.word, name="chat-word"),
    path("turn/<uuid:pk>/markdown/", turn_views.markdown, name="chat-markdown"),
    path("<uuid:pk>/", views.conversation, name="conversation"),
    path("<uuid:pk>/send/", views.send, name="chat-send"),
    path("<uuid:pk>/settings/", views.settings_of, name="chat-settings"),
    path("<uuid:pk>/share/", share_views.share, name="chat-share"),
    path("<uuid:pk>/delete/", views.delete, name="chat-delete"),
]
