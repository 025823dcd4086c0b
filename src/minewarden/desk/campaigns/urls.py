"""Addresses of this app."""

from django.urls import path

from minewarden.desk.campaigns import filing_views, support_views, views

app_name = "campaigns"
urlpatterns = [
    path("", views.board, name="board"),
    path("mine/", views.mine, name="mine"),
    path("tasks/", views.tasks, name="tasks"),
    path("task/<int:task_id>/", views.task, name="task"),
    path("task/<int:task_id>/<slug:verb>/", views.task_act, name="task-act"),
    path("postponement/<int:postponement_id>/<slug:answer>/", views.decide, name="decide"),
    path("new/", views.new, name="new"),
    path("template/", views.shipped, name="shipped"),
    path("<int:campaign_id>/", views.campaign, name="campaign"),
    path("<int:campaign_id>/template/", views.template, name="template"),
    path("<int:campaign_id>/revise/", views.revise, name="revise"),
    path("<int:campaign_id>/postpone/<slug:phase>/", views.postpone, name="postpone"),
    path("<int:campaign_id>/act/<slug:verb>/", views.campaign_act, name="campaign-act"),
    path("gate/<int:gate_id>/", views.gate, name="gate"),
    path("gate/<int:gate_id>/sheet/", views.gate_sheet, name="gate-sheet"),
    path("attachment/<int:attachment_id>/", views.attachment, name="attachment"),
    path("duty-list/", filing_views.duty_list, name="duty_list"),
    path("quiz/", filing_views.ask_quiz, name="quiz"),
    path("filings/", filing_views.filings_home, name="filings_home"),
    path("filings/<slug:kind>/", filing_views.filings, name="filings"),
    path("filings/<slug:kind>/sheet/", filing_views.sheet, name="filings-sheet"),
    path("filings/<slug:kind>/new/", filing_views.file, name="file"),
    path("filing/<int:filing_id>/", filing_views.one, name="filing"),
    path("filing/<int:filing_id>/change/", filing_views.change, name="filing-change"),
    path("filing/<int:filing_id>/tasks/", filing_views.measures, name="filing-tasks"),
    path("filing/<int:filing_id>/act/<slug:verb>/", filing_views.act, name="filing-act"),
    path("filing/<int:filing_id>/paper/<slug:form>/", filing_views.paper, name="paper"),
    path("needs/", support_views.needs, name="needs"),
    path("needs/<int:need_id>/<slug:verb>/", support_views.need_act, name="need-act"),
    path("help/", support_views.helps, name="helps"),
    path("help/<int:help_id>/", support_views.help_, name="help"),
    path("help/<int:help_id>/<slug:verb>/", support_views.help_act, name="help-act"),
    path("team/", support_views.team, name="team"),
    path("team/<int:member_id>/drop/", support_views.drop_member, name="drop-member"),
    path("forms/", support_views.own_forms, name="forms"),
    path("forms/new/", support_views.make_form, name="make-form"),
    path("forms/<int:form_id>/", support_views.form, name="form"),
    path("forms/<int:form_id>/change/", support_views.change_form, name="change-form"),
    path("forms/<int:form_id>/sheet/", support_views.form_sheet, name="form-sheet"),
    path("forms/<int:form_id>/act/<slug:verb>/", support_views.form_act, name="form-act"),
]
