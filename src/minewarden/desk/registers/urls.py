"""Addresses of the registers."""

from django.urls import path

from minewarden.desk.registers import views

app_name = "registers"
urlpatterns = [path("", views.home, name="home")]
