"""Public URLs of the channels: tracking, banners and the APIs."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from . import front, pictures, quoting, unsubscribe_page, views
from .api.events import EventsView
from .api.posts import PostView
from .api.redemptions import RedemptionsView
from .api.time_outs import TimeOutsView
from .banner import views as banner

urlpatterns = [
    path("vendor/v1/", include("channels.vendor_api.urls")),
    path("t/o/<str:token>.gif", front.view, name="tracking-open"),
    path("t/s/<str:token>.gif", front.view, name="tracking-shown"),
    path("t/c/<str:token>", front.view, name="tracking-click"),
    path("r/<str:token>", views.landing_page, name="landing"),
    path("q/<str:token>", quoting.answer_view, name="testimonial"),
    path("u/test", unsubscribe_page.of_a_test, name="unsubscribe-test"),
    path("u/<str:token>", unsubscribe_page.unsubscribe, name="unsubscribe"),
    path("media/<path:path>", pictures.picture_view, name="picture"),
    path("banner/decide", front.view, name="banner-decide"),
    path("banner/vast", front.view, name="banner-vast"),
    path("banner/script.js", banner.script_view, name="banner-script"),
    path("banner/demo", banner.demo_view, name="banner-demo"),
    path("api/events", EventsView.as_view(), name="api-events"),
    path("api/posts/<int:pk>", PostView.as_view(), name="api-post"),
    path("api/redemptions", RedemptionsView.as_view(), name="api-redemptions"),
    path("api/time-outs", TimeOutsView.as_view(), name="api-time-outs"),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
]
