"""Addresses of the library."""

from django.urls import path

from minewarden.desk.library import views

app_name = "library"
urlpatterns = [
    path("", views.home, name="home"),
    path("indicators/<uuid:key>/", views.indicator, name="indicator"),
    path("indicators/<uuid:key>/<slug:verb>/", views.change_indicator, name="change-indicator"),
    path("reports/", views.reports, name="reports"),
    path("reports/add/", views.submit, name="submit"),
    path("reports/add/case/<int:case_id>/", views.submit_case, name="submit-case"),
    path("reports/add/lead/<int:lead_id>/", views.submit_lead, name="submit-lead"),
    path("reports/<int:submission_id>/", views.report, name="report"),
    path("reports/<int:submission_id>/<slug:verb>/", views.act, name="act"),
    path("versions/", views.versions, name="versions"),
    path("versions/<int:issue_id>/", views.version, name="version"),
    path("versions/<int:issue_id>/relay/", views.relay_version, name="relay-version"),
    path("versions/<int:issue_id>/urge/", views.urge, name="urge"),
    path("versions/<int:issue_id>/files/<slug:form>/", views.version_file, name="version-file"),
    path("receipts/<int:row_id>/", views.answer, name="answer"),
    path("publish/", views.publish, name="publish"),
    path("publish/<int:publication_id>/", views.publication, name="publication"),
    path("publish/<int:publication_id>/<slug:verb>/", views.decide_publication, name="decide-publication"),
    path("sources/", views.sources, name="sources"),
    path("sources/add/", views.add_feed, name="add-feed"),
    path("sources/catalogue/", views.take_catalogue, name="take-catalogue"),
    path("sources/<int:feed_id>/", views.feed, name="feed"),
    path("sources/<int:feed_id>/change/", views.change_feed, name="change-feed"),
    path("sources/<int:feed_id>/file/", views.take_file, name="take-file"),
    path("sources/<int:feed_id>/pull/", views.pull, name="pull"),
    path("loads/<int:number>/", views.load, name="load"),
    path("waiting/", views.waiting, name="waiting"),
    path("waiting/<int:number>/", views.settle, name="settle"),
    path("allow/", views.allow, name="allow"),
    path("allow/end/", views.end_allow, name="end-allow"),
    path("feedback/", views.feedback, name="feedback"),
    path("feedback/<int:feedback_id>/", views.weigh, name="weigh"),
    path("bundles/", views.bundles, name="bundles"),
    path("bundles/key/", views.own_key, name="own-key"),
    path("bundles/trust/", views.trust, name="trust"),
    path("bundles/trust/<int:trusted_id>/end/", views.trust_no_more, name="trust-no-more"),
    path("province/", views.province, name="province"),
    path("province/preview/<slug:what>/<slug:form>/", views.province_file, name="province-file"),
    path("province/<int:handed_id>/<slug:form>/", views.handed_file, name="handed-file"),
]
