"""Addresses of the ledger."""

from django.urls import path

from minewarden.desk.ledger import views

app_name = "ledger"
urlpatterns = [
    path("ranges/", views.ranges, name="ranges"),
    path("ranges/add/", views.add_range, name="add_range"),
    path("ranges/<int:range_id>/end/", views.end_range, name="end_range"),
    path("assets/", views.assets, name="assets"),
    path("assets/add/", views.add_asset, name="add_asset"),
]
