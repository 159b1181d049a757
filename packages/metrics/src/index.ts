// For applications.
export { openTelemetryMetrics, type OpenTelemetryMetricsOptions } from './opentelemetry-metrics.js';
export { openTelemetrySpanEvents } from './span-events.js';
export {
  prometheusMetrics,
  type MetricsRegistry,
  type PrometheusMetricsOptions,
  type SealwireMetrics,
} from './prometheus-metrics.js';
export type { Watchable } from './watched.js';
