app_name = "major_clients"
urlpatterns: list = []
