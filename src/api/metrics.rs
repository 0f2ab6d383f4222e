//! `GET /metrics`: the host's figures in the text format of `OpenMetrics`, which Prometheus reads. They are put together when
//! they are asked for, from what each room counts anyway; nothing is kept here. Labels are tools, plugins and kinds of
//! errors, and flows that are rolled out: never a session, a text or an address.

use std::fmt;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;

use super::problem::Problem;
use super::{Parts, Shared};
use crate::catalog::Canary;
use crate::clock::Clock;
use crate::figures::TimesRead;
use crate::nlu::{Models, ServerFigures};
use crate::runtime::Reading;
use crate::tool::Figures;

const FORM: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Figures for Prometheus, as `OpenMetrics` text; `docs/metrics.md` names them.
#[utoipa::path(get, path = "/metrics", tag = "host",
    responses((status = 200, content_type = "application/openmetrics-text")))]
pub(super) async fn show(State(parts): State<Shared>) -> Result<Response, Problem> {
    let mut registry = Registry::with_prefix("cicerone");
    registry.register_collector(Box::new(Host::of(&parts)));
    registry.register_collector(Box::new(Rollouts::of(&parts)));
    registry.register_collector(Box::new(Tools(parts.tools.figures())));
    let models = parts.classifier.models().map(Models::figures).unwrap_or_default();
    registry.register_collector(Box::new(Servers(models)));
    let mut written = String::new();
    text::encode(&mut written, &registry).map_err(|error| {
        tracing::error!(%error, "The metrics could not be written.");
        Problem::new(500, "metrics.failed", "could not write the metrics; the log says why")
    })?;
    Ok(([(CONTENT_TYPE, FORM)], written).into_response())
}

/// Figures of the host as a whole.
#[derive(Debug)]
struct Host {
    runtime: Reading,
    gauges: [(&'static str, &'static str, f64); 5],
    missed: u64,
}

impl Host {
    fn of(parts: &Parts) -> Self {
        let up = Clock::System.now().millis_since(parts.started_at);
        Self {
            runtime: parts.runtime.figures(),
            gauges: [
                ("uptime_seconds", "Since the host started", real(up) / 1_000.0),
                (
                    "flows",
                    "Flows that new sessions can begin on",
                    count(parts.catalog.current().linked.iter().count()),
                ),
                (
                    "plugins",
                    "Plugins that offer tools",
                    count(parts.tools.offers().plugins().len()),
                ),
                (
                    "bus_listeners",
                    "Whoever follows a session or the host's events here",
                    count(parts.bus.listeners()),
                ),
                ("websocket_clients", "WebSockets that are open", count(parts.sockets.count())),
            ],
            missed: parts.bus.missed(),
        }
    }
}

impl Collector for Host {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let info = [("version", env!("CARGO_PKG_VERSION"))];
        let help = "Which host this is";
        to.encode_descriptor("build", help, None, MetricType::Info)?.encode_info(&info)?;
        for (name, help, value) in self.gauges {
            gauge(&mut to, name, help, value)?;
        }
        let Reading { begun, warm, events, turns, commits, calls, uncounted } = &self.runtime;
        gauge(&mut to, "sessions_warm", "Sessions in memory", count(*warm))?;
        gauge(&mut to, "calls_pending", "Tool calls under way for sessions", count(*calls))?;
        counter(&mut to, "sessions_begun", "Sessions that began here", *begun)?;
        counter(&mut to, "events", "Events that were committed here", *events)?;
        let help = "Turns that came too fast to be counted for the statistics of their flows";
        counter(&mut to, "turns_uncounted", help, *uncounted)?;
        let help =
            "Times that listeners had to read the log because the bus may have left something out";
        counter(&mut to, "bus_missed", help, self.missed)?;
        let help = "A turn from its beginning to its commit";
        histogram(&mut to, "turn_seconds", help)?.encode_histogram::<NoLabelSet>(
            turns.sum,
            turns.count,
            &turns.buckets,
            None,
        )?;
        histogram(&mut to, "store_commit_seconds", "The store's part of a turn")?
            .encode_histogram::<NoLabelSet>(commits.sum, commits.count, &commits.buckets, None)
    }
}

/// By flow, how many of a hundred new sessions begin on another version than the rest.
#[derive(Debug)]
struct Rollouts(Vec<(String, u8)>);

impl Rollouts {
    fn of(parts: &Parts) -> Self {
        let current = parts.catalog.current();
        let percent = |canary: &Canary| u8::from(canary.rollout.percent);
        let all = current.canaries.iter();
        Self(all.map(|(id, canary)| (id.to_string(), percent(canary))).collect())
    }
}

impl Collector for Rollouts {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Of 100 new sessions, how many begin on another version than the rest";
        let mut family =
            to.encode_descriptor("flow_rollout_percent", help, None, MetricType::Gauge)?;
        for (flow, percent) in &self.0 {
            let labels = [("flow", flow.as_str())];
            ConstGauge::new(f64::from(*percent)).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

/// Figures of the tools.
#[derive(Debug)]
struct Tools(Vec<Figures>);

/// A figure of one tool: its name, what it says, and how it is read.
type Of = (&'static str, &'static str, fn(&Figures) -> f64);

/// What only grows.
const COUNTERS: [Of; 9] = [
    ("tool_attempts", "Attempts at calls that ended", |tool| real(tool.attempts)),
    ("tool_breaker_opened", "Times that the tool was left alone because it kept failing", |tool| {
        real(tool.report.breaker.opened)
    }),
    ("tool_queue_seconds", "Waiting for a place", |tool| seconds(tool.total.queue_us)),
    ("tool_instantiate_seconds", "Making sandboxes", |tool| seconds(tool.total.instantiate_us)),
    ("tool_guest_seconds", "In the tool's own code", |tool| seconds(tool.total.guest_us)),
    ("tool_host_seconds", "In the host on the tool's behalf", |tool| seconds(tool.total.host_us)),
    ("tool_fuel", "Fuel", |tool| real(tool.total.fuel)),
    ("tool_egress_bytes", "Sent out and got back by the tool", |tool| {
        real(tool.total.egress_bytes)
    }),
    ("tool_log_lines", "Lines that the tool logged", |tool| real(tool.total.log_lines)),
];

/// What is as it is at the moment.
const GAUGES: [Of; 4] = [
    ("tool_running", "Calls under way", |tool| count(tool.report.running)),
    ("tool_queued", "Calls that wait for a place", |tool| count(tool.report.queued)),
    ("tool_breaker_open", "1 while the tool is left alone or tried again, else 0", |tool| {
        if tool.report.breaker.state == "closed" { 0.0 } else { 1.0 }
    }),
    ("tool_memory_bytes_max", "The most memory that one attempt had", |tool| {
        real(tool.total.memory)
    }),
];

impl Collector for Tools {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Calls that ended";
        let mut calls = to.encode_descriptor("tool_calls", help, None, MetricType::Counter)?;
        for Figures { report, .. } in &self.0 {
            let labels = [("tool", report.name.as_str()), ("backend", report.backend)];
            ConstCounter::new(report.calls).encode(calls.encode_family(&labels)?)?;
        }
        let help = "Calls that failed, by the kind of the error";
        let mut errors = to.encode_descriptor("tool_errors", help, None, MetricType::Counter)?;
        for Figures { report, .. } in &self.0 {
            for (kind, count) in &report.errors_by_kind {
                let labels = [("tool", report.name.as_str()), ("kind", kind.as_str())];
                ConstCounter::new(*count).encode(errors.encode_family(&labels)?)?;
            }
        }
        let mut times = histogram(&mut to, "tool_call_seconds", "Calls, all attempts and waits")?;
        for Figures { report, times: TimesRead { buckets, sum, count }, .. } in &self.0 {
            let labels = [("tool", report.name.as_str())];
            let mut of_tool = times.encode_family(&labels)?;
            of_tool.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)?;
        }
        for (name, help, read) in COUNTERS {
            let mut family = to.encode_descriptor(name, help, None, MetricType::Counter)?;
            for tool in &self.0 {
                let labels = [("tool", tool.report.name.as_str())];
                ConstCounter::new(read(tool)).encode(family.encode_family(&labels)?)?;
            }
        }
        for (name, help, read) in GAUGES {
            let mut family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
            for tool in &self.0 {
                let labels = [("tool", tool.report.name.as_str())];
                ConstGauge::new(read(tool)).encode(family.encode_family(&labels)?)?;
            }
        }
        Ok(())
    }
}

/// Figures of the servers of language models.
#[derive(Debug)]
struct Servers(Vec<ServerFigures>);

/// A figure of one server: its name, what it says, its kind and how it is read.
type OfServer = (&'static str, &'static str, MetricType, fn(&ServerFigures) -> f64);

const SERVERS: [OfServer; 3] = [
    (
        "model_repairs",
        "Answers of no use that were asked for once more",
        MetricType::Counter,
        |one| real(one.repairs),
    ),
    ("model_cache_hits", "Requests answered from memory", MetricType::Counter, |one| {
        real(one.kept)
    }),
    (
        "model_breaker_open",
        "1 while the server is left alone or tried again, else 0",
        MetricType::Gauge,
        |one| {
            if one.is_left_alone { 1.0 } else { 0.0 }
        },
    ),
];

impl Collector for Servers {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Requests to servers of language models, each attempt";
        let mut times = histogram(&mut to, "model_request_seconds", help)?;
        for ServerFigures { server, times: TimesRead { buckets, sum, count }, .. } in &self.0 {
            let labels = [("server", server.as_str())];
            let mut of_server = times.encode_family(&labels)?;
            of_server.encode_histogram::<NoLabelSet>(*sum, *count, buckets, None)?;
        }
        let help = "Requests that failed and answers of no use, by the word for it";
        let mut failed = to.encode_descriptor("model_errors", help, None, MetricType::Counter)?;
        for one in &self.0 {
            for (kind, count) in &one.failed {
                let labels = [("server", one.server.as_str()), ("kind", kind)];
                ConstCounter::new(*count).encode(failed.encode_family(&labels)?)?;
            }
        }
        for (name, help, kind, read) in SERVERS {
            let mut family = to.encode_descriptor(name, help, None, kind)?;
            for one in &self.0 {
                let labels = [("server", one.server.as_str())];
                let place = family.encode_family(&labels)?;
                match kind {
                    MetricType::Gauge => ConstGauge::new(read(one)).encode(place)?,
                    _ => ConstCounter::new(read(one)).encode(place)?,
                }
            }
        }
        Ok(())
    }
}

fn counter(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    let family = to.encode_descriptor(name, help, None, MetricType::Counter)?;
    ConstCounter::new(value).encode(family)
}

fn gauge(to: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: f64) -> fmt::Result {
    let family = to.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(value).encode(family)
}

fn histogram<'a>(
    to: &'a mut DescriptorEncoder<'_>,
    name: &'a str,
    help: &str,
) -> Result<MetricEncoder<'a>, fmt::Error> {
    to.encode_descriptor(name, help, None, MetricType::Histogram)
}

fn seconds(us: u64) -> f64 {
    std::time::Duration::from_micros(us).as_secs_f64()
}

/// The format has no whole numbers beyond 2^53, and neither has whoever reads it.
#[expect(clippy::cast_precision_loss, reason = "a figure of so many digits may lose the last ones")]
const fn real(number: u64) -> f64 {
    number as f64
}

fn count(number: usize) -> f64 {
    real(u64::try_from(number).unwrap_or(u64::MAX))
}
