from django.urls import path

from duties import handling_views, views

app_name = "duties"
urlpatterns = [
    path("duties/<int:pk>/", views.duty_page, name="duty"),
    path("duties/<int:pk>/handle/<str:kind>/", handling_views.duty_handle, name="duty_handle"),
    path("duties/<int:pk>/words/", handling_views.duty_words, name="duty_words"),
    path("notices/", views.notice_list, name="notices"),
]
