"""The back office looks at what parties agree on and changes none of it."""

from django.contrib import admin


class SeenOnly:
    """No adding, changing or deleting: parties act, staff look."""

    def has_add_permission(self, request, obj=None):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class PartInline(SeenOnly, admin.TabularInline):
    extra = 0
    show_change_link = False

    def has_view_permission(self, request, obj=None):
        return request.user.has_perm("orders.view_order")
