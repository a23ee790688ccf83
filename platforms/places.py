"""Where a platform's addresses are for this Herald: at the vendor's, or where the configuration moved them.

And what stands in an address that a person gives.
"""

from urllib.parse import SplitResult, unquote, urlsplit

from platforms.base import Endpoints, Spec


def place(spec: Spec, endpoints: Endpoints, address: str) -> str:
    """An absolute address of a vendor's documents, moved along with the platform.

    On the host of `spec.api_url` it moves with `endpoints.api`, on any other with `endpoints.auth`, where those are
    configured otherwise.
    """
    asked, usual = urlsplit(address), urlsplit(spec.api_url)
    if spec.api_url and (asked.scheme, asked.netloc) == (usual.scheme, usual.netloc):
        base = (endpoints.api or spec.api_url).removesuffix(usual.path.rstrip("/"))
    elif endpoints.auth:
        base = endpoints.auth
    else:
        return address
    return base + address.removeprefix(f"{asked.scheme}://{asked.netloc}")


def parts_of(address: str) -> SplitResult:
    """A web address in its parts: host in lower case, path readable and without closing slash; empty for no address."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts._replace(netloc=parts.netloc.lower(), path=unquote(parts.path).rstrip("/"))
