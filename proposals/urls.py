from django.urls import path

from proposals import views

app_name = "proposals"

urlpatterns = [
    path("", views.box, name="index"),
    path("<int:pk>/", views.proposal, name="proposal"),
    path("<int:pk>/accept/", views.accept, name="accept"),
    path("<int:pk>/decline/", views.decline, name="decline"),
    path("<int:pk>/words/", views.words, name="words"),
]
