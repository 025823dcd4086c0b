"""Addresses of this app."""

from django.urls import path

from minewarden.desk.blocks import views

app_name = "blocks"
urlpatterns = [
    path("", views.board, name="board"),
    path("propose/<int:case_id>/", views.propose, name="propose"),
    path("propose/version/<int:issue_id>/", views.propose_version, name="propose-version"),
    path("agree/version/<int:issue_id>/", views.agree_version, name="agree-version"),
    path("plan/", views.plan, name="plan"),
    path("plan/<int:change_id>/<slug:verb>/", views.decide_change, name="decide-change"),
    path("explained/", views.explained, name="explained"),
    path("release/<int:release_id>/", views.release, name="release"),
    path("release/<int:release_id>/<slug:form>/", views.release_file, name="release-file"),
    path("<int:block_id>/", views.order, name="order"),
    path("<int:block_id>/<slug:verb>/", views.act, name="act"),
    path("download/<slug:form>/", views.download, name="download"),
]
