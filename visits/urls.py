from django.urls import path

from visits import doubles_views, handling_views, views

urlpatterns = [
    path("duties/<int:pk>/", views.duty_page, name="duty"),
    path("duties/<int:pk>/handle/<str:kind>/", handling_views.duty_handle, name="duty_handle"),
    path("duties/<int:pk>/words/", handling_views.duty_words, name="duty_words"),
    path("doubles/", doubles_views.doubles_list, name="doubles"),
    path("doubles/<int:kept>/<int:gone>/", doubles_views.doubles_pair, name="doubles_pair"),
    path("doubles/<int:pk>/undo/", doubles_views.doubles_undo, name="doubles_undo"),
    path("notices/", views.notice_list, name="notices"),
]
