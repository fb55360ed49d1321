"""OpenTelemetry traces of runs, where the standard environment variables ask for them; otherwise nothing.

Room: flows. A span holds a run's id, names of systems and phases, and counts; never the text of an exception, which
may hold a customer's value.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

from flows.run_context import current_run

SWITCHES = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
FLUSH_MS = 3000
"""How long the end of a program waits for a collector that does not answer."""
_starting = threading.Lock()
_started: list[TracerProvider] = []


def start_tracing(variables: Mapping[str, str]) -> None:
    """Send traces where the environment names a collector; once for a process."""
    if not any(variables.get(name) for name in SWITCHES) or variables.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    with _starting:
        if not _started:
            provider = TracerProvider(resource=Resource.create({"service.name": "crmhub"}))
            provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=FLUSH_MS // 1000)))
            trace.set_tracer_provider(provider)
            _started.append(provider)


def flush_traces() -> None:
    """Send what is left; called when a hub is closed."""
    for provider in _started:
        provider.force_flush(FLUSH_MS)


@contextmanager
def span(name: str, **facts: str | int) -> Iterator[None]:
    """Trace a block; an exception marks it as failed by its kind alone."""
    tracer = trace.get_tracer("crmhub")
    with tracer.start_as_current_span(name, record_exception=False, set_status_on_exception=False) as current:
        if current.is_recording():
            current.set_attributes(
                {"crmhub.run": current_run(), **{f"crmhub.{key}": one for key, one in facts.items()}}
            )
        try:
            yield
        except BaseException as error:
            current.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
