"""Addresses of this app."""

from django.urls import path

from minewarden.desk.assessments import views

app_name = "assessments"
urlpatterns = [
    path("assessments/", views.home, name="home"),
    path("assessments/<int:unit_id>/<str:code>/", views.page, name="page"),
    path("assessments/<int:unit_id>/<str:code>/edit/", views.edit, name="edit"),
    path("assessments/<int:unit_id>/<str:code>/submit/", views.submit, name="submit"),
    path("assessments/<int:unit_id>/<str:code>/zero/", views.zero, name="zero"),
    path("assessments/<int:unit_id>/<str:code>/urge/", views.urge, name="urge"),
    path("assessments/<int:unit_id>/<str:code>/correct/", views.correct, name="correct"),
    path("assessments/versions/<int:version_id>/approve/", views.approve, name="approve"),
    path("assessments/versions/<int:version_id>/send-back/", views.send_back, name="send-back"),
    path("assessments/versions/<int:version_id>/paper.<slug:form>", views.download, name="download"),
    path("statistics/", views.statistics, name="statistics"),
    path("statistics/sheet.xlsx", views.sheet, name="sheet"),
    path("statistics/definitions/", views.definitions, name="definitions"),
    path("clear-zero/", views.clear_zero, name="clear-zero"),
    path("statistics/trend/", views.course, name="trend"),
    path("statistics/unit/<int:unit_id>/export.zip", views.archive, name="archive"),
    path("papers/", views.papers, name="papers"),
    path("papers/<slug:sort>/<int:row_id>.<slug:form>", views.paper, name="paper"),
    path("statistics/list/<slug:key>/", views.behind, name="behind"),
]
