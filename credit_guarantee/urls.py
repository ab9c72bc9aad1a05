app_name = "credit_guarantee"
urlpatterns: list = []
