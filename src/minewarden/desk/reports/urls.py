"""Addresses of this app; the home page stands in the desk's own list."""

from django.urls import path

from minewarden.desk.reports import views

app_name = "reports"
urlpatterns = [
    path("<int:case_id>/", views.report, name="report"),
    path("<int:case_id>/edit/", views.edit, name="edit"),
    path("<int:case_id>/submit/", views.submit, name="submit"),
    path("<int:case_id>/approve/", views.approve, name="approve"),
    path("<int:case_id>/send-back/", views.send_back, name="send-back"),
    path("<int:case_id>/report.<slug:form>", views.download, name="download"),
    path("<int:case_id>/feedback/<int:received_id>.<slug:form>", views.feedback, name="feedback"),
    path("<int:case_id>/port/<int:received_id>.<slug:form>", views.port_letter, name="port-letter"),
    path("<int:case_id>/stamped/", views.stamped, name="stamped"),
]
