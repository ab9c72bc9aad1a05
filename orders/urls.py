from django.urls import path

from .views import acts, details, grants, lists, proposals

app_name = "orders"
urlpatterns = [
    path("me/orders/", lists.order_list, name="list"),
    path("me/orders/export/", lists.order_export, name="export"),
    path("me/orders/new/", proposals.propose, name="new"),
    path("me/orders/<str:no>/", details.order_detail, name="detail"),
    path("me/orders/<str:no>/log/", details.order_log, name="log"),
    path("me/orders/<str:no>/papers/<int:paper_id>/", details.order_paper, name="paper"),
    path("me/orders/<str:no>/people/", grants.order_people, name="people"),
    path("me/orders/<str:no>/messages/", details.write, name="messages"),
    path("me/orders/<str:no>/confirmation/", acts.confirmation, name="confirmation"),
    path("me/orders/<str:no>/decline/", acts.decline, name="decline"),
    path("me/orders/<str:no>/withdrawal/", acts.withdrawal, name="withdrawal"),
    path("me/orders/<str:no>/shipment/", acts.shipment, name="shipment"),
    path("me/orders/<str:no>/consignments/<int:consignment_id>/acceptance/", acts.acceptance, name="acceptance"),
    path("me/orders/<str:no>/consignments/<int:consignment_id>/events/", acts.tracking, name="events"),
    path("me/orders/<str:no>/refunds/new/", acts.refund_new, name="refund_new"),
    path("me/orders/<str:no>/refunds/<int:refund_id>/approval/", acts.refund_approval, name="refund_approval"),
    path("me/orders/<str:no>/refunds/<int:refund_id>/goods/", acts.refund_goods, name="refund_goods"),
    path("me/orders/<str:no>/refunds/<int:refund_id>/rejection/", acts.refund_rejection, name="refund_rejection"),
    path("me/orders/<str:no>/refunds/<int:refund_id>/withdrawal/", acts.refund_withdrawal, name="refund_withdrawal"),
]
