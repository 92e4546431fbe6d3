from django.urls import path

from phone.views import actions, building, entries, incident, mine, people, sign_in, today, visit, worker

app_name = "phone"

urlpatterns = [
    path("", today.today, name="today"),
    path("notices/", today.notices, name="notices"),
    path("notices/seen/", today.all_seen, name="all_seen"),
    path("duties/<int:pk>/", today.duty, name="duty"),
    path("duties/<int:pk>/handle/<str:kind>/", actions.act, name="handle"),
    path("duties/<int:pk>/words/", actions.words, name="words"),
    path("visit/<int:pk>/", visit.visit, name="visit"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/words/", people.own_words, name="own_words"),
    path("people/<int:pk>/call/", people.call_person, name="call_person"),
    path("cadres/<int:pk>/call/", people.call_cadre, name="call_cadre"),
    path("photos/<uuid:uid>/", people.photo, name="picture"),
    path("incidents/", incident.incidents, name="incidents"),
    path("incidents/<int:pk>/", incident.incident, name="incident"),
    path("incidents/<int:pk>/arrive/", incident.arrive, name="arrive"),
    path("incidents/<int:pk>/close/", incident.close, name="close"),
    path("incidents/<int:pk>/summary/", incident.summary, name="summary"),
    path("building/", building.building, name="building"),
    path("building/<int:pk>/", building.building, name="one_building"),
    path("mine/", mine.mine, name="mine"),
    path("mine/large/", mine.large, name="large"),
    path("mine/leave/<int:pk>/", mine.leave, name="leave"),
    path("mine/back/<int:pk>/", mine.back, name="back"),
    path("mine/hand-over/<int:pk>/", mine.hand_over, name="hand_over"),
    path("help/", mine.help_page, name="help"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("session/", entries.session, name="session"),
    path("submit/", entries.submit, name="submit"),
    path("photo/", entries.photo, name="photo"),
    path("sw.js", worker.worker, name="worker"),
]
