"""Addresses of units, people, posts and one's own account."""

from django.urls import path

from minewarden.desk.org import account, views

app_name = "org"
urlpatterns = [
    path("login/", account.Login.as_view(), name="login"),
    path("logout/", account.Logout.as_view(), name="logout"),
    path("me/", account.profile, name="profile"),
    path("me/unsent/", account.what_is_unsent, name="unsent"),
    path("me/password/", account.password, name="password"),
    path("me/second-factor/", account.second_factor, name="second_factor"),
    path("me/language/", account.language, name="language"),
    path("me/text-size/", account.text_size, name="text_size"),
    path("me/units/", account.switch, name="switch"),
    path("units/", views.tree, name="tree"),
    path("units/named/", views.units_named, name="units-named"),
    path("units/<int:unit_id>/", views.unit, name="unit"),
    path("units/<int:unit_id>/add/", views.add_unit, name="add_unit"),
    path("units/<int:unit_id>/change/", views.change_unit, name="change_unit"),
    path("units/<int:unit_id>/close/", views.close_unit, name="close_unit"),
    path("units/<int:unit_id>/people/add/", views.add_person, name="add_person"),
    path("parameters/", views.own_parameters, name="own_parameters"),
    path("units/<int:unit_id>/parameters/", views.parameters, name="parameters"),
    path("people/", views.people, name="people"),
    path("people/<int:person_id>/", views.person, name="person"),
    path("people/<int:person_id>/phone/", views.phone, name="phone"),
    path("people/<int:person_id>/password/", views.reset_password, name="reset_password"),
    path("people/<int:person_id>/active/", views.set_active, name="set_active"),
    path("people/<int:person_id>/unlock/", views.unlock, name="unlock"),
    path("people/<int:person_id>/second-factor/", views.drop_second_factor, name="drop_second_factor"),
    path("people/<int:person_id>/posts/add/", views.grant, name="grant"),
    path("posts/<int:post_id>/revoke/", views.revoke, name="revoke"),
]
