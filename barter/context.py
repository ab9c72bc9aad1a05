from django.conf import settings


def shell(request):
    """What the frame around every page shows: brand, person, enterprise, counts."""
    return {"shell": {"brand": settings.BRAND, "nav": "", "unread": 0, "todo": 0, "enterprise": "", "person": "", "is_member": False}}
