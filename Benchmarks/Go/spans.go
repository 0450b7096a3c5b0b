package main

import (
	"context"
	"fmt"
	"io"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// spans makes as many spans as asked for, as Weir has them, a step's and its attempt's in turn,
// and writes them as JSON to nowhere: the SDK, its batch processor, its exporter of JSON.
func spans(count int) {
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(io.Discard))
	if err != nil {
		refuse(err.Error())
	}
	run := func(count int) {
		provider := sdktrace.NewTracerProvider(
			sdktrace.WithBatcher(exporter, sdktrace.WithBlocking()),
			sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", "weir"))),
		)
		tracer := provider.Tracer("weir")
		root, run := tracer.Start(context.Background(), "RUN nightly")
		for number := 0; number < count/2; number++ {
			name := fmt.Sprintf("convert-%d", number)
			inStep, step := tracer.Start(root, name)
			_, attempt := tracer.Start(inStep, "attempt 1")
			attempt.SetAttributes(
				attribute.String("cicd.pipeline.run.id", "01900000000000011234567890abcdef"),
				attribute.String("cicd.pipeline.task.name", name),
				attribute.Int("weir.attempt.number", 1),
				attribute.String("weir.attempt.reason", "exit"),
				attribute.String("process.executable.name", "convert"),
				attribute.Int("process.pid", number+300),
				attribute.Int("process.exit.code", 0),
				attribute.Float64("weir.usage.cpu.user", 0.001234567),
				attribute.Float64("weir.usage.cpu.system", 0.000234567),
				attribute.Int("weir.usage.memory.peak", 12345678),
				attribute.Int("weir.usage.io.read", 4096),
				attribute.Int("weir.usage.io.write", 8192),
				attribute.Int("weir.usage.context_switches.voluntary", 3),
				attribute.Int("weir.usage.context_switches.involuntary", 1),
			)
			attempt.End()
			step.SetAttributes(
				attribute.String("cicd.pipeline.run.id", "01900000000000011234567890abcdef"),
				attribute.String("cicd.pipeline.task.name", name),
				attribute.String("cicd.pipeline.task.run.id", "01900000000000011234567890abcdef/"+name),
				attribute.String("cicd.pipeline.task.run.result", "success"),
				attribute.String("weir.step.reason", "exit"),
				attribute.Int("weir.step.attempts", 1),
				attribute.Float64("weir.step.wait.dependency", 0.5),
				attribute.Float64("weir.step.wait.workers", 0.00001),
			)
			step.End()
		}
		run.End()
		if err := provider.Shutdown(context.Background()); err != nil {
			refuse(err.Error())
		}
	}
	run(count / 10)
	before := processorNanoseconds()
	run(count)
	fmt.Printf("spans=%d processor=%d\n", count, processorNanoseconds()-before)
}
