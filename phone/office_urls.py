from django.urls import path

from phone.views.silent import phone_list

urlpatterns = [path("", phone_list, name="phones")]
