"""Addresses of this app."""

from django.urls import path

from minewarden.desk.screen import views

app_name = "screen"
urlpatterns = [
    path("screens/", views.walls, name="walls"),
    path("screens/<int:wall_id>/revoke/", views.revoke, name="revoke"),
    path("wall/<str:token>/", views.wall, name="wall"),
    path("wall/<str:token>/figures.json", views.figures, name="figures"),
]
