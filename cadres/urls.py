from django.urls import path

from cadres.views import emergency, emergency_stop

app_name = "cadres"
urlpatterns = [
    path("emergency/", emergency, name="emergency"),
    path("emergency/<int:pk>/end/", emergency_stop, name="emergency_end"),
]
