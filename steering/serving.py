"""gunicorn's settings: `gunicorn --config python:steering.serving steering.wsgi`; docs/operations.md says why."""

import os

worker_class = "steering.patient_worker.PatientWorker"
workers = int(os.environ.get("WEB_WORKERS", "2"))
# For pages, files and APIs; what is tracked needs none of them.
threads = int(os.environ.get("WEB_THREADS", "32"))
worker_connections = 2000
backlog = 2048
keepalive = 15  # longer than a proxy keeps a connection between two requests
timeout = 60
graceful_timeout = 8
control_socket_disable = True
