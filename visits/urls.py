from django.urls import path

from visits import views

urlpatterns = [
    path("", views.home, name="home"),
    path("duties/", views.duty_list, name="duties"),
    path("duties/<int:pk>/", views.duty_page, name="duty"),
    path("notices/", views.notice_list, name="notices"),
    path("never-seen/", views.never_seen_list, name="never_seen"),
    path("vacancies/", views.vacancy_list, name="vacancies"),
    path("incidents/", views.incident_list, name="incidents"),
]
