"""Addresses of the pledges; those below /p/ are on the codes that people scan, and short."""

from django.urls import path

from minewarden.desk.pledges import views, visitors

app_name = "pledges"
urlpatterns = [
    path("p/<str:token>/", visitors.enter, name="enter"),
    path("p/<str:token>/<str:ticket>/", visitors.pledge, name="pledge"),
    path("pledges/", views.home, name="home"),
    path("pledges/texts/", views.texts, name="texts"),
    path("pledges/texts/publish/", views.publish, name="publish"),
    path("pledges/texts/<int:text_id>/", views.text, name="text"),
    path("pledges/units/<int:unit_id>/", views.unit, name="unit"),
    path("pledges/units/<int:unit_id>/people/", views.people, name="people"),
    path("pledges/units/<int:unit_id>/people/<slug:verb>/", views.people_act, name="people-act"),
    path("pledges/units/<int:unit_id>/download/", views.download, name="download"),
    path("pledges/units/<int:unit_id>/statistics/", views.statistics, name="statistics"),
    path("pledges/units/<int:unit_id>/take-over/", views.take_over, name="take-over"),
    path("pledges/units/<int:unit_id>/remind/", views.remind, name="remind"),
    path("pledges/units/<int:unit_id>/codes/", views.codes, name="codes"),
    path("pledges/units/<int:unit_id>/codes/print/", views.code_sheet, name="code-sheet"),
    path("pledges/units/<int:unit_id>/papers/", views.papers, name="papers"),
    path("pledges/units/<int:unit_id>/scans/", views.scans, name="scans"),
    path("pledges/codes/<int:link_id>/revoke/", views.revoke, name="revoke"),
    path("pledges/scans/<int:scan_id>/", views.scan, name="scan"),
    path("pledges/scans/<int:scan_id>/<slug:verb>/", views.scan_act, name="scan-act"),
    path("pledges/scans/<int:scan_id>/pages/<int:number>/picture/", views.scan_picture, name="scan-picture"),
    path("pledges/scans/<int:scan_id>/pages/<int:number>/match/", views.match, name="match"),
    path("pledges/people/<int:signer_id>/", views.person, name="person"),
    path("pledges/people/<int:signer_id>/<int:seq>/ink/", views.reveal, name="reveal"),
    path("pledges/people/<int:signer_id>/<int:seq>/file/", views.original, name="original"),
]
