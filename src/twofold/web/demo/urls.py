"""The paths of the demo."""

from __future__ import annotations

from django.urls import path

from twofold.web.demo import data, kit, page

urlpatterns = [
    path("demo", page.index),
    path("demo/phone", kit.phone),
    path("demo/clock", kit.clock),
    path("demo/sign-in/<str:person_id>", kit.sign_in),
    path("demo/people.json", data.people),
    path("demo/inbox.json", data.inbox),
]
