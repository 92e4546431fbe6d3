from django.urls import path

from accounts.views import SignIn, SignOut, own_password

urlpatterns = [
    path("login/", SignIn.as_view(), name="login"),
    path("password/", own_password, name="password"),
    path("logout/", SignOut.as_view(), name="logout"),
]
