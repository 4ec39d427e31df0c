"""What the assistant would have seen."""

from fastapi import APIRouter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.schemas.search import SearchRequest, SearchResult
from core.principal import Permission

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(body: SearchRequest, principal: CurrentPrincipal, services: CurrentServices) -> SearchResult:
    """The passages that fit a question, best first, among those that the caller may read."""
    principal.require(Permission.SEARCH_QUERY)
    evidence = await services.searcher.search(
        principal,
        body.query,
        k=body.k,
        as_of=body.as_of or services.days.today(principal.tenant),
        libraries=body.libraries,
    )
    return SearchResult.of(evidence, explain=body.explain)
