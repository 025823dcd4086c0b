"""Addresses of the ledgers. `book` is the code of one: assets, lines, ranges, duties, shifts and so on."""

from django.urls import path

from minewarden.desk.ledger import views

app_name = "ledger"
urlpatterns = [
    path("", views.home, name="home"),
    path("conflicts/", views.conflicts, name="conflicts"),
    path("ownerless/", views.ownerless, name="ownerless"),
    path("imports/<int:import_id>/", views.batch, name="batch"),
    path("imports/<int:import_id>/errors/", views.error_book, name="errors"),
    path("imports/<int:import_id>/confirm/", views.confirm, name="confirm"),
    path("imports/<int:import_id>/drop/", views.drop, name="drop"),
    path("leavers/<int:entry_id>/", views.leaver, name="leaver"),
    path("accounts/", views.accounts, name="accounts"),
    path("accounts/<int:entry_id>/unlink/", views.unlink, name="unlink"),
    path("<slug:code>/", views.listing, name="listing"),
    path("<slug:code>/add/", views.add, name="add"),
    path("<slug:code>/template/", views.template, name="template"),
    path("<slug:code>/export/", views.export, name="export"),
    path("<slug:code>/import/", views.hand_in, name="import"),
    path("<slug:code>/check/", views.check, name="check"),
    path("<slug:code>/<int:entry_id>/", views.entry, name="entry"),
    path("<slug:code>/<int:entry_id>/change/", views.change, name="change"),
    path("<slug:code>/<int:entry_id>/end/", views.end, name="end"),
    path("<slug:code>/<int:entry_id>/number/", views.reveal, name="reveal"),
]
