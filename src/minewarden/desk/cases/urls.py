"""Addresses of this app."""

from django.urls import path

from minewarden.desk.cases import views

app_name = "cases"
urlpatterns = [
    path("cases/", views.case_list, name="cases"),
    path("cases/<int:case_id>/", views.case, name="case"),
    path("cases/<int:case_id>/do/<slug:verb>/", views.act, name="act"),
    path("cases/<int:case_id>/files/<int:file_id>/", views.evidence_file, name="file"),
    path("honours/", views.honours, name="honours"),
    path("calendar/", views.calendar, name="calendar"),
    path("calendar/fill/", views.fill_year, name="fill-year"),
    path("calendar/<int:day_id>/remove/", views.remove_day, name="remove-day"),
    path("outages/", views.outage_list, name="outages"),
    path("leads/", views.lead_list, name="leads"),
    path("leads/<int:lead_id>/", views.lead, name="lead"),
    path("leads/<int:lead_id>/open/", views.open_case, name="open"),
    path("leads/<int:lead_id>/dismiss/", views.dismiss, name="dismiss"),
    path("leads/<int:lead_id>/take-up/", views.take_up, name="take-up"),
    path("leads/import/", views.import_findings, name="import"),
    path("notices/new/", views.enter_notice, name="notice"),
    path("notices/named/", views.notices_named, name="notices-named"),
]
