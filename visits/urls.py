from django.urls import path

from visits import doubles_views, go_live_views, sheet_views

app_name = "visits"
urlpatterns = [
    path("go-live/", go_live_views.go_live, name="go_live"),
    path("sheets/", sheet_views.take, name="sheets_take"),
    path("sheets/<int:pk>/", sheet_views.sheet, name="sheet"),
    path("doubles/", doubles_views.doubles_list, name="doubles"),
    path("doubles/<int:kept>/<int:gone>/", doubles_views.doubles_pair, name="doubles_pair"),
    path("doubles/<int:pk>/undo/", doubles_views.doubles_undo, name="doubles_undo"),
]
