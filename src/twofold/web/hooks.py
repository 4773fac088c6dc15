"""What other servers tell us: they have neither cookies nor form tokens, but an address that only they were given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from django.http import Http404, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from twofold.flows import receipts
from twofold.web import errors
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from twofold.web.request import Request

MOST: Final = 16 * 1024
"""Bytes of a receipt; the longest known has a few hundred."""
_MOST_FIELDS: Final = 100
_JSON: Final = "application/json"


@csrf_exempt
@require_http_methods(["GET", "POST"])
def sms_receipt(request: Request, message: str, mac: str) -> HttpResponse:
    """Take what became of one text: 204, whatever it says; 404 where the address is none that we made.

    GET writes here, because some gateways know nothing else.
    """
    if not receipts.is_ours(request.services, request.visit, message, mac):
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST:
        return errors.answer(request, errors.TOO_LARGE)
    try:
        told = _told(request)
    except (ValueError, RecursionError):
        told = {}
    receipts.take(request.services, request.visit, message, told)
    return HttpResponse(status=204)


def _told(request: Request) -> dict[str, str]:
    """Return the fields of address and body; ValueError where the body is not what it says to be."""
    found = _pairs(request.META.get("QUERY_STRING", ""))
    if request.method != "POST":
        return found
    if request.content_type == _JSON:
        body = json.loads(request.body)
        if not isinstance(body, dict):
            raise ValueError("a receipt in JSON is an object")
        return found | {name: value for name, value in body.items() if isinstance(value, str)}
    return found | _pairs(request.body.decode("utf-8", "replace"))


def _pairs(text: str) -> dict[str, str]:
    return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
