from django.utils.functional import SimpleLazyObject

from .queries import actor_of


class ActorMiddleware:
    """Put `request.actor` on every request; it is read from the database on first use, once per request."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.actor = SimpleLazyObject(lambda: actor_of(request))
        return self.get_response(request)
