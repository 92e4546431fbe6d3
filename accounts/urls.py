from django.urls import path

from accounts.second_step_views import enrol, qr, verify
from accounts.views import SignIn, SignOut, own_password

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("second-step/", verify, name="second-step"),
    path("second-step/enrol/", enrol, name="second-step-enrol"),
    path("second-step/qr.svg", qr, name="second-step-qr"),
    path("password/", own_password, name="password"),
    path("logout/", SignOut.as_view(), name="logout"),
]
