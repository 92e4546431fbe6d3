from django.urls import path

from boards import views

app_name = "boards"
urlpatterns = [
    path("boards/", views.index, name="index"),
    path("boards/line/", views.duty_line, name="line"),
    path("boards/mine/", views.mine, name="mine"),
    path("boards/<int:pk>/", views.board_page, name="board"),
    path("boards/<int:pk>/pdf/", views.board_pdf, name="pdf"),
    path("boards/<int:pk>/code/", views.renew, name="renew"),
    path("boards/<int:pk>/contacts/<int:cadre>/", views.contact, name="contact"),
    path("b/<slug:code>/", views.public, name="public"),
]
