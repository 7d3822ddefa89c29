"""/vendor/v1/, described for vendors in docs/vendor-api.md."""

from django.urls import path

from . import schemas, steps, views

urlpatterns = [
    path("schemas/<str:name>", schemas.SchemaView.as_view(), name="vendor-schema"),
    path("jobs", views.JobsView.as_view(), name="vendor-jobs"),
    path("jobs/<str:job_id>", views.JobView.as_view(), name="vendor-job"),
    path("jobs/<str:job_id>/lease", steps.LeaseView.as_view(), name="vendor-lease"),
    path("jobs/<str:job_id>/files", views.FilesView.as_view(), name="vendor-files"),
    path("jobs/<str:job_id>/files/<str:name>", views.FileView.as_view(), name="vendor-file"),
    path("jobs/<str:job_id>/acknowledge", steps.AcknowledgeView.as_view(), name="vendor-acknowledge"),
    path("jobs/<str:job_id>/reject", steps.RejectView.as_view(), name="vendor-reject"),
    path("jobs/<str:job_id>/withdrawals", steps.WithdrawalsView.as_view(), name="vendor-withdrawals"),
    path(
        "jobs/<str:job_id>/withdrawals/<str:seq>/acknowledge",
        steps.AcknowledgeWithdrawalsView.as_view(),
        name="vendor-acknowledge-withdrawals",
    ),
    path("jobs/<str:job_id>/production-start", steps.ProductionStartView.as_view(), name="vendor-production-start"),
    path("jobs/<str:job_id>/items", steps.ItemsView.as_view(), name="vendor-items"),
    path("jobs/<str:job_id>/printed", steps.PrintedView.as_view(), name="vendor-printed"),
    path("jobs/<str:job_id>/posted", steps.PostedView.as_view(), name="vendor-posted"),
    path(
        "jobs/<str:job_id>/deletion-certificate",
        steps.DeletionCertificateView.as_view(),
        name="vendor-deletion-certificate",
    ),
]
