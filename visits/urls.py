from django.urls import path

from visits import views

urlpatterns = [
    path("duties/<int:pk>/", views.duty_page, name="duty"),
    path("notices/", views.notice_list, name="notices"),
]
