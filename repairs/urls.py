from django.urls import path

from repairs.views import orders, public

app_name = "repairs"
urlpatterns = [
    path("affairs/repairs/", orders.orders, name="orders"),
    path("affairs/repairs/new/", orders.new, name="new"),
    path("affairs/repairs/rules/", orders.rules, name="rules"),
    path("affairs/repairs/pictures/<uuid:uid>/", orders.picture, name="picture"),
    path("affairs/repairs/pictures/<uuid:uid>/release/", orders.release, name="release"),
    path("affairs/repairs/steps/<int:pk>/void/", orders.void, name="void"),
    path("affairs/repairs/<int:pk>/", orders.order_page, name="order"),
    path("affairs/repairs/<int:pk>/look/", orders.look, name="look"),
    path("affairs/repairs/<int:pk>/call/", orders.call, name="call"),
    path("affairs/repairs/<int:pk>/slip/", orders.slip, name="slip"),
    path("affairs/repairs/<int:pk>/pictures/", orders.add_picture, name="add_picture"),
    path("affairs/repairs/<int:pk>/<slug:what>/", orders.act, name="act"),
    path("b/<slug:code>/repair/", public.report, name="report"),
    path("b/<slug:code>/repairs/", public.progress, name="progress"),
    path("r/<slug:code>/", public.track, name="track"),
    path("r/<slug:code>/pictures/<uuid:uid>/", public.picture, name="public_picture"),
]
