"""What the assistant would have seen."""

from fastapi import APIRouter

from api.dependencies import CurrentPrincipal, CurrentServices
from api.schemas.search import SearchRequest, SearchResult
from core.errors import Forbidden
from core.principal import Permission

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
async def search(body: SearchRequest, principal: CurrentPrincipal, services: CurrentServices) -> SearchResult:
    """The passages that fit a question, best first, among those that the caller may read; behind them up to three that
    complete a cut-off one (`beside`). `explain` tells of each what every stage of the search made of it, to policy
    owners and compliance."""
    principal.require(Permission.SEARCH_QUERY)
    if body.explain and not principal.may(Permission.SEARCH_EXPLAIN):
        raise Forbidden("Why a passage was found is shown to policy owners and compliance. Leave out `explain`.")
    evidence = await services.searcher.search(
        principal,
        body.query,
        k=body.k,
        as_of=body.as_of or services.days.today(principal.tenant),
        libraries=body.libraries,
        explain=body.explain,
    )
    return SearchResult.of(evidence)
