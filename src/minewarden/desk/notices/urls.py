"""Addresses of notices."""

from django.urls import path

from minewarden.desk.notices import views

app_name = "notices"
urlpatterns = [
    path("notices/", views.register, name="register"),
    path("notices/export/", views.export, name="export"),
    path("notices/add/", views.upload, name="upload"),
    path("notices/<int:received_id>/", views.notice, name="notice"),
    path("notices/<int:received_id>/confirm/", views.confirm, name="confirm"),
    path("notices/<int:received_id>/resume/", views.resume, name="resume"),
    path("notices/<int:received_id>/drop/", views.drop, name="drop"),
    path("notices/<int:received_id>/attribute/", views.attribute, name="attribute"),
    path("notices/<int:received_id>/by-hand/", views.by_hand, name="by-hand"),
    path("notices/<int:received_id>/picture/<int:page>/", views.picture, name="picture"),
    path("notices/<int:received_id>/original/", views.original, name="original"),
    path("notices/<int:received_id>/answer/", views.answer, name="answer"),
    path("notices/<int:received_id>/reply/", views.reply, name="reply"),
    path("notices/<int:received_id>/withdraw/", views.withdraw, name="withdraw"),
    path("notices/lines/<int:line_id>/choose/", views.choose, name="choose"),
    path("notices/lines/<int:line_id>/anew/", views.anew, name="anew"),
    path("notices/of-case/<int:case_id>/", views.of_case, name="of-case"),
    path("assignments/", views.tasks, name="tasks"),
    path("assignments/<int:assignment_id>/", views.task, name="task"),
    path("assignments/<int:assignment_id>/<slug:verb>/", views.act, name="act"),
]
