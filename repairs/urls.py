from django.urls import path

from repairs.views import cases, orders, public

app_name = "repairs"
urlpatterns = [
    path("affairs/repairs/", orders.orders, name="orders"),
    path("affairs/repairs/new/", orders.new, name="new"),
    path("affairs/repairs/rules/", orders.rules, name="rules"),
    path("affairs/repairs/pictures/<uuid:uid>/", cases.picture, name="picture"),
    path("affairs/repairs/pictures/<uuid:uid>/release/", cases.release, name="release"),
    path("affairs/repairs/steps/<int:pk>/void/", cases.void, name="void"),
    path("affairs/repairs/<int:pk>/", cases.order_page, name="order"),
    path("affairs/repairs/<int:pk>/look/", cases.look, name="look"),
    path("affairs/repairs/<int:pk>/call/", cases.call, name="call"),
    path("affairs/repairs/<int:pk>/slip/", cases.slip, name="slip"),
    path("affairs/repairs/<int:pk>/pictures/", cases.add_picture, name="add_picture"),
    path("affairs/repairs/<int:pk>/<slug:what>/", cases.act, name="act"),
    path("b/<slug:code>/repair/", public.report, name="report"),
    path("b/<slug:code>/repairs/", public.progress, name="progress"),
    path("r/<slug:code>/", public.track, name="track"),
    path("r/<slug:code>/pictures/<uuid:uid>/", public.picture, name="public_picture"),
]
