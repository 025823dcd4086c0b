"""Addresses of warnings."""

from django.urls import path

from minewarden.desk.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.home, name="home"),
    path("ask/", views.ask, name="ask"),
    path("<int:alert_id>/", views.alert, name="alert"),
    path("<int:alert_id>/<slug:verb>/", views.act, name="act"),
]
