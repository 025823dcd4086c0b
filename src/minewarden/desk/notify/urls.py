"""Addresses of messages and outlets."""

from django.urls import path

from minewarden.desk.notify import views

app_name = "notify"
urlpatterns = [
    path("messages/", views.inbox, name="inbox"),
    path("messages/<int:copy_id>/read/", views.read, name="read"),
    path("messages/read/", views.read_all, name="read-all"),
    path("me/reach/", views.reach, name="reach"),
    path("outlets/", views.outlets, name="outlets"),
    path("outlets/add/<slug:kind>/", views.add, name="add"),
    path("outlets/<int:outlet_id>/", views.change, name="change"),
    path("outlets/<int:outlet_id>/switch/", views.switch, name="switch"),
    path("outlets/<int:outlet_id>/trial/", views.trial, name="trial"),
    path("deliveries/<int:delivery_id>/again/", views.again, name="again"),
]
