"""/vendor/v1/, described for vendors in docs/vendor-api.md."""

from django.urls import path

from . import views

urlpatterns = [
    path("jobs", views.JobsView.as_view(), name="vendor-jobs"),
    path("jobs/<str:job_id>", views.JobView.as_view(), name="vendor-job"),
    path("jobs/<str:job_id>/files", views.FilesView.as_view(), name="vendor-files"),
    path("jobs/<str:job_id>/files/<str:name>", views.FileView.as_view(), name="vendor-file"),
    path("jobs/<str:job_id>/acknowledge", views.AcknowledgeView.as_view(), name="vendor-acknowledge"),
    path("jobs/<str:job_id>/reject", views.RejectView.as_view(), name="vendor-reject"),
    path("jobs/<str:job_id>/production-start", views.ProductionStartView.as_view(), name="vendor-production-start"),
    path("jobs/<str:job_id>/items", views.ItemsView.as_view(), name="vendor-items"),
    path("jobs/<str:job_id>/posted", views.PostedView.as_view(), name="vendor-posted"),
    path("jobs/<str:job_id>/withdrawals", views.WithdrawalsView.as_view(), name="vendor-withdrawals"),
]
