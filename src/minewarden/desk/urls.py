"""Addresses of the desk: one line per app."""

from django.urls import include, path

from minewarden.desk.reports.views import home

urlpatterns = [
    path("", home, name="home"),
    path("", include("minewarden.desk.org.urls")),
    path("ledger/", include("minewarden.desk.ledger.urls")),
    path("audit/", include("minewarden.desk.audit.urls")),
    path("", include("minewarden.desk.notify.urls")),
    path("", include("minewarden.desk.cases.urls")),
    path("cases/", include("minewarden.desk.tracing.urls")),
    path("", include("minewarden.desk.notices.urls")),
    path("library/", include("minewarden.desk.library.urls")),
    path("blocks/", include("minewarden.desk.blocks.urls")),
    path("campaigns/", include("minewarden.desk.campaigns.urls")),
    path("", include("minewarden.desk.pledges.urls")),
    path("", include("minewarden.desk.assessments.urls")),
    path("", include("minewarden.desk.screen.urls")),
    path("selfchecks/", include("minewarden.desk.selfchecks.urls")),
    path("measures/", include("minewarden.desk.measures.urls")),
    path("registers/", include("minewarden.desk.registers.urls")),
    path("alerts/", include("minewarden.desk.alerts.urls")),
    path("reports/", include("minewarden.desk.reports.urls")),
]

handler400 = "minewarden.desk.kit.errors.wrong_request"
handler403 = "minewarden.desk.kit.errors.refused"
handler404 = "minewarden.desk.kit.errors.not_found"
handler500 = "minewarden.desk.kit.errors.broken"
