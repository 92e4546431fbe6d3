from django.urls import path

from desk.views import filters, home, household, lists, person, places, quality

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("places/<int:pk>/", places.place, name="place"),
    path("people/<int:pk>/", person.person, name="person"),
    path("people/<int:pk>/words/", person.words, name="words"),
    path("households/<int:pk>/", household.household, name="household"),
    path("cadres/<int:pk>/call/", person.call_cadre, name="call_cadre"),
    path("duties/", lists.duty_list, name="duties"),
    path("never-seen/", lists.never_seen_list, name="never_seen"),
    path("vacancies/", lists.vacancy_list, name="vacancies"),
    path("incidents/", lists.incident_list, name="incidents"),
    path("load/", lists.load_list, name="load"),
    path("quality/", quality.quality, name="quality"),
    path("filters/", filters.filter_create, name="filter_create"),
    path("filters/<int:pk>/delete/", filters.filter_delete, name="filter_delete"),
]
