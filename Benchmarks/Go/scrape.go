package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// Of every five series two are counters, one is a counter of seconds, and two are gauges, one of
// them an instant with a fraction: what an agent has, but for its histograms.
func scrape(series int) {
	before := residentBytes("VmRSS:")
	registry := prometheus.NewRegistry()
	touch := fill(registry, series/5)
	var text bytes.Buffer
	first := timed(func() { render(registry, &text) })
	const scrapes = 3
	var again cost
	for i := 1; i <= scrapes; i++ {
		touch(i)
		again = again.plus(timed(func() { render(registry, &text) }))
	}
	lines := bytes.Count(text.Bytes(), []byte("\n")) - 2*4
	fmt.Printf(
		"series=%d bytes=%d first=%d processor=%d wall=%d memory=%d\n", lines, text.Len(),
		first.processor, again.processor/scrapes, again.wall/scrapes,
		residentBytes("VmHWM:")-before)
}

// Makes the series, and answers what changes every fifth of them before a scrape.
func fill(registry *prometheus.Registry, count int) func(round int) {
	labels := []string{"pipeline", "step", "result"}
	jobs := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bench_jobs_total", Help: "Jobs."}, labels)
	busy := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "bench_busy_seconds_total", Help: "Time."}, labels)
	depth := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "bench_depth", Help: "Depth."}, labels)
	finish := prometheus.NewGaugeVec(
		prometheus.GaugeOpts{Name: "bench_last_finish_timestamp_seconds", Help: "End."}, labels)
	registry.MustRegister(jobs, busy, depth, finish)
	touch := func(number, round int) {
		pipeline := "pipeline-" + strconv.Itoa(number%100)
		step := "step-" + strconv.Itoa(number/100)
		jobs.WithLabelValues(pipeline, step, "success").Add(float64(number + 1))
		jobs.WithLabelValues(pipeline, step, "failure").Add(float64(number%7 + 1))
		busy.WithLabelValues(pipeline, step, "success").Add(float64(busyNanoseconds(number)) / 1e9)
		depth.WithLabelValues(pipeline, step, "success").Set(float64(number % 1000))
		finish.WithLabelValues(pipeline, step, "success").Set(
			float64(finishNanoseconds(number, round)) / 1e9)
	}
	for number := 0; number < count; number++ {
		touch(number, 0)
	}
	return func(round int) {
		for number := round % 5; number < count; number += 5 {
			touch(number, round)
		}
	}
}

func busyNanoseconds(number int) int64 { return int64(number)*1_234_567 + 89 }

func finishNanoseconds(number, round int) int64 {
	return 1_773_097_800_000_000_000 + int64(number)*1_000_003_019 + int64(round)*60_000_000_000
}

func render(registry *prometheus.Registry, text *bytes.Buffer) {
	text.Reset()
	families, err := registry.Gather()
	if err != nil {
		refuse(err.Error())
	}
	encoder := expfmt.NewEncoder(text, expfmt.FmtText)
	for _, family := range families {
		if err := encoder.Encode(family); err != nil {
			refuse(err.Error())
		}
	}
}

type cost struct{ processor, wall int64 }

func (c cost) plus(other cost) cost {
	return cost{c.processor + other.processor, c.wall + other.wall}
}

// The processor time is that of all threads: the collector's share belongs to the scrape.
func timed(work func()) cost {
	start, processor := time.Now(), processorNanoseconds()
	work()
	return cost{processorNanoseconds() - processor, time.Since(start).Nanoseconds()}
}

func processorNanoseconds() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		refuse(err.Error())
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func residentBytes(field string) int64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		refuse(err.Error())
	}
	for _, line := range strings.Split(string(status), "\n") {
		if words := strings.Fields(line); len(words) > 1 && words[0] == field {
			kilobytes, _ := strconv.ParseInt(words[1], 10, 64)
			return kilobytes << 10
		}
	}
	refuse("no " + field + " in /proc/self/status")
	return 0
}
