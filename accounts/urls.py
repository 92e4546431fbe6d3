from django.urls import path

from accounts.second_step_views import enrol, qr, verify
from accounts.setup_views import first_account
from accounts.views import SignIn, SignOut, own_password

app_name = "accounts"
urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("second-step/", verify, name="second_step"),
    path("second-step/enrol/", enrol, name="second_step_enrol"),
    path("second-step/qr.svg", qr, name="second_step_qr"),
    path("password/", own_password, name="password"),
    path("first-account/", first_account, name="first_account"),
    path("logout/", SignOut.as_view(), name="logout"),
]
