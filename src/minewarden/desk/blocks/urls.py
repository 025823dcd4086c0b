"""Addresses of this app."""

from django.urls import path

from minewarden.desk.blocks import views

app_name = "blocks"
urlpatterns = [
    path("", views.board, name="board"),
    path("propose/<int:case_id>/", views.propose, name="propose"),
    path("<int:block_id>/<slug:verb>/", views.act, name="act"),
    path("download/<slug:form>/", views.download, name="download"),
]
