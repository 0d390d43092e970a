"""Addresses of the API (``/api/v1/``) and its description."""

from typing import NoReturn

from django.http import HttpRequest
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.routers import DefaultRouter
from rest_framework.views import APIView

from agencies.api.agencies import AgencyDoor
from agencies.api.door import NotVisible
from agencies.api.notices import NoticeDoor
from agencies.api.tokens import TokenDoor
from indicators.api.catalogue import ComponentDoor, IndexDoor
from indicators.api.frameworks import FrameworkDoor
from indicators.api.results import NationalResultDoor, RankingDoor
from indicators.api.sheets import OfferDoor, ScoreSheetDoor, SheetEntryDoor
from indicators.api.surveys import SurveyDoor
from plans.api.amendments import AmendmentDoor
from plans.api.closes import PeriodCloseDoor
from plans.api.duties import DutyRequestDoor, RulingDoor
from plans.api.leaders_list import LeaderListDoor
from plans.api.plans import PeriodDoor, PlanDoor
from plans.api.progress import ProgressDoor
from plans.api.reminders import ReminderDoor
from plans.api.reorganisations import ReorganisationDoor
from plans.api.tasks import AssignmentDoor, TaskDoor
from reports.api.analysis import CoverageDoor, ScoreAnalysisDoor
from reports.api.runs import ReportRunDoor
from reports.api.scenarios import ScenarioDoor
from reports.api.trail import TrailDoor

app_name = "api"


class Nowhere(APIView):
    """Addresses that do not exist: an error of the API, not a page."""

    schema = None

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Say 401 to strangers, 404 to everybody else."""
        super().initial(request, *args, **kwargs)
        self._refuse()

    def http_method_not_allowed(self, request: HttpRequest, *args: object, **kwargs: object) -> NoReturn:
        """Say 404 whatever the method."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotVisible("not_found", "Không có địa chỉ này. Địa chỉ của API kết thúc bằng dấu gạch chéo (/).")


class Router(DefaultRouter):
    """Addresses end in a slash and know one format."""

    include_format_suffixes = False


router = Router()
router.register("plans", PlanDoor, "plan")
router.register("amendments", AmendmentDoor, "amendment")
router.register("tasks", TaskDoor, "task")
router.register("assignments", AssignmentDoor, "assignment")
router.register("progress", ProgressDoor, "progress")
router.register("requests", DutyRequestDoor, "request")
router.register("rulings", RulingDoor, "ruling")
router.register("periods", PeriodDoor, "period")
router.register("period-closes", PeriodCloseDoor, "period-close")
router.register("agencies", AgencyDoor, "agency")
router.register("reorganisations", ReorganisationDoor, "reorganisation")
router.register("frameworks", FrameworkDoor, "framework")
router.register("components", ComponentDoor, "component")
router.register("indices", IndexDoor, "index")
router.register("results", NationalResultDoor, "result")
router.register("rankings", RankingDoor, "ranking")
router.register("surveys", SurveyDoor, "survey")
router.register("coverage", CoverageDoor, "coverage")
router.register("score-analyses", ScoreAnalysisDoor, "score-analysis")
router.register("scenarios", ScenarioDoor, "scenario")
router.register("score-sheets", ScoreSheetDoor, "score-sheet")
router.register("sheet-entries", SheetEntryDoor, "sheet-entry")
router.register("offers", OfferDoor, "offer")
router.register("report-runs", ReportRunDoor, "report-run")
router.register("reminders", ReminderDoor, "reminder")
router.register("leaders-list", LeaderListDoor, "leader-duty")
router.register("notices", NoticeDoor, "notice")
router.register("trail", TrailDoor, "trail")
router.register("tokens", TokenDoor, "token")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="schema"),
    path("", include(router.urls)),
    re_path("", Nowhere.as_view()),
]
