"""Addresses of this app."""

from django.urls import path

from minewarden.desk.tracing import views

app_name = "tracing"
urlpatterns = [
    path("<int:case_id>/trace/", views.trace, name="trace"),
    path("<int:case_id>/trace/take/", views.take, name="take"),
]
