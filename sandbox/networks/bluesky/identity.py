"""Who is who: the directory's documents, which lead from a DID to the server of the account."""

from urllib.parse import urlsplit

from aiohttp import web

from sandbox.networks.bluesky.doors import Values, world_of
from sandbox.networks.bluesky.world import Person, World


def shown_did(world: World) -> str:
    """The server's own DID."""
    return f"did:web:{urlsplit(world.url).hostname}"


def document(world: World, person: Person) -> Values:
    """A DID document. Source: https://atproto.com/specs/did, read 2026-11-21."""
    service = {"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": world.url}
    return {
        "@context": ["https://www.w3.org/ns/did/v1"],
        "id": person.did,
        "alsoKnownAs": [f"at://{person.handle}"],
        "verificationMethod": [],
        "service": [service],
    }


async def look_up(request: web.Request) -> web.Response:
    """`GET /{did}`, as the directory of did:plc answers it."""
    did = request.match_info["did"]
    person = world_of(request).people.get(did)
    if person is None:
        return web.json_response({"message": f"DID not registered: {did}"}, status=404)
    return web.json_response(document(world_of(request), person), content_type="application/did+ld+json")
