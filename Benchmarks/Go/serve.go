package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// Serves /healthz as Weir does, and /metrics with the series of an exposition that an agent gave:
// the same names, labels, buckets and values. What is about the process is read from /proc at
// each scrape, as the agent does it.
func serve(path string) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, family := range parse(path) {
		if !strings.HasPrefix(family.GetName(), "process_") {
			register(registry, family)
		}
	}
	health := []byte("ok\n")
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Write(health)
	})
	mux.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		refuse(err.Error())
	}
	fmt.Printf("http://%s\n", listener.Addr())
	refuse(http.Serve(listener, mux).Error())
}

func parse(path string) map[string]*dto.MetricFamily {
	file, err := os.Open(path)
	if err != nil {
		refuse(err.Error())
	}
	defer file.Close()
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(file)
	if err != nil {
		refuse(path + ": " + err.Error())
	}
	return families
}

func register(registry *prometheus.Registry, family *dto.MetricFamily) {
	name, help := family.GetName(), family.GetHelp()
	var labels []string
	for _, pair := range family.Metric[0].Label {
		labels = append(labels, pair.GetName())
	}
	switch family.GetType() {
	case dto.MetricType_COUNTER:
		vector := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
		registry.MustRegister(vector)
		for _, metric := range family.Metric {
			vector.With(pairs(metric)).Add(metric.Counter.GetValue())
		}
	case dto.MetricType_GAUGE:
		vector := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		registry.MustRegister(vector)
		for _, metric := range family.Metric {
			vector.With(pairs(metric)).Set(metric.Gauge.GetValue())
		}
	case dto.MetricType_HISTOGRAM:
		registerHistogram(registry, family, labels)
	default:
		refuse(name + ": no peer for its type")
	}
}

func registerHistogram(registry *prometheus.Registry, family *dto.MetricFamily, labels []string) {
	var bounds []float64
	for _, bucket := range family.Metric[0].Histogram.Bucket {
		bounds = append(bounds, bucket.GetUpperBound())
	}
	options := prometheus.HistogramOpts{Name: family.GetName(), Help: family.GetHelp(), Buckets: bounds}
	vector := prometheus.NewHistogramVec(options, labels)
	registry.MustRegister(vector)
	for _, metric := range family.Metric {
		count := metric.Histogram.GetSampleCount()
		for i := uint64(0); i < count && i < 1000; i++ {
			vector.With(pairs(metric)).Observe(metric.Histogram.GetSampleSum() / float64(count))
		}
	}
}

func pairs(metric *dto.Metric) prometheus.Labels {
	labels := prometheus.Labels{}
	for _, pair := range metric.Label {
		labels[pair.GetName()] = pair.GetValue()
	}
	return labels
}
