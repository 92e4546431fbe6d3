from django.urls import path, register_converter
from django.urls.converters import StringConverter

from reports import views


class StepConverter(StringConverter):
    regex = "retry|drop"


register_converter(StepConverter, "report_step")

app_name = "reports"
urlpatterns = [
    path("", views.index, name="index"),
    path("run/<uuid:uid>/", views.run_page, name="run"),
    path("run/<uuid:uid>/table.xlsx", views.run_book, name="book"),
    path("run/<uuid:uid>/print/", views.run_print, name="print"),
    path("run/<uuid:uid>/<report_step:step>/", views.run_step, name="step"),
]
