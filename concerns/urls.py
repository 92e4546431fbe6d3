from django.urls import path

from concerns import views

app_name = "concerns"

urlpatterns = [
    path("", views.box, name="index"),
    path("new/", views.new, name="new"),
    path("terms/<int:pk>/", views.terms, name="terms"),
    path("<int:pk>/", views.concern, name="concern"),
    path("<int:pk>/take/", views.take, name="take"),
    path("<int:pk>/close/", views.close, name="close"),
    path("<int:pk>/incident/", views.incident, name="incident"),
    path("<int:pk>/words/", views.words, name="words"),
]
