from django.urls import path

from cadres.account_views import holder_accounts
from cadres.views import emergency, emergency_stop

app_name = "cadres"
urlpatterns = [
    path("holder-accounts/", holder_accounts, name="holder_accounts"),
    path("emergency/", emergency, name="emergency"),
    path("emergency/<int:pk>/end/", emergency_stop, name="emergency_end"),
]
