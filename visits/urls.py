from django.urls import path

from visits import handling_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("duties/", views.duty_list, name="duties"),
    path("duties/<int:pk>/", views.duty_page, name="duty"),
    path("duties/<int:pk>/handle/<str:kind>/", handling_views.duty_handle, name="duty_handle"),
    path("duties/<int:pk>/words/", handling_views.duty_words, name="duty_words"),
    path("notices/", views.notice_list, name="notices"),
    path("never-seen/", views.never_seen_list, name="never_seen"),
    path("vacancies/", views.vacancy_list, name="vacancies"),
    path("incidents/", views.incident_list, name="incidents"),
]
