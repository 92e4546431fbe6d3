from django.urls import path, register_converter
from django.urls.converters import StringConverter

from rosters import views


class StepConverter(StringConverter):
    regex = "confirm|drop|retry"


register_converter(StepConverter, "step")

app_name = "rosters"
urlpatterns = [
    path("", views.index, name="index"),
    path("<slug:kind>/", views.upload, name="upload"),
    path("<slug:kind>/template.xlsx", views.template, name="template"),
    path("run/<uuid:uid>/", views.run_page, name="run"),
    path("run/<uuid:uid>/columns/", views.run_map, name="map"),
    path("run/<uuid:uid>/kind/", views.run_switch, name="kind"),
    path("run/<uuid:uid>/corrections/", views.run_correct, name="corrections"),
    path("run/<uuid:uid>/undo/", views.run_undo, name="undo"),
    path("run/<uuid:uid>/errors.xlsx", views.run_errors, name="errors"),
    path("run/<uuid:uid>/<step:step>/", views.run_step, name="step"),
]
