"""Addresses of the log."""

from django.urls import path

from minewarden.desk.audit import views

app_name = "audit"
urlpatterns = [
    path("", views.log, name="log"),
    path("export/", views.export, name="export"),
    path("verify/", views.verified, name="verify"),
]
