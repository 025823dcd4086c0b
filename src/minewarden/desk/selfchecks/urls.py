"""Addresses of the self-checks."""

from django.urls import path

from minewarden.desk.selfchecks import views

app_name = "selfchecks"
urlpatterns = [
    path("", views.home, name="home"),
    path("fill/", views.fill, name="fill"),
    path("s/<slug:token>/", views.by_link, name="by-link"),
    path("sheets/<int:sheet_id>/", views.sheet, name="sheet"),
    path("sheets/<int:sheet_id>/<slug:form>/", views.paper, name="paper"),
    path("workbook/", views.as_workbook, name="workbook"),
    path("fixes/", views.fixes, name="fixes"),
    path("fixes/<int:fix_id>/", views.fix, name="fix"),
    path("fixes/<int:fix_id>/files/<int:file_id>/", views.fix_file, name="fix-file"),
    path("fixes/<int:fix_id>/<slug:verb>/", views.act, name="act"),
    path("hosts/", views.reports, name="reports"),
    path("hosts/<int:report_id>/", views.report, name="report"),
    path("hosts/rejects/", views.rejects, name="rejects"),
    path("hosts/take/", views.take, name="take"),
    path("links/", views.links, name="links"),
    path("links/<int:link_id>/revoke/", views.revoke, name="revoke"),
    path("cases/<int:case_id>/join/", views.join, name="join"),
    path("joined/<int:joined_id>/part/", views.part, name="part"),
]
