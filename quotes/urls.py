from django.urls import path

from quotes import views

app_name = "quotes"
urlpatterns = [
    path("q/<slug:code>/", views.by_list, name="by_list"),
    path("b/<slug:code>/quotes/", views.by_place, name="by_place"),
]
