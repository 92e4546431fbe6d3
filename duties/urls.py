from django.urls import path

from duties import action_views, views

app_name = "duties"
urlpatterns = [
    path("duties/<int:pk>/", views.duty_page, name="duty"),
    path("duties/<int:pk>/handle/<str:kind>/", action_views.duty_handle, name="duty_handle"),
    path("duties/<int:pk>/words/", action_views.duty_words, name="duty_words"),
    path("notices/", views.notice_list, name="notices"),
]
