"""Addresses of the nine measures and of energy."""

from django.urls import path

from minewarden.desk.measures import views

app_name = "measures"
urlpatterns = [
    path("", views.home, name="home"),
    path("note/", views.note, name="note"),
    path("<int:entry_id>/", views.entry, name="entry"),
    path("<int:entry_id>/do/<slug:verb>/", views.act, name="act"),
    path("<int:entry_id>/open/", views.unlock, name="unlock"),
    path("<int:entry_id>/files/", views.add_file, name="add-file"),
    path("<int:entry_id>/files/<int:file_id>/", views.file, name="file"),
    path("<int:entry_id>/paper/<slug:form>/", views.letter, name="letter"),
    path("reviews/", views.reviews, name="reviews"),
    path("reviews/add/", views.add_review, name="add-review"),
    path("reviews/<int:review_id>/", views.review, name="review"),
    path("reviews/<int:review_id>/<slug:form>/", views.opinion, name="opinion"),
    path("honours/", views.honours, name="honours"),
    path("energy/", views.energy, name="energy"),
    path("energy/workbook/", views.energy_workbook, name="energy-workbook"),
    path("energy/cases/<int:case_id>/", views.case_energy, name="case-energy"),
    path("energy/figures/", views.figures, name="figures"),
]
