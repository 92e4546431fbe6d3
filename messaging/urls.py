from django.urls import path

from messaging import views

app_name = "messaging"
urlpatterns = [
    path("", views.channels, name="channels"),
    path("mine/", views.mine, name="mine"),
    path("unseen/", views.unseen, name="unseen"),
    path("call/<int:pk>/", views.call, name="call"),
    path("called/<int:pk>/", views.called, name="called"),
    path("<int:pk>/<slug:way>/names/", views.names, name="names"),
    path("<int:pk>/<slug:kind>/", views.channel, name="channel"),
    path("<int:pk>/<slug:kind>/try/", views.channel_test, name="channel_test"),
]
