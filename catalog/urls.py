from django.urls import path

from .views import goods, grants, market, media, offers, stock, wants

app_name = "catalog"
urlpatterns = [
    path("market/", market.market, name="market"),
    path("market/c/<slug:slug>/", market.category, name="category"),
    path("goods/<str:no>/", offers.offer, name="offer"),
    path("media/<str:key>/<str:name>", media.media, name="media"),
    path("firm/<slug:handle>/", offers.firm, name="firm"),
    path("wanted/", wants.wanted, name="wanted"),
    path("wanted/new/", wants.want_new, name="want_new"),
    path("wanted/<str:no>/closing/", wants.want_close, name="want_close"),
    path("shop/goods/", goods.my_listings, name="my_listings"),
    path("shop/goods/new/", goods.listing_new, name="listing_new"),
    path("shop/goods/<str:no>/edit/", goods.listing_edit, name="listing_edit"),
    path("shop/goods/<str:no>/submission/", goods.listing_submit, name="listing_submit"),
    path("shop/goods/<str:no>/withdrawal/", goods.listing_withdraw, name="listing_withdraw"),
    path("shop/goods/<str:no>/renewal/", goods.listing_renew, name="listing_renew"),
    path("shop/goods/<str:no>/change/end/", goods.change_drop, name="change_drop"),
    path("shop/goods/<str:no>/people/", grants.listing_people, name="listing_people"),
    path("shop/stock/", stock.stock, name="stock"),
    path("shop/stock/<str:no>/", stock.movements, name="stock_of"),
]
