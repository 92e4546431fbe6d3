from django.urls import path

from gatherings import views

app_name = "gatherings"
urlpatterns = [
    path("behind/", views.behind, name="behind"),
    path("<int:pk>/sign-up/", views.sign_up, name="sign_up"),
    path("<int:pk>/roll/", views.roll, name="roll"),
]
