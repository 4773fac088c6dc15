"""Who may open the demo's pages: whoever sits at this machine, and no page of another site.

These forms carry no token, so that scripts may send them and so that signing in, which voids all tokens, does not shut
them. What a browser says about where a request comes from protects them instead.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.views.decorators.csrf import csrf_exempt

from twofold.ports.clock import ForwardClock
from twofold.settings import LOOPBACK_NAMES
from twofold.web.middleware import host_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponse

    from twofold.web.request import Request

P = ParamSpec("P")

_OWN: Final = frozenset({"", "same-origin", "none"})


def demo(view: Callable[Concatenate[Request, ForwardClock, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Hand the demo's clock to the view. Without one there is no demo, and so no page (404).

    Anything but reading is refused (403) unless it comes from this origin, or from a program that is no browser.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: Request, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        clock = request.services.clock
        if not isinstance(clock, ForwardClock) or host_of(request) not in LOOPBACK_NAMES:
            raise Http404
        if request.method not in {"GET", "HEAD"} and not _is_from_here(request):
            raise PermissionDenied
        return view(request, clock, *args, **kwargs)

    return guarded


def _is_from_here(request: Request) -> bool:
    """Tell by `Origin`, which browsers send with every POST and no page can forge; programs send none."""
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == f"{request.scheme}://{request.META.get('HTTP_HOST', '')}"
    return request.headers.get("Sec-Fetch-Site", "") in _OWN
