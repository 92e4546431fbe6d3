from django.urls import path

from phone.views.silent import phone_list

app_name = "phone_office"
urlpatterns = [path("", phone_list, name="phones")]
